"""The LLM at work: what compact asks of it, whether OpenVINO runs it or torch."""

from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor
from transformers import DynamicCache, Qwen2ForCausalLM

from core.features.adapter_parts import merge_lora
from core.image_llm.batching.cache_batch import CacheBatch
from core.image_llm.batching.transformers_batch import TransformersBatch


class Decoder(Protocol):
    """Does an LLM's forward passes. Its caches are for it alone; several threads may use it."""

    embedding_width: int  # K
    llm: Any  # of transformers, where torch runs it; None where something else does

    def embed(self, ids: list[int]) -> Tensor:
        """Token ids -> [L, K], float32."""
        ...

    def new_cache(self) -> Any: ...

    def new_batch(self) -> CacheBatch | None:
        """For caches of several conversations; None: each goes through a pass of its own."""
        ...

    def with_lora(self, folder: Path) -> "Decoder":
        """This LLM with the updates that an adapter's folder holds; itself where there are none.

        Raises ModelError.
        """
        ...

    def forward(self, embeds: Tensor, cache: Any) -> Tensor:
        """Embeddings [L, K] after what `cache` holds -> logits [V] of the next token; fills the cache."""
        ...


class TorchDecoder:
    """In torch, on any device and in any number format."""

    def __init__(self, llm: Qwen2ForCausalLM) -> None:
        self.llm = llm.eval()
        self.embedding_width: int = llm.config.hidden_size

    def embed(self, ids: list[int]) -> Tensor:
        words = self.llm.get_input_embeddings().weight
        return words.data[torch.tensor(ids, dtype=torch.long, device=words.device)].float().cpu()

    def new_cache(self) -> DynamicCache:
        return DynamicCache(config=self.llm.config)

    def new_batch(self) -> CacheBatch:
        return TransformersBatch(self.llm)

    def with_lora(self, folder: Path) -> Decoder:
        return TorchDecoder(merge_lora(self.llm, folder))

    @torch.inference_mode()
    def forward(self, embeds: Tensor, cache: DynamicCache) -> Tensor:
        words = self.llm.get_input_embeddings().weight
        output = self.llm(
            inputs_embeds=embeds[None].to(words.device, words.dtype),  # Shape: (1, L, K)
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        return output.logits[0, -1].float().cpu()  # Shape: (V,)
