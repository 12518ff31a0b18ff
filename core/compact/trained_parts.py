"""The trained parts of the compact model, as files: `assets/compact`, or a folder that training wrote.

They are g, the low-rank updates of the encoder and of the LLM, the object detector and the LLM's new words
(`model.safetensors`), and the temporal module g_t (`temporal_module/`); beside them lies its
vocabulary (`vocabulary.py`).
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field
from importlib.resources import files
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.compact.base_files import LLM
from core.compact.llm.vocabulary import Vocabulary
from core.compact.vision.crops import MARGIN, MOST, SIDE, SURE
from core.compact.vision.frame_encoder import FRAME_AREA, GRID

ASSETS = Path(str(files("assets") / "compact"))
CONFIG_FILE, WEIGHTS_FILE, WORDS_FILE, TEMPORAL_FOLDER = (
    "config.json",
    "model.safetensors",
    "words.txt",
    "temporal_module",
)
DETECTOR = "locator"  # the name of the object detector's part in `model.safetensors`


@dataclass(frozen=True)
class CompactConfig:
    """What shapes the trained parts."""

    lora_rank: int = 24
    lora_scale: float = 2.0
    word_heads: dict[str, int] = field(default_factory=dict)  # of g: labels of each, by its group
    class_labels: list[int] = field(default_factory=list)  # of ImageNet's classes among g's objects; -1: none
    timestamps: bool = True  # temporal tokens stand behind their time in text


def save_compact(
    folder: Path,
    config: CompactConfig,
    words: list[str],
    parts: dict[str, dict[str, Tensor]],
    taught: Vocabulary,
) -> str:
    """Write all trained parts but g_t; returns the fingerprint that g_t is then saved with.

    parts: the state of each: "encoder" and "lora" (low-rank updates), "words" (the new words' rows),
    "alignment" and "places"; DETECTOR, if there is one. taught: the vocabulary that they were trained on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG_FILE).write_text(json.dumps(asdict(config), indent=2) + "\n", encoding="utf-8")
    (folder / WORDS_FILE).write_text("\n".join(words) + "\n", encoding="utf-8")
    taught.save(folder)
    state = {f"{part}.{name}": value for part, values in parts.items() for name, value in values.items()}
    save_file(
        {name: value.to(torch.bfloat16).contiguous() for name, value in state.items()}, folder / WEIGHTS_FILE
    )
    return fingerprint_of(folder)


def fingerprint_of(folder: Path | None) -> str:
    """Of everything that shapes features and answers but g_t: base weights, preprocessing, trained parts.

    None: there are no trained parts.
    """
    paths = [folder / name for name in (CONFIG_FILE, WEIGHTS_FILE, WORDS_FILE)] if folder else []
    digest = hashlib.sha256(f"{LLM.sha256} {FRAME_AREA} {GRID} {SIDE} {MARGIN} {SURE} {MOST}".encode())
    for path in sorted(paths):
        digest.update(path.name.encode() + hashlib.sha256(path.read_bytes()).digest())
    return f"compact-{digest.hexdigest()[:16]}"


def below(state: dict[str, Tensor], part: str) -> dict[str, Tensor]:
    """The state of one part, by the names that `save_compact` was given for it."""
    prefix = f"{part}."
    return {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}


def config_of(folder: Path) -> CompactConfig:
    """The settings that `save_compact` wrote."""
    return CompactConfig(**json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))


def words_of(folder: Path) -> list[str]:
    """The new words that `save_compact` wrote."""
    return (folder / WORDS_FILE).read_text(encoding="utf-8").splitlines()


def word_rows(folder: Path) -> dict[str, Tensor]:
    """The new words that `save_compact` wrote, each with its row [K], in float32."""
    rows = load_file(folder / WEIGHTS_FILE)["words.rows"].float()  # Shape: (words, K)
    return dict(zip(words_of(folder), rows, strict=True))
