"""What the engine may keep, and how a question is answered."""

from dataclasses import dataclass

from core.engine.generation import GenerationSettings
from core.errors import SettingError
from core.language.detection import LANGUAGES


@dataclass(frozen=True)
class EngineLimits:
    """Limits on what the engine keeps, and on the frames of a clip."""

    feature_bytes: int = 2 * 10**9  # pooled features on disk
    sense_bytes: int = 2 * 10**8  # what was heard and read, on disk
    kv_bytes: int = 10**9  # KV caches in memory
    open_clips: int = 64  # clips whose visual prefix stays in memory
    frames: int = 1024  # of one clip, at most


LOW_MEMORY = EngineLimits(kv_bytes=10**8, open_clips=4, frames=8)


@dataclass(frozen=True)
class ChatSettings(GenerationSettings):
    """How a question is answered."""

    language: str = "auto"  # of the answer: "en", "zh", or "auto" for the question's own
    timestamps: bool = True  # put the frames' times into the prompt, for models that read them
    moment: float | None = None  # s: where the viewer is in the first clip; for questions about "now"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.language not in ("auto", *LANGUAGES):
            raise SettingError("bad_setting", name="language", value=self.language, reason="auto, en or zh")
        if self.moment is not None and not 0 <= self.moment < float("inf"):
            raise SettingError("bad_setting", name="moment", value=self.moment, reason="seconds of the clip")
