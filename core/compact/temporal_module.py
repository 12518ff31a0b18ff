"""Compact's g_t: the general kinds of temporal module, whose tokens speak words as those of g do.

Heads over time classify what a frame shows and how it moves, where it is, how many there are and whether it
is new; those fill a second token of each frame, because "a cat" and "to the left" are easier to read as two
tokens than as a sum. Where a frame is one whole picture, as photographs are, what g says of pictures is mixed
in.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.alignment import OBJECT, looks, things
from core.compact.vision.crops import Crops
from core.compact.vision.efficientnet import FEATURES
from core.compact.words.embeddings import NameWords
from core.compact.words.heads import WordHeads
from core.features.adapter import KINDS
from core.features.over_time import AttentionOverTime, GruOverTime, OverTime, zero_linear
from core.features.temporal_module import TemporalModule, TemporalModuleConfig

if TYPE_CHECKING:
    from core.compact.alignment import WordSpaceAlignment

NO_PICTURE = -12.0  # before any training no frame is taken for a picture of its own: a share of 6e-6
SECOND_TOKEN = ("motion", "place", "count", "change")
# The mean over space of a detector's class is small where a thing is: a person fills a tenth of a picture.
THINGS_IN_A_FRAME = 8.0
Extras = Mapping[str, Tensor]


class CompactCopy(TemporalModule):
    """`compact-copy`: the copy of g, which also gets the crops."""

    copy: "WordSpaceAlignment"

    def forward(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Extras | None = None
    ) -> Tensor:
        return self.copy.say(temporal, self.shares(temporal, cells, seconds, extras))

    def shares(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Extras | None = None
    ) -> Tensor:
        """How much of each name is in each frame, [B, T, names]."""
        return self.copy.shares(_frames(looks(temporal), temporal), crops=Crops.of(extras))


class CompactOverTime(OverTime):
    """Layers over time with word heads. Takes the words that its alignment has."""

    copy: "WordSpaceAlignment"
    whole: nn.Linear  # how likely a frame is one whole picture
    tokens_per_frame = 2

    def __init__(self, config: TemporalModuleConfig, alignment: Any) -> None:
        super().__init__(replace(config, patch_width=FEATURES), alignment)
        self.config = config
        self._g: tuple[Any] = (alignment,)  # in a tuple, so that it is not one of this module's own parts
        self.whole = zero_linear(FEATURES, 1)
        nn.init.constant_(self.whole.bias, NO_PICTURE)
        words: NameWords = alignment.name_words
        self.heads = WordHeads(config.hidden_width, {OBJECT: words.objects, **words.groups})
        del self.out  # nothing is said but words

    def forward(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Extras | None = None
    ) -> Tensor:
        hidden, shares = self._seen(temporal, cells, seconds, extras)
        first = self.copy.say(temporal, shares)  # Shape: (B, T, K)
        first = self.heads(hidden, first, ["colour"])
        second = self.heads(hidden, torch.zeros_like(first), list(SECOND_TOKEN))
        both = [F.normalize(token, dim=-1) * self.copy.length for token in (first, second)]
        return torch.stack(both, dim=2).flatten(1, 2)  # Shape: (B, T, 2, K) -> (B, T * 2, K)

    def told(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Extras | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """What the tokens are made of: how much of each name is in each frame [B, T, names], and how likely
        each label of a group is over time [B, T, labels + 1], the last one being none of them.
        """
        hidden, shares = self._seen(temporal, cells, seconds, extras)
        return shares, {group: logits.softmax(dim=-1) for group, logits in self.heads.logits(hidden).items()}

    def _seen(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Extras | None
    ) -> tuple[Tensor, Tensor]:
        """What the layers over time give [B, T, hidden], and the shares of names [B, T, names]."""
        focus, hidden = self.seen(looks(temporal), looks(cells), seconds)
        (g,) = self._g
        in_focus = self.copy.shares(_frames(focus, temporal), g.names_in(cells), Crops.of(extras))
        whole = self.whole(self.standardise(focus)).sigmoid()  # Shape: (B, T, 1)
        shares = torch.lerp(in_focus, g.shares_of_pictures(temporal, cells), whole)  # Shape: (B, T, names)
        head = self.heads.by_group()[OBJECT]
        over_time = head.shares(head.classify(hidden))  # Shape: (B, T, labels)
        return hidden, shares + F.pad(over_time, (0, shares.shape[-1] - over_time.shape[-1]))


class CompactAttention(CompactOverTime, AttentionOverTime):
    """`compact-attention`: transformer layers over time."""


class CompactGru(CompactOverTime, GruOverTime):
    """`compact-gru`: a bidirectional recurrent layer over time."""


CompactTemporalModule = CompactCopy | CompactOverTime


KINDS.update({"compact-copy": CompactCopy, "compact-attention": CompactAttention, "compact-gru": CompactGru})


def _frames(focus: Tensor, temporal: Tensor) -> Tensor:
    """What frames show, [B, T, D], of their foci [B, T, FEATURES] and the detector's part of `temporal`."""
    return torch.cat([focus, (THINGS_IN_A_FRAME * things(temporal)).clamp(max=1.0)], dim=-1)
