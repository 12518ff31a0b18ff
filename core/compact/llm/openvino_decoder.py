"""The LLM on OpenVINO, for processors: one call a token, reading a quarter of the bytes that torch reads.

Reading all weights is what a token costs. The graph lies in a folder and is mapped into memory, so that a
start does not build it again.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import Qwen2Config
from transformers.models.qwen2.modeling_qwen2 import Qwen2RotaryEmbedding

from core.compact.llm.base_llm import Weights
from core.compact.llm.decoder_graph import build_graph, rounded

GRAPH_FILE, WORDS_FILE = "decoder.xml", "words.safetensors"
GROUP = 32  # activations that share a scale


class DecoderCache:
    """Keys and values of one conversation: what the engine asks of transformers' DynamicCache."""

    is_croppable = True

    def __init__(self, request: Any, token_bytes: int) -> None:
        self.request = request  # OpenVINO's: it holds the state between calls
        self.length = 0
        self._token_bytes = token_bytes

    @property
    def nbytes(self) -> int:
        return self.length * self._token_bytes

    def get_seq_length(self) -> int:
        return self.length

    def crop(self, surplus: int) -> None:
        """Forget the last tokens; `surplus` is negative, as transformers wants it."""
        import openvino

        assert surplus < 0, "counted from the end"
        self.length += surplus
        for state in self.request.query_state():
            kept = state.state.data[:, :, : self.length]  # Shape: (1, H_kv, L, head)
            state.state = openvino.Tensor(np.ascontiguousarray(kept))


def save_graph(config: Qwen2Config, weights: Weights, folder: Path) -> None:
    """Everything that an OpenVinoDecoder needs."""
    import openvino

    words = rounded(weights["model.embed_tokens.weight"])
    openvino.save_model(build_graph(config, weights, words), folder / GRAPH_FILE, compress_to_fp16=False)
    config.save_pretrained(folder)
    save_file(dict(zip(("rows", "scales"), words, strict=True)), folder / WORDS_FILE)


class OpenVinoDecoder:
    """Reads what `save_graph` wrote."""

    llm = None

    def __init__(self, folder: Path) -> None:
        import openvino

        self.folder = folder
        self._words = load_file(folder / WORDS_FILE)
        self._run(openvino.Core().read_model(folder / GRAPH_FILE), Qwen2Config.from_pretrained(folder))

    def _run(self, graph: Any, config: Qwen2Config) -> None:
        import openvino

        settings = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "INFERENCE_PRECISION_HINT": "f32",
            "KV_CACHE_PRECISION": "f32",
            "DYNAMIC_QUANTIZATION_GROUP_SIZE": GROUP,
        }
        self._compiled = openvino.Core().compile_model(graph, "CPU", settings)
        self.embedding_width: int = config.hidden_size
        width = config.hidden_size // config.num_attention_heads
        kv_heads = config.num_key_value_heads or config.num_attention_heads
        self._token_bytes = 2 * config.num_hidden_layers * kv_heads * width * 4
        positions = torch.arange(config.max_position_embeddings)
        with torch.inference_mode():
            waves = Qwen2RotaryEmbedding(config)(torch.zeros(1), positions[None])  # Shape: 2 x (1, L, head)
        self._cosines, self._sines = (wave[None].numpy() for wave in waves)  # Shape: (1, 1, L, head)

    def embed(self, ids: list[int]) -> Tensor:
        rows = torch.tensor(ids, dtype=torch.long)  # Shape: (L,)
        return self._words["rows"][rows].float() * self._words["scales"][rows]

    def new_cache(self) -> DecoderCache:
        return DecoderCache(self._compiled.create_infer_request(), self._token_bytes)

    def forward(self, embeds: Tensor, cache: DecoderCache) -> Tensor:
        """As Decoder has it: embeddings [L, K] -> logits [V]."""
        past, count = cache.length, len(embeds)
        mask = np.zeros((1, 1, count, past + count), np.float32)
        mask[..., past:] = np.triu(np.full((count, count), -np.inf, np.float32), 1)
        now = slice(past, past + count)
        waves = [self._cosines[:, :, now], self._sines[:, :, now]]  # Shape: (1, 1, L, head)
        inputs = [embeds[None].float().numpy(), *waves, mask, np.zeros(1, np.int32)]
        logits = cache.request.infer(inputs, share_inputs=True)[0]  # Shape: (1, 1, V)
        cache.length += count
        return torch.from_numpy(logits[0, 0])  # Shape: (V,)
