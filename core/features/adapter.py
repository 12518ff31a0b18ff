"""The kinds of temporal modules by name, and a trained one (an adapter) as a folder.

A new kind is one line in KINDS; a model with kinds of its own adds them there. An adapter's folder is
config.json beside model.safetensors.
"""

import json
from dataclasses import asdict
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.errors import ModelError
from core.features.adapter_parts import check_finite
from core.features.over_time import AttentionOverTime, GruOverTime
from core.features.temporal_module import TemporalModule, TemporalModuleConfig

CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"
KINDS: dict[str, type[TemporalModule]] = {
    "copy": TemporalModule,
    "attention": AttentionOverTime,
    "gru": GruOverTime,
}


def build_temporal_module(config: TemporalModuleConfig, alignment: nn.Module) -> TemporalModule:
    """A new module of `config.kind`, started from g. Raises ModelError for an unknown kind."""
    if config.kind not in KINDS:
        raise ModelError("unknown_temporal_module", name=config.kind, known=", ".join(KINDS))
    return KINDS[config.kind](config, alignment)


def save_temporal_module(module: TemporalModule, folder: Path) -> None:
    """config.json and model.safetensors (bfloat16) in `folder`."""
    save_parts(module.config, module.state_dict(), folder)


def save_parts(config: TemporalModuleConfig, state: dict[str, Tensor], folder: Path) -> None:
    """As save_temporal_module, from a module's settings and state."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG_FILE).write_text(json.dumps(asdict(config), indent=2) + "\n", encoding="utf-8")
    save_file(
        {name: value.to(torch.bfloat16).contiguous() for name, value in state.items()}, folder / WEIGHTS_FILE
    )


def load_temporal_module(
    folder: Path, alignment: nn.Module, model: str, model_fingerprint: str
) -> TemporalModule:
    """The module saved in `folder`, in float32. Raises ModelError where it is missing or another model's."""
    if not (folder / CONFIG_FILE).exists():
        raise ModelError("adapter_missing", path=folder)
    config = TemporalModuleConfig(**json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))
    if config.model != model:
        raise ModelError("adapter_mismatch", path=folder, reason=f"{config.model}, not {model}")
    if config.model_fingerprint != model_fingerprint:
        raise ModelError("adapter_mismatch", path=folder, reason=f"other weights of {model}")
    module = build_temporal_module(config, alignment)
    try:
        state = {name: value.float() for name, value in load_file(folder / WEIGHTS_FILE).items()}
    except (OSError, SafetensorError) as error:
        raise ModelError("weights_damaged", path=folder / WEIGHTS_FILE) from error
    check_finite(state, folder / WEIGHTS_FILE)
    try:
        module.load_state_dict(state)
    except RuntimeError as error:  # other layers than this version has
        raise ModelError(
            "adapter_mismatch", path=folder, reason=f"not this version's {config.kind}"
        ) from error
    return module.eval()
