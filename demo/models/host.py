"""One model that visitors may talk with: loaded in the background, so that the page answers at once.

It can be dropped to free its memory and loaded again; when that happens is told in pool.py.
"""

import gc
import logging
import threading
from collections.abc import Callable

import core
from core import Progress, ReelTalkError

log = logging.getLogger(__name__)

Load = Callable[[str, Progress], "core.VideoChat"]  # (name of the model, progress) -> the loaded model


class ModelFailedError(Exception):
    """The model could not be loaded, for a reason that is a bug: the console has the traceback."""


class ModelHost:
    """Not here, being loaded, here, or could not be loaded.

    name: as the engine knows the model. key: as the page knows it; no folder of this computer is in it.
    """

    def __init__(self, name: str, key: str, load: Load) -> None:
        self.name = name
        self.key = key
        self.fraction = 0.0  # loaded, 0..1
        self.phase = ""  # what loading is at, in the engine's words
        self.values: dict[str, object] = {}  # of those words
        self.languages: tuple[str, ...] = ()  # that the model answers in; empty until it was loaded once
        self.senses: tuple[str, ...] | None = (
            None  # that the model uses unasked; None until it was loaded once
        )
        self.timestamps = False  # whether the model can be told the frames' times
        self.topics: frozenset[str] = frozenset()  # what the model can tell of a thing in a clip
        self.compares_clips = False  # whether it understands a question about two clips
        self.reads_subtitles = False  # whether it understands what is said in a clip, as text
        self._load = load
        self._chat: core.VideoChat | None = None
        self._error: Exception | None = None
        self._idle = threading.Event()  # not being loaded
        self._idle.set()

    @property
    def loading(self) -> bool:
        return not self._idle.is_set()

    @property
    def loaded(self) -> bool:
        return self._chat is not None

    @property
    def error(self) -> Exception | None:
        """Why it could not be loaded the last time: a ReelTalkError, or a ModelFailedError."""
        return self._error

    @property
    def chat(self) -> "core.VideoChat":
        """The loaded model; waits for it, and raises what went wrong while it was loaded."""
        self._idle.wait()
        if self._error is not None:
            raise self._error
        assert self._chat is not None, "a model is used within Models.use"
        return self._chat

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end of loading, good or bad, at most `seconds`; whether it has come."""
        return self._idle.wait(seconds)

    def begin(self) -> None:
        """From now on it is being loaded: `load` follows in a thread of its own."""
        self._progress("", 0.0)
        self._error = None
        self._idle.clear()

    def load(self) -> None:
        """Load the model; what goes wrong is kept for those who wait for it."""
        try:
            chat = self._load(self.name, self._progress)
            model = chat.model
            self.languages, self.timestamps = model.languages, model.timestamps
            self.topics, self.senses = model.topics, model.senses
            self.compares_clips, self.reads_subtitles = model.compares_clips, model.reads_subtitles
            self._chat = chat
        except ReelTalkError as error:
            log.error("%s", error)
            self._error = error
        except Exception:
            log.exception("the model %s could not be loaded", self.name)
            self._error = ModelFailedError(self.name)
        finally:
            self.fraction = 1.0
            self._idle.set()

    def drop(self) -> None:
        """Free its memory."""
        self._chat = None
        gc.collect()  # a model's parts refer to each other

    def forget(self, conversation_id: str) -> None:
        """Free what the model keeps for a conversation that is over."""
        chat = self._chat
        if chat is not None:
            chat.forget(conversation_id)

    def _progress(self, key: str, fraction: float, **values: object) -> None:
        """A download has a bar of its own: what follows begins anew."""
        self.values, self.phase, self.fraction = values, key, min(fraction, 1.0)
