"""What the server knows of each open browser tab: its model, its clips with what was said, what is under way.

* A tab is known by the session that gradio gave it, so two windows never share anything.
* It is kept on the server and not in `gr.State`, because handlers that run at the same time (a clip is
  being read, a question waits for it, someone presses stop) must see one truth.
* A closed tab is forgotten after a while, not at once: a phone that sleeps comes back.

Knows nothing of the page's components.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import gradio as gr

from core import Conversation, Subtitles
from demo.i18n import pick_language
from demo.model_host import ModelHost
from demo.talks import Reading, Talk
from demo.transcripts import from_dict

KEEP_CLOSED = 3600.0  # seconds that a closed tab's conversations are kept
MOST_TABS = 1000
MOST_CLIPS = 6  # of one tab


@dataclass
class Choice:
    """Another model that the visitor chose: it is being loaded, or could not be."""

    host: ModelHost
    error: Exception | None = None


@dataclass
class Tab:
    """One browser tab. Of its talks, which are never none, `talk` is the one on the page."""

    language: str
    host: ModelHost  # the model it talks with
    choice: Choice | None = None
    talks: list[Talk] = field(default_factory=lambda: [Talk()])
    stop: threading.Event | None = None  # of the answer that is being written
    remember: bool = True  # in the visitor's own browser, what was said
    ranged: str | None = None  # the word of the clip whose range the drawer shows
    closed_at: float | None = None
    id: str = field(default_factory=lambda: uuid4().hex)  # by which the page knows that it is still this one

    def __post_init__(self) -> None:
        self.talk = self.talks[0]

    @property
    def full(self) -> bool:
        return len(self.talks) >= MOST_CLIPS

    def talk_of(self, id: str) -> Talk | None:
        return next((talk for talk in self.talks if talk.id == id), None)

    def go_to(self, talk: Talk) -> None:
        """Show another talk; the answer that is being written ends, and an empty place is given up."""
        if talk is self.talk:
            return
        if self.stop is not None:
            self.stop.set()
            self.stop = None
        left, self.talk = self.talk, talk
        left.editing = left.rated = None
        self.talks = [each for each in self.talks if each is talk or not each.empty]

    def room(self) -> Talk | None:
        """The place for a clip that is chosen now, which is then on the page; None: there are too many."""
        if self.talk.vacant:
            return self.talk
        if self.full:
            return None
        talk = Talk()
        self.talks.append(talk)
        self.go_to(talk)
        return talk

    def bring_back(self, record: object, hosts: Sequence[ModelHost]) -> None:
        """What the browser has kept of the last visit; anything else than a record is as good as none.

        hosts: the models that there are today.
        """
        if not isinstance(record, dict):
            return
        self.remember = record.get("remember") is not False
        self.host = next((host for host in hosts if host.key == record.get("model")), self.host)
        kept = value[:MOST_CLIPS] if isinstance(value := record.get("talks"), list) else []
        talks = [_talk(each) for each in kept]
        there = [talk for talk in talks if not talk.empty]
        if there:
            places = dict(enumerate(talks))
            self.talks = there
            self.talk = _of(there, places, record.get("at")) or there[0]
            for talk, each in zip(talks, kept, strict=True):
                other = _of(there, places, each.get("beside")) if isinstance(each, dict) else None
                talk.beside = None if other is talk else other


def _of(there: list[Talk], places: Mapping[int, Talk], place: object) -> Talk | None:
    """The talk that a record means by a place, if it is there."""
    talk = places.get(place) if isinstance(place, int) else None
    return talk if talk in there else None


def _talk(record: object) -> Talk:
    """One talk of a record, empty where it makes no sense."""
    talk = Talk()
    if isinstance(record, dict):
        talk.word = word if isinstance(word := record.get("clip"), str) else None
        with suppress(ValueError):
            transcript = from_dict(record.get("conversation"))
            talk.kept_name = transcript.clip
            if transcript.turns:
                talk.conversation = Conversation("", turns=list(transcript.turns))
    return talk


class Tabs:
    """All open tabs. `forget` is called with the id of every conversation that ends."""

    def __init__(self, first: ModelHost, forget: Callable[[str], None]) -> None:
        self._first = first
        self._forget = forget
        self._tabs: OrderedDict[str, Tab] = OrderedDict()
        self._clips: OrderedDict[str, tuple[Reading, Subtitles | None]] = OrderedDict()  # by browsers' words
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
            for talk in old.talks:
                self.end_conversation(old, talk)
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

    def remember_clip(self, talk: Talk, reading: Reading) -> None:
        """For a visitor who comes back; the file itself may be gone by then."""
        talk.word = reading.word
        with self._lock:
            self._clips[reading.word] = reading.again(reading.host), talk.subtitles  # without its pictures
            self._clips.move_to_end(reading.word)
            while len(self._clips) > MOST_TABS:
                self._clips.popitem(last=False)

    def remember_picture(self, reading: Reading) -> None:
        """For the row of clips of a visitor who comes back, before the clip is read anew."""
        with self._lock:
            kept = self._clips.get(reading.word)
            if kept is not None:
                kept[0].picture = reading.picture

    def picture_of(self, word: str | None) -> str | None:
        """The picture of a word's clip, as long as the clip itself is there."""
        with self._lock:
            kept = self._clips.get(word or "")
        return kept[0].picture if kept is not None and Path(kept[0].path).is_file() else None

    def clip_of(self, word: str, host: ModelHost) -> tuple[Reading, Subtitles | None] | None:
        """The clip of a word, to be read anew by `host`, and the subtitles beside it.

        It gets a word of its own: two tabs may have begun with the same record.
        """
        with self._lock:
            kept = self._clips.get(word)
        if kept is None:
            return None
        reading, said = kept
        return Reading(reading.path, reading.frames, host, reading.span, picture=reading.picture), said

    def end_conversation(self, tab: Tab, talk: Talk | None = None) -> None:
        """Stop and drop a conversation, that on the page if none is named; free what is kept for it."""
        talk = talk or tab.talk
        if talk is tab.talk and tab.stop is not None:
            tab.stop.set()
        if talk.conversation is not None:
            self._forget(talk.conversation.id)
            talk.conversation = None
        talk.forget_from(0)

    def remove(self, tab: Tab, talk: Talk) -> None:
        """A clip and what was said about it are over; the one before it takes its place on the page."""
        self.end_conversation(tab, talk)
        talk.reading, talk.word = None, None
        for each in tab.talks:
            each.beside = None if each.beside is talk else each.beside
        place = tab.talks.index(talk)
        others = [each for each in tab.talks if each is not talk] or [Talk()]
        if talk is tab.talk:
            tab.go_to(others[max(0, place - 1)])
        tab.talks = others

    def _take_out_old(self) -> list[Tab]:
        limit = time.monotonic() - KEEP_CLOSED
        old = [key for key, tab in self._tabs.items() if tab.closed_at is not None and tab.closed_at < limit]
        over = len(self._tabs) - len(old) - MOST_TABS
        if over > 0:
            old += [key for key in self._tabs if key not in old][:over]
        return [self._tabs.pop(key) for key in old]
