"""A conversation about a clip or two, as plain text that can be copied, pickled and kept anywhere."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass
class Turn:
    """One question and its answer, with the cost of producing it."""

    question: str
    answer: str = ""
    language: str = "en"  # of the answer: "en" or "zh"
    script: str = "Hans"  # of its Chinese, or of that before it: "Hans" or "Hant", as ISO 15924 names them
    finished: bool = False  # False while it is written, and for ever if it was stopped
    seconds_to_first_token: float | None = None  # s
    seconds: float | None = None  # s, the whole answer
    tokens: int = 0  # generated
    moment: float | None = None  # s of the first clip at which the viewer was, if the question is about that
    prompt_tokens: int = 0  # read, with the visual prefix and all turns before
    visual_tokens: int = 0  # of these, the visual prefix
    cached_tokens: int = 0  # of these, the ones that were read before and kept
    cues: "tuple[Cue, ...]" = ()  # lines of the clips that the model had before it when it answered


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
    """A clip of a conversation: its key in the feature store, and its lines of text.

    subtitles: of a file that somebody gave. cues: what the senses found, by source; an empty tuple says that
    a sense found nothing, a source that is not there was not looked at.
    """

    clip_key: str
    subtitles: tuple[Cue, ...] = ()
    cues: Mapping[str, tuple[Cue, ...]] = field(default_factory=dict)

    def sources(self) -> dict[str, tuple[Cue, ...]]:
        """The cues by source, in the order of a prompt. Subtitles take the place of what was heard."""
        said = self.subtitles or self.cues.get("subtitles", ())
        sources = {"subtitles": said, "heard": self.cues.get("heard"), "read": self.cues.get("read")}
        left_out = "heard" if said else "subtitles"
        return {name: cues for name, cues in sources.items() if cues is not None and name != left_out}


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
    cues: Mapping[str, tuple[Cue, ...]] = field(
        default_factory=dict
    )  # as in Subject; more may come at any time

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Its clips, the first one first."""
        first = Subject(self.clip_key, self.subtitles, self.cues)
        return (first,) if self.beside is None else (first, self.beside)
