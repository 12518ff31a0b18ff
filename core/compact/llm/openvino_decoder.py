"""The LLM on OpenVINO, for processors: one call a token, reading a quarter of the bytes that torch reads.

Reading all weights is what a token costs. The graph lies in a folder and is mapped into memory, so that a
start does not build it again.
"""

from collections.abc import Callable, Iterator
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
from core.compact.llm.decoders import Decoder
from core.features.adapter_parts import LORA_FOLDER
from core.image_llm.batching.cache_batch import CacheBatch

GRAPH_FILE, WORDS_FILE = "decoder.xml", "words.safetensors"
GROUP = 32  # activations that share a scale


class DecoderCache:
    """Keys and values of one conversation, or row by row of several: what is asked of a DynamicCache."""

    is_croppable = True

    def __init__(self, request: Any, token_bytes: int) -> None:
        self.request = request  # OpenVINO's: it holds the state between calls
        self.length = 0
        self.rows = np.zeros(1, np.int32)  # those of the state that the next call goes on from
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

    def batch_select_indices(self, rows: Tensor) -> None:
        """Go on with these rows alone."""
        self.rows = self.rows[rows.numpy()]


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

    def __init__(self, folder: Path, with_lora: Callable[[Path], Decoder] | None = None) -> None:
        """with_lora: makes the graph anew with the updates of an adapter's folder."""
        import openvino

        self.folder, self._with_lora = folder, with_lora
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
        graph.reshape(
            {each: [-1, *list(each.partial_shape)[1:]] for each in graph.inputs}
        )  # any number of rows
        self._compiled = openvino.Core().compile_model(graph, "CPU", settings)
        self.embedding_width: int = config.hidden_size
        width = config.hidden_size // config.num_attention_heads
        kv_heads = config.num_key_value_heads or config.num_attention_heads
        self._token_bytes = 2 * config.num_hidden_layers * kv_heads * width * 4
        positions = torch.arange(config.max_position_embeddings)
        with torch.inference_mode():
            waves = Qwen2RotaryEmbedding(config)(torch.zeros(1), positions[None])  # Shape: 2 x (1, L, head)
        self._cosines, self._sines = (wave[0].numpy() for wave in waves)  # Shape: (L, head)

    def embed(self, ids: list[int]) -> Tensor:
        rows = torch.tensor(ids, dtype=torch.long)  # Shape: (L,)
        return self._words["rows"][rows].float() * self._words["scales"][rows]

    def new_cache(self) -> DecoderCache:
        return DecoderCache(self._compiled.create_infer_request(), self._token_bytes)

    def new_batch(self) -> CacheBatch:
        return DecoderBatch(self)

    def with_lora(self, folder: Path) -> Decoder:
        if self._with_lora is None or not (folder / LORA_FOLDER).exists():
            return self
        return self._with_lora(folder)

    def forward(self, embeds: Tensor, cache: DecoderCache) -> Tensor:
        """As Decoder has it: embeddings [L, K] -> logits [V]."""
        past, count = cache.length, len(embeds)
        mask = np.zeros((1, 1, count, past + count), np.float32)
        mask[..., past:] = np.triu(np.full((count, count), -np.inf, np.float32), 1)
        return self.run(embeds[None], cache, np.arange(past, past + count)[None], mask)[0]

    def run(self, embeds: Tensor, cache: DecoderCache, positions: np.ndarray, mask: np.ndarray) -> Tensor:
        """Embeddings [B, L, K] at these positions [B, L] -> logits [B, V] of the next tokens.

        mask: [B, 1, L, past + L], added to attention.
        """
        waves = [wave[positions][:, None] for wave in (self._cosines, self._sines)]  # Shape: (B, 1, L, head)
        inputs = [embeds.float().numpy(), *waves, mask, cache.rows]
        logits = cache.request.infer(inputs, share_inputs=True)[0]  # Shape: (B, 1, V)
        cache.length += embeds.shape[1]
        cache.rows = np.arange(len(embeds), dtype=np.int32)
        return torch.from_numpy(logits[:, 0])  # Shape: (B, V)


class DecoderBatch(CacheBatch):
    """Rows of one call of the graph: the weights are read once for all of them."""

    def __init__(self, decoder: OpenVinoDecoder) -> None:
        super().__init__()
        self._decoder = decoder

    def tensors(self, cache: DecoderCache) -> Iterator[Tensor]:
        for state in cache.request.query_state():
            yield torch.from_numpy(state.state.data[cache.rows])  # Shape: (B, H_kv, L, head)

    def fill(self, cache: DecoderCache, tensors: Iterator[Tensor]) -> None:
        import openvino

        states = cache.request.query_state()
        for state, tensor in zip(states, tensors, strict=True):
            state.state = openvino.Tensor(tensor.numpy(), shared_memory=True)  # copied where it goes
        cache.length = tensor.shape[2]
        cache.rows = np.arange(len(tensor), dtype=np.int32)

    def new_whole(self) -> DecoderCache:
        return self._decoder.new_cache()

    def forward(self, embeds: Tensor, whole: DecoderCache, positions: Tensor, seen: Tensor) -> Tensor:
        mask = torch.zeros(seen.shape).masked_fill(~seen, -torch.inf)[:, None, None]
        return self._decoder.run(embeds[:, None], whole, positions[:, None].numpy(), mask.numpy())
