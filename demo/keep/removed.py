"""What a visitor took away just now, as it was: it can be put back until something else is said or taken."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal
from uuid import uuid4

from core import Conversation, Turn
from demo.server.talks import Talk

if TYPE_CHECKING:
    from demo.server.tabs import Tab

What = Literal["turn", "chat", "clip"]


@dataclass(frozen=True)
class Removed:
    """what: the last turn, all that was said, or the clip with it. talk: as it was, but for its turns."""

    what: What
    id: str
    place: int  # among the tab's clips
    talk: Talk
    turns: tuple[Turn, ...]

    @classmethod
    def before(cls, tab: "Tab", talk: Talk, what: What) -> "Removed":
        """To be called before it is taken away."""
        return cls(what, uuid4().hex, tab.talks.index(talk), replace(talk), tuple(talk.turns))

    def put_back(self, tab: "Tab") -> None:
        """The talk is as it was, and on the page. Without room for its clip, nothing happens."""
        there = tab.talk_of(self.talk.id)
        if there is None:
            if tab.full and not tab.talk.empty:
                return
            there = self.talk
            if there.reading is not None and there.reading.clip is None and there.reading.error is None:
                there.reading = None  # it was given up before it had its turn, and begins anew
            tab.talks.insert(min(self.place, len(tab.talks)), there)
        old = there.conversation
        turns = list(self.turns)
        there.conversation = replace(old, turns=turns) if old and there is not self.talk else None
        there.conversation = there.conversation or Conversation("", turns=turns)
        there.ratings, there.forks = self.talk.ratings, self.talk.forks
        there.chat_id, there.title = self.talk.chat_id, self.talk.title
        there.subtitles, there.kept_name = self.talk.subtitles, self.talk.kept_name
        tab.go_to(there)
