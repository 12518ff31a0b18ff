"""Compact's g_t: the general kinds of temporal module, plus word heads.

The heads classify motion, place and number; some of them fill a second token of each frame, because a small
LLM reads "a cat" and "to the left" more easily as two tokens than as a sum. Where a frame is one whole
picture, as photographs are, the output of g for the picture is mixed in.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from core.compact.vision.crops import Crops
from core.compact.word_heads import WordHeads
from core.features.adapter import KINDS
from core.features.over_time import AttentionOverTime, GruOverTime, OverTime, scaled_like, zero_linear
from core.features.temporal_module import TemporalModule, TemporalModuleConfig

if TYPE_CHECKING:
    from core.compact.alignment import WordSpaceAlignment

NO_PICTURE = -12.0  # before any training no frame is taken for a picture of its own: a share of 6e-6
Extras = Mapping[str, Tensor]


class CompactCopy(TemporalModule):
    """`compact-copy`: the copy of g, which also gets the crops."""

    copy: "WordSpaceAlignment"

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__(config, alignment)
        self.heads = WordHeads(config.hidden_width, {}, config.embedding_width)

    def seen(self, temporal: Tensor, cells: Tensor, seconds: Tensor) -> tuple[Tensor, Tensor]:
        """The inputs of the copy of g and of the word heads, [B, T, D] each: here the same."""
        return temporal, temporal

    def forward(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Extras | None = None
    ) -> Tensor:
        return self.copy(temporal, crops=Crops.of(extras))


class CompactOverTime(OverTime):
    """options: word_heads, the number of labels of each by its group; second_token, the groups in it."""

    copy: "WordSpaceAlignment"
    whole: nn.Linear  # how likely a frame is one whole picture

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__(config, alignment)
        self.word_heads: dict[str, int] = config.options.get("word_heads", {})
        self.second_token: list[str] = config.options.get("second_token", [])
        self.tokens_per_frame = 2 if self.second_token else 1
        self._g: tuple[Any] = (alignment,)  # in a tuple, so that it is not one of this module's own parts
        self.whole = zero_linear(config.patch_width, 1)
        nn.init.constant_(self.whole.bias, NO_PICTURE)
        self.heads = WordHeads(config.hidden_width, self.word_heads, config.embedding_width)

    def of_frames(self, focus: Tensor, temporal: Tensor, cells: Tensor, crops: Crops | None = None) -> Tensor:
        """What each frame shows: focus [B, T, D], temporal [B, T, D], cells [B, T, C, D] -> [B, T, K]."""
        (g,) = self._g
        in_focus = self.copy(focus, g.names_in(cells), crops)  # Shape: (B, T, K)
        whole = self.whole(self.standardise(focus)).sigmoid()  # Shape: (B, T, 1)
        return scaled_like(in_focus, torch.lerp(in_focus, g.of_pictures(temporal, cells), whole))

    def forward(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Extras | None = None
    ) -> Tensor:
        focus, hidden = self.seen(temporal, cells, seconds)
        first = self.of_frames(focus, temporal, cells, Crops.of(extras))  # Shape: (B, T, K)
        rest = self.out(hidden)  # Shape: (B, T, K)
        if not self.second_token:
            return scaled_like(first, first + self.heads(hidden, rest))
        beside = [group for group in self.word_heads if group not in self.second_token]
        added = self.heads(hidden, torch.zeros_like(first), beside)
        second = self.heads(hidden, rest, [group for group in self.word_heads if group in self.second_token])
        both = [scaled_like(first, first + added), scaled_like(first, second)]
        return torch.stack(both, dim=2).flatten(1, 2)  # Shape: (B, T, 2, K) -> (B, T * 2, K)


class CompactAttention(CompactOverTime, AttentionOverTime):
    """`compact-attention`: transformer layers over time."""


class CompactGru(CompactOverTime, GruOverTime):
    """`compact-gru`: a bidirectional recurrent layer over time."""


CompactTemporalModule = CompactCopy | CompactOverTime


KINDS.update({"compact-copy": CompactCopy, "compact-attention": CompactAttention, "compact-gru": CompactGru})
