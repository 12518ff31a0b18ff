"""The LLM made ready once: de-quantised, with its trained updates merged, in the form that this machine runs.

Taking the published file apart takes most of a minute, so what is made of it is kept beside it: a graph in 8
bits where there is OpenVINO, else a checkpoint of transformers. A start then only maps it into memory. Where
the disk has no room for that, the file is taken apart at each start, and the LLM runs in torch.
"""

import errno
import importlib.util
import logging
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

# Bytes of what is made, against those of the published file, with some to spare.
OF_GRAPH, OF_CHECKPOINT, OF_TOKENIZER = 2.0, 3.5, 0.1
KEPT = 2  # of what was made for different updates the latest used: without an adapter, and with one
_log = logging.getLogger(__name__)


def open_tokenizer(gguf: Path, progress: Progress) -> PreTrainedTokenizerBase:
    """The LLM's own tokenizer."""

    def unpacked() -> PreTrainedTokenizerBase:
        progress("unpacking_tokenizer", 0.3)
        return AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)

    def make(folder: Path) -> None:
        unpacked().save_pretrained(folder)

    folder = gguf.parent / "tokenizer"
    try:
        _make(folder, make, OF_TOKENIZER * gguf.stat().st_size)
    except OSError as error:
        _log.warning("the tokenizer cannot be kept in %s: %s", folder, error.strerror or error)
        return unpacked()
    return AutoTokenizer.from_pretrained(folder)


def open_decoder(
    gguf: Path, parts: LanguageParts, device: str, progress: Progress, trainable: bool = False
) -> Decoder:
    """The LLM with these updates: on OpenVINO where the device is "cpu" and there is one, else in torch.

    trainable: in torch.
    """
    on_openvino = not trainable and device == "cpu" and importlib.util.find_spec("openvino") is not None

    def unpacked() -> tuple[GgufWeights, MergedWeights]:
        progress("unpacking_weights", 0.4)
        base = GgufWeights(gguf)
        return base, MergedWeights(base, parts.updates, parts.config.lora_scale)

    def make(folder: Path) -> None:
        base, weights = unpacked()
        if on_openvino:
            save_graph(base.config, weights, folder)
        else:
            torch_llm(base, weights, torch.bfloat16).save_pretrained(folder)

    kind = "graph" if on_openvino else "torch"
    folder = gguf.parent / f"{kind}-{parts.fingerprint}"
    dtype = pick_dtype("auto", device)
    try:
        _make(folder, make, (OF_GRAPH if on_openvino else OF_CHECKPOINT) * gguf.stat().st_size)
    except OSError as error:
        _log.warning("the LLM cannot be kept ready in %s: %s", folder, error.strerror or error)
        return TorchDecoder(torch_llm(*unpacked(), dtype).to(device))  # type: ignore[arg-type]
    os.utime(folder)
    others = sorted(gguf.parent.glob(f"{kind}-*"), key=lambda each: each.stat().st_mtime)
    for old in others[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    progress("loading", 0.8)
    if on_openvino:
        return OpenVinoDecoder(
            folder, lambda adapter: open_decoder(gguf, parts.with_lora(adapter), device, progress)
        )
    llm = Qwen2ForCausalLM.from_pretrained(folder, dtype=dtype)
    return TorchDecoder(llm.to(device))  # type: ignore[arg-type]


def torch_llm(
    base: GgufWeights, weights: GgufWeights | MergedWeights, dtype: torch.dtype
) -> Qwen2ForCausalLM:
    """The LLM as a model of transformers."""
    state = {name: weights[name].to(dtype) for name in base.names()}
    return Qwen2ForCausalLM.from_pretrained(None, config=base.config, state_dict=state, dtype=dtype)


def _make(folder: Path, make: Callable[[Path], None], size: float) -> None:
    """See that the folder is there; it appears whole or not at all. Raises OSError.

    size: bytes that it takes. Not every library that writes says so where the disk is full.
    """
    if folder.exists():
        return
    with FileLock(folder.with_suffix(".lock")):  # another process may be at it
        if folder.exists():
            return
        if shutil.disk_usage(folder.parent).free < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
        temporary = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            make(temporary)
            os.replace(temporary, folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
