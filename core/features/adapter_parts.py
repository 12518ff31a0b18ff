"""What a training may leave beside g_t in an adapter's folder: g, and low-rank updates of the LLM."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.errors import ModelError

ALIGNMENT_FILE = "alignment.safetensors"
LORA_FOLDER = "lora"  # in the form of peft
LORA_SCALE = 2  # of the updates that are trained here: lora_alpha / r
PEFT_PREFIX = "base_model.model."  # before the names of a model's layers


def save_alignment(state: dict[str, Tensor], folder: Path) -> None:
    """state: g's."""
    save_file(_small(state), folder / ALIGNMENT_FILE)


def load_alignment(alignment: nn.Module, folder: Path) -> None:
    """Where the folder has g, into the model's own, in its number format. Raises ModelError."""
    path = folder / ALIGNMENT_FILE
    if not path.exists():
        return
    try:
        state = load_file(path)
        check_finite(state, path)
        alignment.load_state_dict(state)
    except (OSError, SafetensorError) as error:
        raise ModelError("weights_damaged", path=path) from error
    except RuntimeError as error:
        raise ModelError("adapter_mismatch", path=folder, reason="another alignment module") from error


def check_finite(state: dict[str, Tensor], path: Path) -> None:
    """Raises ModelError where a weight is no number: a training has failed, or the file was changed."""
    if not all(bool(value.isfinite().all()) for value in state.values()):
        raise ModelError("weights_damaged", path=path)


def merge_lora(llm: Any, folder: Path) -> Any:
    """The LLM, with the folder's updates merged into its weights where there are some. Raises ModelError."""
    if not (folder / LORA_FOLDER).exists():
        return llm
    if importlib.util.find_spec("peft") is None:
        raise ModelError("model_package_missing", package="peft")
    from peft import PeftModel

    return PeftModel.from_pretrained(llm, str(folder / LORA_FOLDER)).merge_and_unload()


def load_lora(folder: Path) -> tuple[dict[str, Tensor], float]:
    """The updates of an adapter's folder: "<layer>.a" [rank, in], "<layer>.b" [out, rank], and their scale.

    Raises ModelError.
    """
    path = folder / LORA_FOLDER / "adapter_model.safetensors"
    try:
        settings = json.loads((path.parent / "adapter_config.json").read_text(encoding="utf-8"))
        scale = settings["lora_alpha"] / settings["r"]
        state = load_file(path)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError("weights_damaged", path=path) from error
    check_finite(state, path)
    short = {".lora_A.weight": ".a", ".lora_B.weight": ".b"}
    updates = {
        name.removeprefix(PEFT_PREFIX).removesuffix(end) + part: value
        for name, value in state.items()
        for end, part in short.items()
        if name.endswith(end)
    }
    return updates, scale


def take_up_lora(llm: Any, folder: Path) -> None:
    """The numbers of the folder's updates, where it has some, for those that peft has attached to the LLM.

    Raises ModelError where they are of other layers, or of another rank.
    """
    if not (folder / LORA_FOLDER).exists():
        return
    updates, scale = load_lora(folder)
    attached = {".a": (".lora_A.default.weight", 1.0), ".b": (".lora_B.default.weight", scale / LORA_SCALE)}
    state = {}
    for name, value in updates.items():
        ending, factor = attached[name[-2:]]
        state[name[:-2] + ending] = value * factor
    try:
        others = llm.load_state_dict(state, strict=False).unexpected_keys
    except RuntimeError as error:
        reason = "its updates of the LLM have another --lora"
        raise ModelError("adapter_mismatch", path=folder, reason=reason) from error
    if others:
        raise ModelError("adapter_mismatch", path=folder, reason=f"its updates are of {others[0]}")


def save_lora(llm: Any, state: dict[str, Tensor], folder: Path) -> None:
    """The updates that peft has attached to the LLM, as its own `from_pretrained` reads them.

    state: their numbers, by the LLM's own names.
    """
    from peft import get_peft_model_state_dict

    target = folder / LORA_FOLDER
    target.mkdir(parents=True, exist_ok=True)
    named = get_peft_model_state_dict(llm, state_dict=state)
    named = {PEFT_PREFIX + name: value for name, value in named.items()}
    save_file(_small(named), target / "adapter_model.safetensors")
    llm.peft_config["default"].save_pretrained(str(target))


def _small(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """In bfloat16."""
    return {name: value.to(torch.bfloat16).contiguous().cpu() for name, value in state.items()}
