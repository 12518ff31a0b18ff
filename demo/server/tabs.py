"""What the server knows of each open browser tab: its model, its clips with what was said, what is under way.

* A tab is known by the session that gradio gave it, so two windows never share anything.
* It is kept on the server and not in `gr.State`, because handlers that run at the same time (a clip is
  being read, a question waits for it, someone presses stop) must see one truth.
* There is one where a page was opened or something was brought; names that somebody invents make none.
* A closed tab is forgotten after a while, not at once: a phone that sleeps comes back.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import gradio as gr

from core import Turn
from demo.keep.clips import KeptClips
from demo.keep.removed import Removed
from demo.limits.visitor import visitor_asking
from demo.models.host import ModelHost
from demo.page.i18n import LANGUAGES, pick_language
from demo.senses.choice import SenseChoice
from demo.server.talks import Talk, talk_of
from demo.server.uploads import delete_upload

TICK = 0.1  # seconds between two updates of what a visitor sees
KEEP_CLOSED = 3600.0  # seconds that a closed tab's conversations are kept
MOST_TABS = 1000
MOST_CLOSED = 100  # of these; a page that comes back later begins again with what its browser has kept
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
    visitor: str = ""  # whom limits are counted for
    remember: bool = True  # in the visitor's own browser, what was said
    senses: SenseChoice = field(default_factory=SenseChoice)  # that the visitor wants
    removed: Removed | None = None  # what the visitor took away last
    ranged: str | None = None  # the id of the clip whose range the drawer shows
    closed_at: float | None = None
    id: str = field(default_factory=lambda: uuid4().hex)  # by which the page knows that it is still this one

    def __post_init__(self) -> None:
        self.talk = self.talks[0]

    @property
    def bilingual(self) -> bool:
        """Whether the tab's model speaks both languages; before it was ever loaded, it is taken to."""
        return len(self.host.languages or LANGUAGES) > 1

    @property
    def model_language(self) -> str:
        """The language in which the tab's model can be asked: the visitor's, or else one that it knows."""
        known = self.host.languages or LANGUAGES
        return self.language if self.language in known else known[0]

    @property
    def worth(self) -> int:
        """The more, the longer it is kept where there are too many."""
        if all(talk.empty for talk in self.talks):
            return 0
        return 1 if self.closed_at is not None else 2

    @property
    def full(self) -> bool:
        return len(self.talks) >= MOST_CLIPS

    def talk_of(self, id: str) -> Talk | None:
        return next((talk for talk in self.talks if talk.id == id), None)

    def turn_at(self, place: int) -> Turn | None:
        """A turn of the conversation on the page, if there is one, and if no answer is being written."""
        turns = self.talk.turns if self.stop is None else []
        return turns[place] if 0 <= place < len(turns) else None

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
        for each in self.talks:
            each.beside = each.beside if each.beside in self.talks else None

    def place_for_clip(self) -> Talk | None:
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
        self.senses = SenseChoice.from_json(record.get("senses"))
        self.host = next((host for host in hosts if host.key == record.get("model")), self.host)
        kept = value[:MOST_CLIPS] if isinstance(value := record.get("talks"), list) else []
        talks = [talk_of(each) for each in kept]
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


def _language_of(request: gr.Request) -> str:
    return pick_language(request.headers.get("accept-language"))


