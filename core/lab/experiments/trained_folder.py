"""A trained folder, like `assets/compact`, made of another one by replacing some of its parts."""

import json
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from core.compact.llm.vocabulary import Vocabulary
from core.compact.trained_parts import (
    CONFIG_FILE,
    TEMPORAL_FOLDER,
    WEIGHTS_FILE,
    below,
    config_of,
    save_compact,
    words_of,
)
from core.features.adapter import save_parts
from core.features.temporal_module import TemporalModuleConfig


def with_parts(folder: Path, parts: dict[str, dict[str, Tensor]], out: Path) -> None:
    """Make `out` of `folder`: the same with these parts, named as `save_compact` names them."""
    state = load_file(folder / WEIGHTS_FILE)
    before = {part: below(state, part) for part in {name.partition(".")[0] for name in state}}
    fingerprint = save_compact(
        out, config_of(folder), words_of(folder), {**before, **parts}, Vocabulary.of(folder)
    )
    save_g_t(folder, load_file(folder / TEMPORAL_FOLDER / WEIGHTS_FILE), fingerprint, out)


def save_g_t(folder: Path, state: dict[str, Tensor], fingerprint: str, out: Path) -> None:
    """Write a g_t to `out`, with the settings of that of `folder`; fingerprint: of the model in `out`."""
    settings = json.loads((folder / TEMPORAL_FOLDER / CONFIG_FILE).read_text(encoding="utf-8"))
    made_for = TemporalModuleConfig(**{**settings, "model_fingerprint": fingerprint})
    save_parts(made_for, state, out / TEMPORAL_FOLDER)
