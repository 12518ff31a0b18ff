"""The LLM made ready once: de-quantised, with its trained updates merged, in the form that this machine runs.

Taking the published file apart takes most of a minute, so what is made of it is kept beside it: a graph in 8
bits where there is OpenVINO, else a checkpoint of transformers. A start then only maps it into memory.
"""

import importlib.util
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import torch
from filelock import FileLock
from transformers import AutoTokenizer, PreTrainedTokenizerBase, Qwen2ForCausalLM

from core.compact.llm.base_llm import GgufWeights, MergedWeights
from core.compact.llm.decoders import Decoder, TorchDecoder
from core.compact.llm.openvino_decoder import OpenVinoDecoder, save_graph
from core.compact.trained_parts import LanguageParts
from core.image_llm.hardware import pick_dtype
from core.progress import Progress


def open_tokenizer(gguf: Path, progress: Progress) -> PreTrainedTokenizerBase:
    """The LLM's own tokenizer."""

    def make(folder: Path) -> None:
        progress("unpacking_tokenizer", 0.3)
        AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name).save_pretrained(folder)

    return AutoTokenizer.from_pretrained(_made(gguf.parent / "tokenizer", make))


def open_decoder(
    gguf: Path, parts: LanguageParts, device: str, progress: Progress, trainable: bool = False
) -> Decoder:
    """The LLM with these updates: on OpenVINO where the device is "cpu" and there is one, else in torch.

    trainable: in torch.
    """
    on_openvino = not trainable and device == "cpu" and importlib.util.find_spec("openvino") is not None

    def make(folder: Path) -> None:
        progress("unpacking_weights", 0.4)
        base = GgufWeights(gguf)
        weights = MergedWeights(base, parts.updates, parts.config.lora_scale)
        if on_openvino:
            save_graph(base.config, weights, folder)
        else:
            torch_llm(base, weights, torch.bfloat16).save_pretrained(folder)

    kind = "graph" if on_openvino else "torch"
    folder = _made(gguf.parent / f"{kind}-{parts.fingerprint}", make)
    for old in gguf.parent.glob(f"{kind}-*"):  # of other updates
        if old != folder:
            shutil.rmtree(old, ignore_errors=True)
    progress("loading", 0.8)
    if on_openvino:
        return OpenVinoDecoder(folder)
    llm = Qwen2ForCausalLM.from_pretrained(folder, dtype=pick_dtype("auto", device))
    return TorchDecoder(llm.to(device))  # type: ignore[arg-type]


def torch_llm(
    base: GgufWeights, weights: GgufWeights | MergedWeights, dtype: torch.dtype
) -> Qwen2ForCausalLM:
    """The LLM as a model of transformers."""
    state = {name: weights[name].to(dtype) for name in base.names()}
    return Qwen2ForCausalLM.from_pretrained(None, config=base.config, state_dict=state, dtype=dtype)


def _made(folder: Path, make: Callable[[Path], None]) -> Path:
    """The folder, made where it is not there yet; it appears whole or not at all."""
    with FileLock(folder.with_suffix(".lock")):  # another process may be at it
        if folder.exists():
            return folder
        temporary = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            make(temporary)
            os.replace(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    return folder
