"""A conversation about a clip or two, as plain text that can be copied, pickled and kept anywhere."""

import uuid
from dataclasses import dataclass, field


@dataclass
class Turn:
    """One question and its answer, with the cost of producing it."""

    question: str
    answer: str = ""
    language: str = "en"  # of the answer: "en" or "zh"
    finished: bool = False  # False while it is written, and for ever if it was stopped
    seconds_to_first_token: float | None = None  # s
    seconds: float | None = None  # s, the whole answer
    tokens: int = 0  # generated


@dataclass(frozen=True)
class Cue:
    """A line of text in a clip, and the seconds between which it is said or shown."""

    start: float
    end: float
    text: str
    confidence: float = 1.0  # 0..1, of what made it
    language: str = ""  # "en", "zh", or another code of ISO 639-1; empty: not known
    source: str = "subtitles"  # or "heard" or "read"


@dataclass(frozen=True)
class Subject:
    """A clip of a conversation: its key in the feature store, and its subtitles."""

    clip_key: str
    subtitles: tuple[Cue, ...] = ()


@dataclass
class Conversation:
    """The turns about one clip, or about two that are compared.

    `id` is the key of the KV cache that the engine may hold for it; so its clips never change: with other
    clips it is another conversation, perhaps with the same turns.
    """

    clip_key: str  # the feature store's key of the clip
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    turns: list[Turn] = field(default_factory=list)
    subtitles: tuple[Cue, ...] = ()  # of the sampled part of the clip
    beside: Subject | None = None  # the second clip

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Its clips, the first one first."""
        first = Subject(self.clip_key, self.subtitles)
        return (first,) if self.beside is None else (first, self.beside)
