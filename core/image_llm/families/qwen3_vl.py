"""Qwen3-VL: as Qwen2-VL, and "deepstack": features of earlier encoder layers enter early layers of the LLM.

Each of these layers has its own alignment module, so x is what enters all of them, side by side. Spatial
tokens carry deepstack into the LLM; temporal tokens do not: g_t replaces g alone, and reads g's share of x.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from core.dialogue.prompt import PromptPart
from core.features.pooling import PooledFeatures
from core.image_llm.base import EmbeddedPrompt
from core.image_llm.families.qwen2_vl import PlacedPrefix, PlacedPrompt, Qwen2VL
from core.image_llm.hugging_face import Alignment


class FirstShare(Alignment):
    """g, which reads the first of the equally wide shares of a token."""

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., D] -> [..., K]."""
        return super().forward(tokens[..., : self.first.in_features])


class DeepPrefix(PlacedPrefix):
    """With what each visual token adds in the LLM's first layers: deep [layers, V, K], V of them in all.

    A temporal token adds nothing: zeros.
    """

    def __init__(self, stretches: dict[str, Tensor], grids: Sequence[tuple[int, int]], deep: Tensor) -> None:
        super().__init__(stretches, grids)
        self.deep = deep


@dataclass(frozen=True)
class DeepPrompt(PlacedPrompt):
    """With what the visual tokens add: deep [layers, V, K]."""

    deep: Tensor


class Qwen3VL(Qwen2VL):
    """Qwen3-VL: up to 256 spatial tokens that keep the frame's shape."""

    name = "qwen3-vl"
    model_types = ("qwen3_vl",)
    example_checkpoint = "Qwen/Qwen3-VL-2B-Instruct"
    alignment_path = (
        "model.visual.merger.linear_fc1",
        "model.visual.merger.act_fn",
        "model.visual.merger.linear_fc2",
    )

    @property
    def _deep_mergers(self) -> list[Any]:
        return list(self.language_model.model.visual.deepstack_merger_list)

    def entrances(self) -> list[nn.Module]:
        return [*super().entrances(), *(merger.linear_fc1 for merger in self._deep_mergers)]

    def visual_prefix(self, features: PooledFeatures) -> dict[str, Tensor]:
        prefix = super().visual_prefix(features)
        assert isinstance(prefix, PlacedPrefix)
        deep = self._deep(features.spatial)
        return DeepPrefix(
            prefix, prefix.grids, nn.functional.pad(deep, (0, 0, 0, len(prefix.get("temporal", ()))))
        )

    def join(self, prefixes: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
        joined = super().join(prefixes)
        assert isinstance(joined, PlacedPrefix)
        deep = [prefix.deep for prefix in prefixes if isinstance(prefix, DeepPrefix)]
        return DeepPrefix(joined, joined.grids, torch.cat(deep, dim=1))

    @torch.inference_mode()
    def _deep(self, spatial: Tensor) -> Tensor:
        """Spatial tokens [N, D] -> what they add, [layers, N, K]."""
        shares = spatial.split(self.alignment.first.in_features, dim=-1)[1:]
        aligned = [
            Alignment(merger.linear_fc1, merger.act_fn, merger.linear_fc2)(share)
            for merger, share in zip(self._deep_mergers, shares, strict=True)
        ]
        return torch.stack(aligned)

    def embed(self, parts: list[PromptPart], prefix: dict[str, Tensor]) -> DeepPrompt:
        assert isinstance(prefix, DeepPrefix)
        prompt = super().embed(parts, prefix)
        return DeepPrompt(prompt.ids, prompt.embeds, prompt.positions, prefix.deep)

    def beside(self, prompt: EmbeddedPrompt, held: int) -> dict[str, Any]:
        assert isinstance(prompt, DeepPrompt)
        index = -1 - torch.tensor(prompt.ids[held:])  # of visual tokens; of text it is negative
        visual = index >= 0
        more = super().beside(prompt, held)
        if visual.any():
            more["visual_pos_masks"] = visual[None].to(self.device)  # Shape: (1, L)
            more["deepstack_visual_embeds"] = list(prompt.deep[:, index[visual].to(prompt.deep.device)])
        return more

    @torch.inference_mode()
    def forward(self, embeds: Tensor, cache: DynamicCache, **more: Any) -> Tensor:
        if "visual_pos_masks" not in more:
            return super().forward(embeds, cache, **more)
        output = self.language_model.model.language_model(  # the outer model takes no deepstack from outside
            inputs_embeds=embeds[None], past_key_values=cache, use_cache=True, **more
        )
        return self.language_model.lm_head(output.last_hidden_state[0, -1]).float().cpu()  # Shape: (V,)

    def hidden(self, embeds: Tensor, **beside: Any) -> Tensor:
        return self.language_model.model.language_model(
            inputs_embeds=embeds, use_cache=False, **beside
        ).last_hidden_state

    def _patch_width(self) -> int:
        return super()._patch_width() * len(self.entrances())

    def _new_alignment(self) -> Alignment:
        return FirstShare(*super()._new_alignment())
