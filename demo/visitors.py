"""What the server keeps for each open browser tab: its model, its clip, its conversation, what is under way.

* A tab is known by the session that gradio gave it, so two windows never share anything.
* It is kept on the server and not in `gr.State`, because handlers that run at the same time (a clip is
  being read, a question waits for it, someone presses stop) must see one truth.
* A closed tab is forgotten after a while, not at once: a phone that sleeps comes back.

Knows nothing of the page's components.
"""

import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

import gradio as gr

from core import Conversation, OpenedClip, Turn
from demo.feedback import Rating
from demo.i18n import pick_language
from demo.model_host import ModelHost
from demo.pictures import data_uri
from demo.settings_drawer import Span
from demo.transcripts import Transcript, from_dict

KEEP_CLOSED = 3600.0  # seconds that a closed tab's conversation is kept
MOST_TABS = 1000


@dataclass(frozen=True)
class ClipView:
    """Of an opened clip, what the page shows. Small: the tensors stay in the engine."""

    key: str
    name: str
    duration: float  # s
    damaged: bool
    seconds: tuple[float, ...]  # times of the sampled frames
    pictures: tuple[str, ...]  # the sampled frames as data URIs, so that no visitor can fetch another's

    @classmethod
    def of(cls, clip: OpenedClip) -> "ClipView":
        pictures = tuple(data_uri(picture) for picture in clip.thumbnails.numpy())
        return cls(clip.key, clip.name, clip.duration, clip.damaged, clip.seconds, pictures)


@dataclass
class Reading:
    """A clip that is being read by a model, or has been, or could not be.

    word: the visitor's browser finds the clip again by it.
    """

    path: str
    frames: int
    host: ModelHost
    span: Span = None
    duration: float | None = None  # s, once it is known
    phase: str = "hashing"  # the last part of a progress.* key
    fraction: float = 0.0
    clip: ClipView | None = None
    error: Exception | None = None
    done: threading.Event = field(default_factory=threading.Event)
    word: str = field(default_factory=lambda: uuid.uuid4().hex)

    def again(self, host: ModelHost) -> "Reading":
        """The same, from the beginning and by the same word."""
        return Reading(self.path, self.frames, host, self.span, word=self.word)


@dataclass
class Choice:
    """Another model that the visitor chose: it is being loaded, or could not be."""

    host: ModelHost
    error: Exception | None = None


@dataclass
class Tab:
    """One browser tab."""

    language: str
    host: ModelHost  # the model it talks with
    choice: Choice | None = None
    anew: bool = False  # another model has ended the conversation about the clip
    reading: Reading | None = None
    conversation: Conversation | None = None
    stop: threading.Event | None = None  # of the answer that is being written
    editing: int | None = None  # the turn whose question is being changed
    ratings: dict[int, Rating] = field(default_factory=dict)  # by turn
    rated: int | None = None  # the turn that was rated just now, whose reason may follow
    remember: bool = True  # in the visitor's own browser, what was said
    word: str | None = None  # by which the browser remembers the clip
    closed_at: float | None = None

    @property
    def clip(self) -> ClipView | None:
        return self.reading.clip if self.reading else None

    @property
    def turns(self) -> list[Turn]:
        return self.conversation.turns if self.conversation else []

    def transcript(self) -> Transcript:
        name, duration = (self.clip.name, self.clip.duration) if self.clip else ("", 0.0)
        return Transcript(self.turns, name, duration, self.host.key)

    def bring_back(self, record: object) -> None:
        """What the browser has kept of the last visit; anything else than a record is as good as none."""
        if not isinstance(record, dict):
            return
        self.remember = record.get("remember") is not False
        self.word = word if isinstance(word := record.get("clip"), str) else None
        with suppress(ValueError):
            self.conversation = Conversation("", turns=list(from_dict(record.get("conversation")).turns))

    def cut(self, place: int) -> None:
        """Only the turns before `place` are left."""
        if self.conversation is not None:
            del self.conversation.turns[place:]
        self.forget_from(place)

    def forget_from(self, place: int) -> None:
        """What is known of the turns from `place` on is over: they will be others, or none."""
        self.ratings = {turn: rating for turn, rating in self.ratings.items() if turn < place}
        self.editing = self.rated = None


class Tabs:
    """All open tabs. `forget` is called with the id of every conversation that ends."""

    def __init__(self, first: ModelHost, forget: Callable[[str], None]) -> None:
        self._first = first
        self._forget = forget
        self._tabs: OrderedDict[str, Tab] = OrderedDict()
        self._clips: OrderedDict[str, Reading] = OrderedDict()  # by the words that browsers keep
        self._lock = threading.Lock()

    def get(self, session: str, first_language: Callable[[], str]) -> Tab:
        """The tab of a session; a new one speaks `first_language()`, and with the first model."""
        with self._lock:
            tab = self._tabs.get(session)
            if tab is None:
                tab = self._tabs[session] = Tab(first_language(), self._first)
            tab.closed_at = None
            self._tabs.move_to_end(session)
            gone = self._take_out_old()
        for old in gone:
            self.end_conversation(old)
        return tab

    def of(self, request: gr.Request) -> Tab:
        """The tab that an event comes from."""
        header = request.headers.get("accept-language")
        return self.get(request.session_hash or "", lambda: pick_language(header))

    def close(self, session: str) -> None:
        """The browser has gone: stop its answer, and keep the rest for a while."""
        with self._lock:
            tab = self._tabs.get(session)
            if tab is not None:
                tab.closed_at = time.monotonic()
        if tab is not None and tab.stop is not None:
            tab.stop.set()

    def remember_clip(self, tab: Tab, reading: Reading) -> None:
        """For a visitor who comes back; the file itself may be gone by then."""
        tab.word = reading.word
        with self._lock:
            self._clips[reading.word] = reading.again(reading.host)  # without its pictures
            self._clips.move_to_end(reading.word)
            while len(self._clips) > MOST_TABS:
                self._clips.popitem(last=False)

    def clip_of(self, word: str) -> Reading | None:
        """The clip of a word, to be read anew by the first model."""
        with self._lock:
            reading = self._clips.get(word)
        return reading.again(self._first) if reading else None

    def end_conversation(self, tab: Tab) -> None:
        """Stop and drop the tab's conversation, and free what the engine keeps for it."""
        if tab.stop is not None:
            tab.stop.set()
        if tab.conversation is not None:
            self._forget(tab.conversation.id)
            tab.conversation = None
        tab.forget_from(0)

    def _take_out_old(self) -> list[Tab]:
        limit = time.monotonic() - KEEP_CLOSED
        old = [key for key, tab in self._tabs.items() if tab.closed_at is not None and tab.closed_at < limit]
        over = len(self._tabs) - len(old) - MOST_TABS
        if over > 0:
            old += [key for key in self._tabs if key not in old][:over]
        return [self._tabs.pop(key) for key in old]
