"""What was trained for compact, as files below `assets/`.

The *eyes* are one for all sizes of compact, because what they say is made of an LLM's own words: low-rank
updates of the vision encoder, g, g_t and the detector of things to crop (`eyes/model.safetensors`), and the
detector of people and things, converted and not trained by us (`eyes/nanodet.safetensors`). The *language
parts* are low-rank updates of one LLM (`compact/`, `compact-mini/`).
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.features.adapter_parts import load_lora

ASSETS = Path(str(files("assets")))
EYES = ASSETS / "eyes"
CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"


@dataclass(frozen=True)
class LanguageConfig:
    """How the updates of an LLM are applied."""

    lora_rank: int = 8
    lora_scale: float = 2.0


@dataclass(frozen=True)
class LanguageParts:
    """Low-rank updates of an LLM: "<layer>.a" [rank, in] and "<layer>.b" [out, rank]."""

    config: LanguageConfig
    updates: dict[str, Tensor]

    @classmethod
    def none(cls) -> "LanguageParts":
        """Of an LLM that nothing was taught."""
        return cls(LanguageConfig(), {})

    @classmethod
    def of(cls, folder: Path) -> "LanguageParts":
        """As `save` wrote them. Raises FileNotFoundError."""
        config = LanguageConfig(**json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))
        return cls(config, load_file(folder / WEIGHTS_FILE))

    def with_lora(self, adapter: Path) -> "LanguageParts":
        """These, and those that an adapter's folder holds in peft's form. Raises ModelError."""
        more, scale = load_lora(adapter)
        both: dict[str, Tensor] = {}
        for layer in {name.rpartition(".")[0] for name in (*self.updates, *more)}:
            parts = [
                (updates[f"{layer}.a"].float(), updates[f"{layer}.b"].float() * own)
                for updates, own in ((self.updates, self.config.lora_scale), (more, scale))
                if f"{layer}.a" in updates
            ]  # B A + D C = [B D] [A; C]
            both[f"{layer}.a"] = torch.cat([a for a, _ in parts])
            both[f"{layer}.b"] = torch.cat([b for _, b in parts], dim=1)
        rank = max(len(values) for name, values in both.items() if name.endswith(".a"))
        return LanguageParts(LanguageConfig(rank, 1.0), both)

    def save(self, folder: Path) -> None:
        """config.json and model.safetensors (bfloat16)."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG_FILE).write_text(json.dumps(asdict(self.config), indent=2) + "\n", encoding="utf-8")
        small = {name: value.to(torch.bfloat16).contiguous() for name, value in self.updates.items()}
        save_file(small, folder / WEIGHTS_FILE)

    @cached_property
    def fingerprint(self) -> str:
        """Of their content."""
        digest = hashlib.sha256(json.dumps(asdict(self.config)).encode())
        for name in sorted(self.updates):
            values = self.updates[name].to(torch.bfloat16).contiguous()
            digest.update(name.encode() + values.view(torch.uint8).numpy().tobytes())
        return digest.hexdigest()[:16]


def eyes_fingerprint(folder: Path, settings: str) -> str:
    """Of all that shapes the features of a clip: the trained eyes, and the settings of preprocessing."""
    digest = hashlib.sha256(settings.encode())
    for path in sorted(folder.glob("*.safetensors")):
        digest.update(path.name.encode() + path.read_bytes())
    return f"compact-{digest.hexdigest()[:16]}"


def below(state: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    """The state of one part, in float32: what stands below "<part>."."""
    prefix = f"{part}."
    return {
        name.removeprefix(prefix): value.float() for name, value in state.items() if name.startswith(prefix)
    }


def save_eyes(folder: Path, parts: dict[str, dict[str, Tensor]]) -> None:
    """parts: the state of each: "encoder", "locator", "alignment", "temporal_module"."""
    folder.mkdir(parents=True, exist_ok=True)
    state = {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}
    small = {name: value.to(torch.bfloat16).contiguous() for name, value in state.items()}
    save_file(small, folder / WEIGHTS_FILE)
