"""The model of this server: loaded in the background, so that the page answers at once.

Every visitor shares it; one answer is written at a time, because two at once would both be slow.
Knows nothing of gradio, of visitors or of languages.
"""

import logging
import threading
from collections.abc import Callable

from core import ReelTalkError, VideoChat

log = logging.getLogger(__name__)

Progress = Callable[[str, float], None]


class ModelFailedError(Exception):
    """The model could not be loaded, for a reason that is a bug: the console has the traceback."""


class ModelHost:
    """Loads a VideoChat with `load(progress)` in a thread and hands it out."""

    def __init__(self, name: str, load: Callable[[Progress], VideoChat]) -> None:
        self.name = name
        self.fraction = 0.0  # loaded, 0..1
        self.turn = threading.Lock()  # held by whoever's answer is being written
        self._load = load
        self._chat: VideoChat | None = None
        self._error: Exception | None = None
        self._settled = threading.Event()

    def start(self) -> None:
        """Begin to load; returns at once."""
        threading.Thread(target=self._run, name="load-model", daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for the end of loading, good or bad, at most `seconds`; whether it has come."""
        return self._settled.wait(seconds)

    @property
    def settled(self) -> bool:
        return self._settled.is_set()

    @property
    def error(self) -> Exception | None:
        """Why loading failed: a ReelTalkError, or a ModelFailedError."""
        return self._error

    @property
    def chat(self) -> VideoChat:
        """The loaded model; raises what went wrong while it was loaded."""
        self._settled.wait()
        if self._error is not None:
            raise self._error
        assert self._chat is not None
        return self._chat

    def _run(self) -> None:
        try:
            self._chat = self._load(self._progress)
        except ReelTalkError as error:
            log.error("%s", error)
            self._error = error
        except Exception:
            log.exception("the model could not be loaded")
            self._error = ModelFailedError(self.name)
        finally:
            self.fraction = 1.0
            self._settled.set()

    def _progress(self, key: str, fraction: float) -> None:
        self.fraction = max(self.fraction, min(fraction, 1.0))
