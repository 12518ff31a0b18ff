"""Qwen2-VL: pictures of any shape, 2 x 2 patches merged into a token, and positions in three dimensions.

M-RoPE gives each token a (time, row, column). A spatial token is (0, h, w) and a temporal one (i, 0, 0),
counted from where the text before them ends: just as in a video of this family, where the first frame's
patches are (0, h, w) and later frames only add to the time. Text goes on after the largest of the three.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Self

import torch
from torch import Tensor
from transformers import DynamicCache

from core.dialogue.prompt import PromptPart, stretch_name
from core.features.pooling import PooledFeatures
from core.image_llm.base import EmbeddedPrompt
from core.image_llm.batching.transformers_batch import TransformersBatch
from core.image_llm.hugging_face import HuggingFaceImageLLM

TOKENS = 256  # at most, of a frame; the checkpoints would take up to 16,384


@dataclass(frozen=True)
class ClipShape:
    """The visual tokens of a clip: spatial ones on a grid (h, w), then the temporal ones."""

    grid: tuple[int, int]
    temporal: int


class PlacedPrefix(dict[str, Tensor]):
    """The stretches of the visual prefix, clip by clip, and the grid (h, w) of each clip."""

    def __init__(self, stretches: dict[str, Tensor], grids: Sequence[tuple[int, int]]) -> None:
        super().__init__(stretches)
        self.grids = tuple(grids)

    @property
    def shapes(self) -> list[ClipShape]:
        """Of each clip."""
        return [
            ClipShape(grid, len(self.get(stretch_name("temporal", clip), ())))
            for clip, grid in enumerate(self.grids)
        ]


@dataclass(frozen=True)
class PlacedPrompt(EmbeddedPrompt):
    """A prompt with each token's (time, row, column): positions [3, L]."""

    positions: Tensor

    def cut(self, count: int) -> Self:
        return replace(super().cut(count), positions=self.positions[:, :count])


class PlacedCache(DynamicCache):
    """A cache that knows how far the position of the next token is from its number.

    transformers keeps this on the model, where two conversations would share it.
    """

    shift: int = 0


class PlacedBatch(TransformersBatch):
    def position(self, cache: PlacedCache) -> int:
        return super().position(cache) + cache.shift

    def placed(self, positions: Tensor) -> Tensor:
        return super().placed(positions).expand(3, -1, -1)  # Shape: (3, B, 1)


class Qwen2VL(HuggingFaceImageLLM):
    """Qwen2-VL: up to 256 spatial tokens that keep the frame's shape."""

    name = "qwen2-vl"
    model_types = ("qwen2_vl",)
    example_checkpoint = "Qwen/Qwen2-VL-2B-Instruct"
    languages = ("en", "zh")
    senses = ("subtitles", "hearing")  # it reads text in pictures by itself
    alignment_path = ("model.visual.merger.mlp.0", "model.visual.merger.mlp.1", "model.visual.merger.mlp.2")
    vision_inputs = ("pixel_values", "image_grid_thw")
    embeddings_suffice = False

    def frame_area(self) -> int:
        return TOKENS * (self.image_processor.patch_size * self.image_processor.merge_size) ** 2

    def processor_options(self) -> dict[str, Any]:
        least = min(self.image_processor.size["shortest_edge"], self.decode_area)  # both are areas here
        return {"size": {"shortest_edge": least, "longest_edge": self.decode_area}}

    def grid(self, inputs: dict[str, Tensor], patches: int) -> tuple[int, int]:
        _, rows, columns = inputs["image_grid_thw"][0].tolist()
        return rows // self.image_processor.merge_size, columns // self.image_processor.merge_size

    def visual_prefix(self, features: PooledFeatures) -> dict[str, Tensor]:
        assert features.grid is not None, "features of an older version do not say where their tokens are"
        return PlacedPrefix(super().visual_prefix(features), [features.grid])

    def join(self, prefixes: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
        placed = [prefix for prefix in prefixes if isinstance(prefix, PlacedPrefix)]
        return PlacedPrefix(super().join(placed), [grid for prefix in placed for grid in prefix.grids])

    def embed(self, parts: list[PromptPart], prefix: dict[str, Tensor]) -> PlacedPrompt:
        assert isinstance(prefix, PlacedPrefix)
        prompt = super().embed(parts, prefix)
        return PlacedPrompt(prompt.ids, prompt.embeds, positions(prompt.ids, prefix.shapes))

    def new_cache(self) -> PlacedCache:
        return PlacedCache()

    def new_batch(self) -> PlacedBatch:
        return PlacedBatch(self.language_model)

    def read(self, prompt: EmbeddedPrompt, held: int, cache: DynamicCache) -> Tensor:
        assert isinstance(prompt, PlacedPrompt)
        assert isinstance(cache, PlacedCache)
        cache.shift = int(prompt.positions[:, -1].max()) + 1 - len(prompt.ids)
        return super().read(prompt, held, cache)

    def beside(self, prompt: EmbeddedPrompt, held: int) -> dict[str, Any]:
        assert isinstance(prompt, PlacedPrompt)
        return {"position_ids": prompt.positions[:, None, held:].to(self.device)}  # Shape: (3, 1, L)

    def forward(self, embeds: Tensor, cache: DynamicCache, **more: Any) -> Tensor:
        if "position_ids" not in more:
            assert isinstance(cache, PlacedCache)
            first = cache.get_seq_length() + cache.shift
            new = torch.arange(first, first + len(embeds), device=self.device)
            more["position_ids"] = new.expand(3, 1, -1)
        return super().forward(embeds, cache, **more)


def positions(ids: tuple[int, ...], clips: Sequence[ClipShape]) -> Tensor:
    """(time, row, column) [3, L] of each token of a prompt about clips with these shapes.

    Visual tokens have negative ids, clip by clip: the spatial ones come first, row by row, then the
    temporal ones. Those that stand together share an origin; a temporal token behind a time in
    text is one step, as text is. A further clip stands behind text, so its own origin lies after all that was
    before it.
    """
    cells = [cell for clip in clips for cell in _cells(clip)]  # of each visual token, None for a temporal one
    places: list[tuple[int, int, int]] = []
    free = 0  # the first position that nothing before has reached
    origin = first_frame = None
    for number in ids:
        index = -1 - number
        if number >= 0:
            origin = first_frame = None
            places.append((free, free, free))
        else:
            origin = free if origin is None else origin
            if (cell := cells[index]) is not None:
                places.append((origin + cell[0], origin + cell[1], origin + cell[2]))
            else:
                first_frame = index if first_frame is None else first_frame
                places.append((origin + index - first_frame, origin, origin))
        free = max(free, max(places[-1]) + 1)
    return torch.tensor(places).T  # Shape: (3, L)


def _cells(clip: ClipShape) -> list[tuple[int, int, int] | None]:
    """(0, row, column) of each spatial token, then None for each temporal one."""
    spatial = product((0,), range(clip.grid[0]), range(clip.grid[1]))
    return [*spatial, *[None] * clip.temporal]
