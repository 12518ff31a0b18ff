"""A checkpoint into memory: where, in which number format, and whether there is room.

Only code of transformers runs, never code that comes with a checkpoint.
"""

import importlib.util
import logging
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError

from core.errors import ModelError
from core.image_llm.checkpoints import Checkpoint
from core.image_llm.hardware import pick_device, pick_dtype
from core.image_llm.hugging_face import HuggingFaceImageLLM
from core.image_llm.load_options import LoadOptions
from core.image_llm.memory import GIGABYTE, free_memory
from core.progress import Progress

OVERHEAD = 1.2  # beside the weights: activations, the cache of a conversation, loading itself
LLM_PARTS = ("language_model", "text_model")  # what the LLM is called inside a model
_log = logging.getLogger(__name__)


def load_checkpoint(
    family: type[HuggingFaceImageLLM], checkpoint: Checkpoint, options: LoadOptions, progress: Progress
) -> HuggingFaceImageLLM:
    """The family's model with these weights. Raises ModelError where it does not fit or is damaged."""
    from transformers import AutoTokenizer

    device = pick_device(options.device)
    dtype = pick_dtype(options.dtype, device)
    tell_memory(checkpoint, device, dtype, options.bits)
    progress("loading", 0.1)
    try:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder)
        image_processor = family.load_image_processor(checkpoint.folder)
    except (OSError, ValueError) as error:
        raise ModelError("no_checkpoint", path=checkpoint.folder) from error
    model = _load_weights(checkpoint, options, device, dtype)
    progress("adapting", 0.9)
    fingerprint = checkpoint.fingerprint(family.name)
    image_llm = family(model, tokenizer, image_processor, checkpoint.folder, fingerprint)
    progress("ready", 1.0)
    return image_llm


def tell_memory(checkpoint: Checkpoint, device: str, dtype: torch.dtype, bits: int | None) -> None:
    """Log what the model needs and what is free; raises ModelError where it cannot fit."""
    needed = memory_needed(checkpoint.numbers, dtype, bits)
    free = memory_free(device)
    told: dict[str, object] = {"name": checkpoint.name}
    told |= {"needed": f"{needed / GIGABYTE:.1f}", "free": f"{free / GIGABYTE:.1f}"}
    if needed > free:
        raise ModelError("not_enough_memory", **told)
    _log.info("%(name)s needs about %(needed)s GB of memory; %(free)s GB are free.", told)


def memory_needed(numbers: int, dtype: torch.dtype, bits: int | None) -> int:
    """Bytes for a model of so many parameters."""
    return round(numbers * (bits / 8 if bits else dtype.itemsize) * OVERHEAD)


def memory_free(device: str) -> int:
    """Bytes that can be had there; with several GPUs, on all of them."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()  # what torch holds back of models that are gone is free
    if device == "cuda":
        return sum(torch.cuda.mem_get_info(index)[0] for index in range(torch.cuda.device_count()))
    if device.startswith("cuda"):
        return torch.cuda.mem_get_info(device)[0]
    return free_memory()


def _load_weights(checkpoint: Checkpoint, options: LoadOptions, device: str, dtype: torch.dtype) -> Any:
    from transformers import AutoModelForImageTextToText

    more: dict[str, Any] = {}
    if options.bits:
        more["quantization_config"] = _quantisation(checkpoint.folder, options.bits, dtype)
    try:
        return AutoModelForImageTextToText.from_pretrained(
            checkpoint.folder,
            dtype=dtype,
            device_map="auto" if device == "cuda" else device,  # "auto": over all GPUs, through accelerate
            use_safetensors=checkpoint.weights[0].suffix == ".safetensors",
            **more,
        )
    except (OSError, SafetensorError) as error:
        raise ModelError("weights_damaged", path=checkpoint.folder) from error


def _quantisation(folder: Path, bits: int, dtype: torch.dtype) -> Any:
    """For the LLM alone: the encoder and g stay as they are, so that features do not depend on it."""
    if importlib.util.find_spec("bitsandbytes") is None:
        raise ModelError("model_package_missing", package="bitsandbytes")
    from transformers import AutoConfig, AutoModelForImageTextToText, BitsAndBytesConfig

    with torch.device("meta"):
        outline = AutoModelForImageTextToText.from_config(AutoConfig.from_pretrained(folder))
    parts = [f"model.{name}" for name, _ in outline.model.named_children() if name not in LLM_PARTS]
    return BitsAndBytesConfig(
        load_in_4bit=bits == 4,
        load_in_8bit=bits == 8,
        bnb_4bit_compute_dtype=dtype,
        llm_int8_skip_modules=[*parts, "lm_head"],
    )
