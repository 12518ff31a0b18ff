"""The LLM's own weights out of its GGUF: tensors by transformers' names, one at a time, and its settings.

De-quantising all of them at once would take three times the memory of what is made of them.
"""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from gguf import GGUFReader, dequantize
from torch import Tensor
from transformers import Qwen2Config

from core.compact.lora import updated

ROWS = 4096  # of a matrix that are de-quantised at once, for the sake of the peak of memory
LAYER_NAMES = {
    "attn_norm": "input_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_norm": "post_attention_layernorm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


class Weights(Protocol):
    """Tensors by name, each made when it is asked for."""

    def __getitem__(self, name: str, /) -> Tensor: ...


class GgufWeights:
    """A Qwen2 in GGUF. Embeddings and output are one matrix, of which the file may have two roundings."""

    def __init__(self, path: Path) -> None:
        self._reader = GGUFReader(path)
        self._tensors = {tensor.name: tensor for tensor in self._reader.tensors}

    def __getitem__(self, name: str) -> Tensor:
        """float32, in the shape of torch's layers."""
        tensor = self._tensors[self._names[name]]
        parts = (tensor.data[at : at + ROWS] for at in range(0, len(tensor.data), ROWS))
        shape = tuple(int(size) for size in reversed(tensor.shape))
        values = np.empty(shape, np.float32)
        for at, part in enumerate(parts):
            values[at * ROWS : at * ROWS + len(part)] = dequantize(part, tensor.tensor_type)
        return torch.from_numpy(values)

    def names(self) -> Iterator[str]:
        yield from self._names

    @cached_property
    def config(self) -> Qwen2Config:
        def setting(name: str) -> Any:
            return self._reader.fields[f"qwen2.{name}"].contents()

        return Qwen2Config(
            vocab_size=int(self._tensors["token_embd.weight"].shape[1]),
            hidden_size=setting("embedding_length"),
            intermediate_size=setting("feed_forward_length"),
            num_hidden_layers=setting("block_count"),
            num_attention_heads=setting("attention.head_count"),
            num_key_value_heads=setting("attention.head_count_kv"),
            max_position_embeddings=setting("context_length"),
            rms_norm_eps=float(setting("attention.layer_norm_rms_epsilon")),
            rope_parameters={"rope_type": "default", "rope_theta": float(setting("rope.freq_base"))},
            tie_word_embeddings=True,
        )

    @cached_property
    def _names(self) -> dict[str, str]:
        """Transformers' name of each tensor -> the file's. Of the two roundings the finer one."""
        finer = "output.weight" if "output.weight" in self._tensors else "token_embd.weight"
        names = {"model.embed_tokens.weight": finer, "model.norm.weight": "output_norm.weight"}
        for name in self._tensors:
            if name.startswith("blk."):
                _, number, part, kind = name.split(".")
                names[f"model.layers.{number}.{LAYER_NAMES[part]}.{kind}"] = name
        return names


class MergedWeights:
    """Base weights with low-rank updates added."""

    def __init__(self, base: GgufWeights, updates: dict[str, Tensor], scale: float) -> None:
        """updates: "<layer>.a" [rank, in] and "<layer>.b" [out, rank]."""
        self._base, self._updates, self._scale = base, updates, scale

    def __getitem__(self, name: str) -> Tensor:
        layer, _, kind = name.rpartition(".")
        weight = self._base[name]
        return updated(weight, self._updates, layer, self._scale) if kind == "weight" else weight
