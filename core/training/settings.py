"""What a training is told, from a command line or a TOML file, and written beside its result."""

import json
import tomllib
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from core.errors import SettingError, TrainingError

PARTS = ("g_t", "g")


@dataclass(frozen=True)
class TrainingSettings:
    """All that changes what is learned, and how it is reported. Paths as text, as a file has them."""

    model: str
    data: tuple[str, ...]  # FILE or FILE:WEIGHT
    out: str
    videos: str = ""  # empty: from features alone
    features: str = ""  # empty: `features` in `out`
    eval_data: tuple[str, ...] = ()
    adapter: str = ""  # the temporal module that training goes on from; empty: the model's own
    temporal_module: str = ""  # a new one of this kind instead, which starts from g
    train: tuple[str, ...] = ("g_t",)  # and "g"; none of them: the updates of the LLM alone
    lora: int = 0  # rank of updates of the LLM; 0: none
    join: int = 1  # questions about the same clip that become one dialogue, at most
    frames: int = 16
    epochs: float = 1.0
    steps: int = 0  # instead of epochs
    batch: int = 8  # rows of one pass, on each process
    accumulate: int = 1  # passes of a step
    rate: float = 2e-4  # of learning, at its highest
    warm_up: float = 0.03  # share of the steps
    weight_decay: float = 0.0
    precision: str = "auto"  # of the frozen parts: bfloat16 where the hardware computes in it
    bits: int = 0  # 4 or 8: the LLM's frozen weights in so many bits
    gradient_checkpointing: bool = False
    checkpoint_every: int = 100  # steps
    eval_every: int = 0  # steps; 0: at the beginning and the end
    seed: int = 0

    def __post_init__(self) -> None:
        for name, possible, reason in (
            ("train", set(self.train) <= set(PARTS), f"of {', '.join(PARTS)}"),
            ("train", bool(self.train or self.lora), f"at least one of {', '.join(PARTS)}, or --lora"),
            ("precision", self.precision in ("auto", "float32", "bfloat16"), "auto, float32 or bfloat16"),
            ("epochs", self.epochs > 0, "above 0"),
            ("steps", self.steps >= 0, "not negative"),
            ("join", self.join >= 1, "at least 1"),
            ("batch", self.batch >= 1, "at least 1"),
            ("accumulate", self.accumulate >= 1, "at least 1"),
            ("rate", self.rate > 0, "above 0"),
            ("warm_up", 0 <= self.warm_up < 1, "from 0 to below 1"),
            ("lora", self.lora >= 0, "not negative"),
            ("checkpoint_every", self.checkpoint_every >= 1, "at least 1"),
            ("data", bool(self.data), "at least one file"),
        ):
            if not possible:
                raise SettingError("bad_setting", name=name, value=getattr(self, name), reason=reason)

    @property
    def folder(self) -> Path:
        """Where the result goes."""
        return Path(self.out)

    @property
    def feature_folder(self) -> Path:
        return Path(self.features) if self.features else self.folder / "features"


def read_settings(path: Path) -> dict[str, Any]:
    """The settings of a TOML file, by name. Raises TrainingError where they are none of a training."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise _unreadable(path, str(error)) from error
    if unknown := found.keys() - {field.name for field in fields(TrainingSettings)}:
        raise _unreadable(path, f"there is no setting {', '.join(sorted(unknown))}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def _unreadable(path: Path, reason: str) -> TrainingError:
    return TrainingError("settings_unreadable", name=path.name, reason=reason)


def write_settings(settings: TrainingSettings, path: Path) -> None:
    """As `read_settings` reads them. JSON writes these kinds of values as TOML does."""
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in asdict(settings).items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