class Tabs:
    """All open tabs. `forget` is called with the id of every conversation that ends, or whose tab is closed:
    for who comes back, what was said before can be read once more."""

    def __init__(self, first: ModelHost, forget: Callable[[str], None]) -> None:
        self._first = first
        self._forget = forget
        self.when_left: Callable[[Tab], None] = lambda tab: None  # is told of a tab that was closed
        self._tabs: OrderedDict[str, Tab] = OrderedDict()
        self._lock = threading.Lock()
        self.clips = KeptClips(lambda: self._clip_ids)

    def get(self, session: str, first_language: Callable[[], str]) -> Tab:
        """The tab of a session; a new one speaks `first_language()`, and with the first model."""
        with self._lock:
            tab = self._tabs.get(session)
            if tab is None:
                tab = self._tabs[session] = Tab(first_language(), self._first)
            tab.closed_at = None
            self._tabs.move_to_end(session)
            gone = self._take_out_old(tab)
        for old in gone:
            old.closed_at = old.closed_at or time.monotonic()
            self.when_left(old)
            for talk in old.talks:
                self.end_conversation(old, talk)
        return tab

    def begun(self, request: gr.Request) -> Tab:
        """The tab in which a page was opened, a clip was chosen or a conversation was brought."""
        tab = self.get(request.session_hash or "", lambda: _language_of(request))
        tab.visitor = visitor_asking(request)
        return tab

    def of(self, request: gr.Request) -> Tab:
        """The tab that an event comes from; where none was begun, an empty one that nobody keeps."""
        with self._lock:
            there = request.session_hash in self._tabs
        return self.begun(request) if there else Tab(_language_of(request), self._first)

    @property
    def sessions(self) -> frozenset[str]:
        """Of the tabs that are kept."""
        with self._lock:
            return frozenset(self._tabs)

    @property
    def _clip_ids(self) -> frozenset[str | None]:
        """Of the clips of the tabs that are kept."""
        with self._lock:
            return frozenset(talk.clip_id for tab in self._tabs.values() for talk in tab.talks)

    def close(self, session: str) -> None:
        """The browser has gone: stop its answer, and keep for a while what was said."""
        with self._lock:
            tab = self._tabs.get(session)
            if tab is not None:
                tab.closed_at = time.monotonic()
        if tab is not None:
            if tab.stop is not None:
                tab.stop.set()
            for talk in tab.talks:
                if talk.conversation is not None:
                    self._forget(talk.conversation.id)
            self.when_left(tab)

    def end_conversation(self, tab: Tab, talk: Talk | None = None) -> None:
        """Stop and drop a conversation, that on the page if none is named; free what is kept for it."""
        talk = talk or tab.talk
        if talk is tab.talk and tab.stop is not None:
            tab.stop.set()
        if talk.conversation is not None:
            self._forget(talk.conversation.id)
            talk.conversation = None
        talk.forget_from(0)

    def begin_anew(self, tab: Tab) -> None:
        """Stop and drop what was said on the page. Its clip stays, which the model need not read again."""
        talk = tab.talk
        old, clip = talk.conversation, talk.clip
        if old is None or clip is None:
            self.end_conversation(tab)
            return
        if tab.stop is not None:
            tab.stop.set()
        talk.conversation = replace(old, turns=[])  # under the same id, by which the model finds the clip
        talk.forget_from(0)

    def remove(self, tab: Tab, talk: Talk) -> None:
        """A clip and what was said about it are over; the one before it takes its place on the page.

        The file is still there: `delete_file`.
        """
        self.end_conversation(tab, talk)
        talk.reading = talk.clip_id = None
        for each in tab.talks:
            each.beside = None if each.beside is talk else each.beside
        place = tab.talks.index(talk)
        others = [each for each in tab.talks if each is not talk] or [Talk()]
        if talk is tab.talk:
            tab.go_to(others[max(0, place - 1)])
        tab.talks = others

    def delete_file(self, path: str) -> None:
        """A clip that its visitor does not want, or that cannot be used, unless another open tab has it."""
        with self._lock:
            tabs = [tab for tab in self._tabs.values() if tab.closed_at is None]
        readings = [talk.reading for tab in tabs for talk in tab.talks if talk.reading is not None]
        if not any(each.path == path and not each.refused for each in readings):
            delete_upload(Path(path))

    def _take_out_old(self, wanted: Tab) -> list[Tab]:
        """Those closed for long, all but the last closed, and of too many the empty ones first: so names that
        somebody invents push out one another, and nobody's conversation."""
        limit = time.monotonic() - KEEP_CLOSED
        closed = {key: tab.closed_at for key, tab in self._tabs.items() if tab.closed_at is not None}
        in_turn = sorted(closed, key=lambda key: closed[key])
        old = [key for key in in_turn if key in in_turn[:-MOST_CLOSED] or closed[key] < limit]
        over = len(self._tabs) - len(old) - MOST_TABS
        if over > 0:
            others = [key for key, tab in self._tabs.items() if key not in old and tab is not wanted]
            old += sorted(others, key=lambda key: self._tabs[key].worth)[:over]  # of equals the oldest
        return [self._tabs.pop(key) for key in old]
