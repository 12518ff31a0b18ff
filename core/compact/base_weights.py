"""The base weights of the compact model: a vision encoder and an LLM, as published.

The LLM comes as a 4-bit GGUF; taking that apart takes half a minute, so it is done once into the user's
folder of weights, and later starts only load.
"""

import os
import shutil
import tempfile
from pathlib import Path

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    LlamaForCausalLM,
    PreTrainedTokenizerBase,
)

from core.compact.base_files import ENCODER, LLM
from core.compact.vision.efficientnet import EfficientNetLite2
from core.folders import weights_folder
from core.progress import Progress
from core.weights import fetch


def load_encoder() -> EfficientNetLite2:
    """The vision encoder with its published weights, float32."""
    encoder = EfficientNetLite2()
    encoder.load_state_dict(torch.load(fetch(ENCODER), weights_only=True))
    return encoder.eval()


def load_llm(
    progress: Progress, dtype: torch.dtype = torch.float32
) -> tuple[LlamaForCausalLM, PreTrainedTokenizerBase]:
    """The LLM and its tokenizer."""
    folder = weights_folder() / LLM.sha256[:16] / "unpacked"
    if not (folder / "config.json").exists():
        _unpack(fetch(LLM, progress), folder, progress)
    progress("loading", 0.6)
    llm = LlamaForCausalLM.from_pretrained(folder, dtype=dtype)
    return llm.eval(), AutoTokenizer.from_pretrained(folder)


def _unpack(gguf: Path, folder: Path, progress: Progress) -> None:
    """GGUF -> float16 safetensors in `folder`, which appears whole or not at all."""
    progress("unpacking_tokenizer", 0.05)
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    progress("unpacking_weights", 0.2)
    quantised = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    config = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name)
    plain = LlamaForCausalLM(config)  # the loaded one keeps a quantizer and cannot be saved
    plain.load_state_dict(quantised.state_dict())
    plain = plain.half()  # scales and offsets of Q4_1 are float16 too
    temporary = Path(tempfile.mkdtemp(dir=folder.parent))
    try:
        plain.save_pretrained(temporary)
        tokenizer.save_pretrained(temporary)
        os.replace(temporary, folder)
    except OSError:
        if not (folder / "config.json").exists():  # else another process was faster
            raise
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
