"""The trained compact model, ready to talk."""

import ctypes
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file

from core.compact.base_files import ENCODER
from core.compact.base_weights import load_llm
from core.compact.llm import lora
from core.compact.llm.openvino_decoder import build_decoder
from core.compact.llm.vocabulary import Vocabulary
from core.compact.llm.words import add_words
from core.compact.model import CompactImageLLM
from core.compact.trained_parts import (
    ASSETS,
    DETECTOR,
    TEMPORAL_FOLDER,
    WEIGHTS_FILE,
    below,
    config_of,
    fingerprint_of,
    words_of,
)
from core.compact.vision.crops import ObjectDetector
from core.features.adapter import load_temporal_module
from core.progress import Progress
from core.weights import fetch


def load_compact(progress: Progress, assets: Path = ASSETS, low_memory: bool = False) -> CompactImageLLM:
    """The trained model: the LLM with its new words and updates merged in, g, and g_t.

    With low_memory the LLM in torch is read in 16 bits, and its layers go when the decoder has them.
    """
    if low_memory:
        _give_back_freed_memory()
    fetch(ENCODER, progress)  # here, so that its download is seen
    llm, tokenizer = load_llm(progress, torch.bfloat16 if low_memory else torch.float32)
    progress("adapting", 0.9)
    config = config_of(assets)
    state = load_file(assets / WEIGHTS_FILE)
    detector = ObjectDetector.of(below(state, DETECTOR))
    model = CompactImageLLM(llm, tokenizer, config, below(state, "encoder"), detector)
    add_words(llm, tokenizer, words_of(assets), state["words.rows"])
    lora.merge(llm, below(state, "lora"), config.lora_scale)
    for name, part in (("alignment", model.alignment), ("places", model.places)):
        part.load_state_dict({key: value.float() for key, value in below(state, name).items()})
    model.fingerprint = fingerprint_of(assets)
    model.temporal_module = load_temporal_module(
        assets / TEMPORAL_FOLDER, model.alignment, model.name, model.fingerprint
    )
    if (taught := Vocabulary.of(assets)).objects:
        model.learn_vocabulary(taught)
    model.decoder = build_decoder(llm, take_layers=low_memory)
    progress("ready", 1.0)
    return model


def _give_back_freed_memory() -> None:
    """glibc keeps freed blocks for later; those above a megabyte now go back to the system at once."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):  # musl has none
        mallopt(-3, 2**20)  # M_MMAP_THRESHOLD
