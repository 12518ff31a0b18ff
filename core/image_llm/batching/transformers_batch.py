"""Rows for any causal language model of transformers whose cache keeps the keys and values of all tokens."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor
from transformers import DynamicCache

from core.image_llm.batching.cache_batch import CacheBatch


class TransformersBatch(CacheBatch):
    def __init__(self, llm: Any) -> None:
        """llm: a causal LM of transformers."""
        super().__init__()
        self._llm = llm

    def tensors(self, cache: Any) -> Iterator[Tensor]:
        for layer in cache.layers:
            yield layer.keys
            yield layer.values

    def fill(self, cache: Any, tensors: Iterator[Tensor]) -> None:
        for index, (keys, values) in enumerate(zip(tensors, tensors, strict=True)):
            if index < len(cache.layers):
                cache.layers[index].keys, cache.layers[index].values = keys, values
            else:
                cache.update(keys, values, index)

    def new_whole(self) -> DynamicCache:
        return DynamicCache()

    def forward(self, embeds: Tensor, whole: DynamicCache, positions: Tensor, seen: Tensor) -> Tensor:
        words = self._llm.get_input_embeddings().weight
        output = self._llm(
            inputs_embeds=embeds[:, None].to(words.device, words.dtype),  # Shape: (B, 1, K)
            past_key_values=whole,
            use_cache=True,
            logits_to_keep=1,
            position_ids=self.placed(positions).to(words.device),
            attention_mask=seen.long().to(words.device),
        )
        return output.logits[:, -1].float().cpu()  # Shape: (B, V)

    def placed(self, positions: Tensor) -> Tensor:
        """Positions [B] as the LLM takes those of one token for each row."""
        return positions[:, None]  # Shape: (B, 1)
