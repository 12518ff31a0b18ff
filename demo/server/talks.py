"""A visitor's clip and what is said about it: one of several of a tab."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core import Conversation, Cue, Subject, Subtitles, Turn
from demo.chat.feedback import Rating
from demo.chat.forks import Forks, before, branched, gone
from demo.clip.reading import ClipView, Reading
from demo.keep.transcripts import LONGEST_TITLE, Transcript, from_dict
from demo.models.host import ModelHost
from demo.senses.group import GroupAtWork, cues_within, lines_of
from demo.suggestions.summary import Summary


@dataclass(eq=False)  # one is never taken for another
class Talk:
    """A clip and the conversation about it; at first, the place for one."""

    reading: Reading | None = None
    conversation: Conversation | None = None
    subtitles: Subtitles | None = None  # that the visitor has put beside the clip
    senses: dict[str, GroupAtWork] = field(default_factory=dict)  # at work on the clip, by their switch
    joined: frozenset[str] = frozenset()  # sources of which the page knows that the conversation has them
    lines_shown: int = 0  # of those that were found
    summary: Summary | None = None  # the latest that was made
    beside: "Talk | None" = None  # whose clip this one is compared with
    clip_id: str | None = None  # by which the browser remembers the clip
    example: str | None = None  # the file's name, if the browser remembers the clip as one of the examples
    title: str = ""  # that the visitor gave to the conversation
    kept_name: str = ""  # of the clip, as the browser remembers it
    kept_picture: str | None = None  # of the clip that the browser remembers, as the server does
    other_model: bool = False  # was chosen and has ended the conversation
    editing: int | None = None  # the turn whose question is being changed
    forks: Forks = field(default_factory=dict)  # other ways in which the conversation went
    ratings: dict[int, Rating] = field(default_factory=dict)  # by turn
    rated: int | None = None  # the turn that was rated just now, whose reason may follow
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    chat_id: str = field(default_factory=lambda: uuid.uuid4().hex)  # of what is said, to the browser

    @property
    def clip(self) -> ClipView | None:
        return self.reading.clip if self.reading else None

    @property
    def turns(self) -> list[Turn]:
        return self.conversation.turns if self.conversation else []

    @property
    def file_name(self) -> str:
        """Of the clip, whether or not it has been read; "" where there is none."""
        if self.reading is None or self.reading.refused:
            return self.kept_name
        return Path(self.reading.path).name

    @property
    def stem(self) -> str:
        """Of the names of files that are saved."""
        return Path(self.file_name).stem or "conversation"

    @property
    def picture(self) -> str | None:
        """Of the clip, also while it is read again."""
        return self.reading.picture if self.reading else self.kept_picture

    @property
    def lines(self) -> tuple[Cue, ...]:
        """What is said and written in the clip, as far as it is known."""
        return lines_of(self.senses, self.subtitles.cues if self.subtitles else ())

    @property
    def found(self) -> dict[str, tuple[Cue, ...]]:
        """By source, what the senses that are over have found."""
        return cues_within(self.senses, self.reading.span if self.reading else None)

    @property
    def senses_over(self) -> bool:
        return all(group.work.wait(0) for group in [*self.senses.values()])

    @property
    def vacant(self) -> bool:
        """Whether a clip that is chosen takes this place, and goes on with what was said here."""
        return self.reading is None or self.reading.error is not None

    @property
    def askable(self) -> bool:
        """Whether there is a clip that is read, or being read."""
        return self.reading is not None and self.reading.error is None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to come back to."""
        nothing = self.reading is None or self.reading.refused
        return nothing and self.clip_id is None and not self.turns

    def summary_in(self, lang: str) -> str | None:
        """Of all that is known of the clip now. "": the model had nothing to say; None: there is none yet."""
        clip, summary = self.clip, self.summary
        if clip is None or summary is None or not summary.is_of(clip.key, lang, self.found):
            return None
        return summary.text

    def beside_for(self, host: ModelHost) -> "Talk | None":
        """What the clip is compared with, for a model that can; that is known once it has been loaded."""
        return self.beside if host.compares_clips else None

    def subject_for(self, host: ModelHost) -> Subject | None:
        """The clip as a conversation speaks of it, once this model has read it."""
        if self.reading is None or self.reading.clip is None or self.reading.host is not host:
            return None
        said = self.subtitles.within(self.reading.span) if self.subtitles else ()
        return Subject(self.reading.clip.key, said, self.found)

    def spoken_with(self, host: ModelHost, forget: Callable[[str], None]) -> Conversation | None:
        """The conversation about all that is meant, once this model has read it."""
        other = self.beside_for(host)
        first, second = self.subject_for(host), other.subject_for(host) if other else None
        if first is None or (other is not None and second is None):
            return None
        return self.speak_of(first, second, forget)

    def speak_of(self, first: Subject, second: Subject | None, forget: Callable[[str], None]) -> Conversation:
        """The conversation about these; where it was about others, it goes on under another id.

        What the senses have found meanwhile joins it under the same id: what stands before is not read again.
        forget: called with the id that is over.
        """
        old = self.conversation
        wanted = (first,) if second is None else (first, second)
        if old is not None and _clips(old.subjects) == _clips(wanted):
            old.cues, old.beside = first.cues, second
            return old
        if old is not None:
            forget(old.id)
        self.conversation = Conversation(
            first.clip_key, turns=self.turns, subtitles=first.subtitles, beside=second, cues=first.cues
        )
        return self.conversation

    def transcript(self, model: str) -> Transcript:
        duration = self.clip.duration if self.clip else 0.0
        return Transcript(self.turns, self.file_name, duration, model, self.subtitles, self.lines, self.forks)

    def branch(self, place: int) -> None:
        """Another way begins at turn `place`; the one that is left can be gone back to."""
        turns, forks = self.turns, self.forks
        forks = branched(turns, forks, place) if place < len(turns) else forks
        self.cut(place)
        self.forks = forks

    def go_way(self, place: int, step: int) -> None:
        """Go on to another way at turn `place`, if there is one."""
        there = gone(self.turns, self.forks, place, step)
        if there is not None and self.conversation is not None:
            self.cut(place)
            self.conversation.turns[:], self.forks = there

    def new_chat(self) -> None:
        """What is said from now on is another conversation to the browser's history."""
        self.chat_id, self.title = uuid.uuid4().hex, ""

    def cut(self, place: int) -> None:
        """Only the turns before `place` are left."""
        if self.conversation is not None:
            del self.conversation.turns[place:]
        self.forget_from(place)

    def forget_from(self, place: int) -> None:
        """What is known of the turns from `place` on is over: they will be others, or none."""
        self.ratings = {turn: rating for turn, rating in self.ratings.items() if turn < place}
        self.forks = before(self.forks, place)
        self.editing = self.rated = None


def _clips(subjects: Sequence[Subject]) -> list[Subject]:
    """Without what the senses found."""
    return [Subject(each.clip_key, each.subtitles) for each in subjects]


def talk_of(record: object) -> Talk:
    """What a browser has kept of a talk; anything else than that is empty. The clip is not opened yet."""
    talk = Talk()
    if not isinstance(record, dict):
        return talk

    def text(name: str) -> str | None:
        value: Any = record.get(name)
        return value[:LONGEST_TITLE] if isinstance(value, str) and value else None

    talk.clip_id, talk.example, talk.title = text("clip"), text("example"), text("title") or ""
    talk.chat_id = text("id") or talk.chat_id
    try:
        transcript = from_dict(record.get("conversation"))
    except ValueError:
        return talk
    talk.kept_name, talk.forks = transcript.clip, dict(transcript.forks)
    if transcript.turns:
        talk.conversation = Conversation("", turns=list(transcript.turns))
    return talk
