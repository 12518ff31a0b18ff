"""How g and g_t begin step 0: stand-ins for words, standardised features, and the weights of their heads."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.compact.alignment import WordSpaceAlignment
from core.compact.temporal_module import CompactAttention
from core.compact.vision.efficientnet import FEATURES
from core.compact.words.embeddings import NameWords
from core.compact.words.heads import WordHeads
from core.compact.words.names import CLOSED_GROUPS, closed_labels, name_table
from core.features.temporal_module import TemporalModuleConfig
from core.lab.training.material import Material

# How loud each head is, against the ImageNet head. Those of g and of g_t's copy of it see one patch or one
# frame, those over time the whole clip.
G_HEADS = {"object": 2.0, "colour": 1.0}
OVER_TIME_HEADS = {"object": 1.0, "colour": 0.6, "motion": 1.0, "place": 0.8, "count": 0.8, "change": 0.6}


@dataclass(frozen=True)
class Sight:
    """The parts that step 0 trains."""

    alignment: WordSpaceAlignment  # g
    temporal_module: CompactAttention  # g_t

    @property
    def copy(self) -> WordSpaceAlignment:
        """The copy of g within g_t."""
        return self.temporal_module.copy


def words_of_no_llm(width: int = 1) -> NameWords:
    """Embeddings of random numbers: heads are trained on labels, and what they say is of no account there."""
    table = name_table()
    groups = {group: torch.randn(len(closed_labels(group)), width) for group in CLOSED_GROUPS}
    return NameWords(torch.randn(len(table.names), width), groups, table, torch.ones(()))


def untrained(class_head: tuple[Tensor, Tensor], words: NameWords | None = None) -> Sight:
    """g and g_t before any training. class_head: the encoder's ImageNet head."""
    g = WordSpaceAlignment(*class_head, words or words_of_no_llm())
    width = g.words.shape[1]
    g_t = CompactAttention(TemporalModuleConfig("compact-attention", "compact", "", FEATURES, width), g)
    sight = Sight(g, g_t)
    for heads, weights in ((g.heads, G_HEADS), (sight.copy.heads, G_HEADS), (g_t.heads, OVER_TIME_HEADS)):
        _set_weights(heads, weights)
    return sight


@torch.no_grad()
def _set_weights(heads: WordHeads, weights: dict[str, float]) -> None:
    for group, head in heads.by_group().items():
        head.weight.fill_(weights[group])


@torch.no_grad()
def set_standardisation(sight: Sight, features: Tensor) -> None:
    """Set the mean and deviation of each feature in g and g_t, from features [n, D]."""
    spread = {"mean": features.mean(dim=0), "deviation": features.std(dim=0) + 1e-3}
    for part in (sight.alignment, sight.copy, sight.temporal_module):
        part.standardise.load_state_dict(spread)


def some_patches(stills: Material) -> Tensor:
    """Patch features of about 1,500 of the stills: [n, D]."""
    spread = range(0, len(stills.scenes), max(1, len(stills.scenes) // 1500))
    return torch.from_numpy(stills.features.spatial[np.array(spread)]).float().flatten(0, 1)
