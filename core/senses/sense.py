"""What a sense is, what it may cost, and what comes of it.

A sense has two halves. In the caller's process it says what it needs and what shapes its results; in a child
process, which alone opens the visitor's file, it makes cues. It knows nothing of models or prompts.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.dialogue.conversation import Cue
from core.progress import Progress
from core.video.clip import VideoLimits
from core.weights import BaseFile

Tell = Callable[[float], None]  # is told the share of the clip that is done, 0..1


@dataclass(frozen=True)
class SenseOptions:
    """How a clip is heard and read."""

    language: str = "auto"  # of speech: "auto", or a code such as "en" and "zh"
    hearing_model: str = "base"  # of Whisper: "base" is ours; another size of the hub, or a folder
    threads: int = 0  # of the processor; 0: as many as it has, up to four


@dataclass(frozen=True)
class SenseLimits:
    """What a sense may cost. What was found until then is kept for the caller, and not on disk."""

    silence: float = 600.0  # seconds without any sign of life; a busy machine makes a low priority wait
    wall_clock: float = 3 * 3600.0  # seconds in all
    memory: int = 4 * 1024**3  # bytes of private memory for the child (enforced on Linux)
    video: VideoLimits = field(default_factory=VideoLimits)


@dataclass(frozen=True)
class Sensed:
    """What a sense made of a clip. Without cues, `reason` says why."""

    sense: str  # its name
    source: str  # of the cues: "heard", "read" or "subtitles"
    cues: tuple[Cue, ...] = ()  # in order of their start
    reason: str = ""  # a key of REASONS; empty where there are cues
    complete: bool = True  # False where it was stopped, or ran out of its limits
    seconds: float = 0.0  # that it took
    language: str = ""  # of most of it

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Sensed":
        """The inverse of `as_json`; TypeError and KeyError for what it did not write."""
        return cls(**values | {"cues": tuple(Cue(**cue) for cue in values["cues"])})


# Why there are no cues; the last three say that the sense did not do its work.
REASONS: dict[str, str] = {
    "no_sound": "The clip has no sound.",
    "sound_broken": "The sound of the clip cannot be decoded.",
    "nothing_said": "Nothing is said in the clip.",
    "no_text": "There is no text in the pictures.",
    "no_tracks": "There are no subtitles inside the file.",
    "stopped": "It was stopped.",
    "too_slow": "It took too long and was stopped.",
    "failed": "It failed: the file is damaged, or needs more memory than is allowed.",
}
DONE = frozenset({"", "no_sound", "sound_broken", "nothing_said", "no_text", "no_tracks"})
NOTHING_THERE = frozenset({"no_sound", "nothing_said", "no_text"})  # which one may say of the clip


class Sense(ABC):
    """One kind of cues. An instance has no state; its module imports no library before it works."""

    name: str  # exact name in the registry
    source: str  # of its cues
    packages: tuple[str, ...] = ()  # that it cannot work without, as they are imported

    @property
    def available(self) -> bool:
        """Whether its libraries are installed."""
        return all(find_spec(package) is not None for package in self.packages)

    def weights(self) -> tuple[BaseFile, ...]:
        """The files that it works with where no option says otherwise."""
        return ()

    @abstractmethod
    def fingerprint(self, options: SenseOptions) -> str:
        """Changes when its results may: part of the key under which they are kept."""

    def prepare(self, options: SenseOptions, progress: Progress) -> dict[str, Any]:
        """In the caller's process: fetch what it needs. What it returns, plain JSON, reaches `work`.

        "memory" of it: bytes that the child may take beside what the limits allow. Raises ModelError.
        """
        return {}

    @abstractmethod
    def work(
        self, path: Path, limits: VideoLimits, options: SenseOptions, prepared: dict[str, Any], tell: Tell
    ) -> Iterator[Cue]:
        """In the child: cues as they are found. Raises NothingThere with a reason, and VideoError."""


class NothingThere(Exception):  # noqa: N818  nothing went wrong
    """There are no cues, for a reason of REASONS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
