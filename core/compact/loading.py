"""The trained compact model, ready to talk."""

import ctypes
import sys
from pathlib import Path

from core.compact.base_files import ENCODER, LLMS
from core.compact.eyes import Eyes
from core.compact.llm.preparing import open_decoder, open_tokenizer
from core.compact.model import CompactImageLLM, CompactMini
from core.compact.trained_parts import ASSETS, EYES, LanguageParts
from core.image_llm.hardware import pick_device
from core.image_llm.load_options import LoadOptions
from core.progress import Progress
from core.weights import fetch

SIZES: dict[str, type[CompactImageLLM]] = {size.name: size for size in (CompactImageLLM, CompactMini)}


def load_compact(progress: Progress, options: LoadOptions) -> CompactImageLLM:
    return load(CompactImageLLM, progress, options)


def load_compact_mini(progress: Progress, options: LoadOptions) -> CompactImageLLM:
    return load(CompactMini, progress, options)


def load(
    size: type[CompactImageLLM],
    progress: Progress,
    options: LoadOptions = LoadOptions(),
    parts: LanguageParts | None = None,
    eyes: Path = EYES,
) -> CompactImageLLM:
    """The model of this size; parts: the updates of its LLM, if not the shipped ones."""
    if options.low_memory:
        _give_back_freed_memory()
    fetch(ENCODER, progress)
    gguf = fetch(LLMS[size.name], progress)
    tokenizer = open_tokenizer(gguf, progress)
    parts = parts or LanguageParts.of(ASSETS / size.name)
    decoder = open_decoder(gguf, parts, pick_device(options.device), progress, options.trainable)
    progress("adapting", 0.9)
    model = size(decoder, tokenizer, Eyes(eyes))
    progress("ready", 1.0)
    return model


def _give_back_freed_memory() -> None:
    """glibc keeps freed blocks for later; those above a megabyte now go back to the system at once."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):  # musl has none
        mallopt(-3, 2**20)  # M_MMAP_THRESHOLD
