"""Names in an LLM's embedding space: what a visual token says.

A name's embedding is the mean of those of its tokens, as it stands in a sentence, in both languages; an
untrained LLM names most things right from it, in either language.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
import torch.nn.functional as F
from torch import Tensor

from core.compact.words.names import CLOSED_GROUPS, NameTable, closed_labels, name_table, object_names

# Where the middles of places are, as fractions (y, x) of a picture; and the weight of a patch's place.
PLACE_CENTRES = {
    "left": (0.5, 0.15),
    "right": (0.5, 0.85),
    "top": (0.15, 0.5),
    "bottom": (0.85, 0.5),
    "middle": (0.5, 0.5),
}
PLACE_WEIGHT = 0.5
PLACE_SPREAD = 0.05  # of a place's word over patches, as a squared distance


@dataclass(frozen=True)
class NameWords:
    """Embeddings of all names and labels, each of the mean length of the LLM's embeddings."""

    names: Tensor  # [names, K]
    groups: dict[str, Tensor]  # of each closed group: [labels, K]
    table: NameTable
    length: Tensor  # [], of a token

    @cached_property
    def objects(self) -> Tensor:
        """[labels, K], of our own objects."""
        return self.names[: len(object_names())]

    def of_places(self, grid: tuple[int, int]) -> Tensor:
        """[N, K]: for each patch a mixture of the words of near places."""
        rows, columns = ((torch.arange(cells) + 0.5) / cells for cells in grid)
        patches = torch.cartesian_prod(rows, columns)  # Shape: (N, 2), (y, x)
        centres = torch.tensor([PLACE_CENTRES[label.key] for label in closed_labels("place")])
        distances = torch.cdist(patches, centres)  # Shape: (N, places)
        return PLACE_WEIGHT * (-(distances**2) / PLACE_SPREAD).softmax(dim=-1) @ self.groups["place"]


def name_words(embed: Callable[[list[int]], Tensor], token_ids: Callable[[str], list[int]]) -> NameWords:
    """embed: token ids -> [L, K]; token_ids: of a text."""
    table = name_table()
    pairs = [(name.en, name.zh) for name in table.names]
    groups = {group: [(label.en, label.zh) for label in closed_labels(group)] for group in CLOSED_GROUPS}
    texts = dict.fromkeys(text for those in (pairs, *groups.values()) for pair in those for text in pair)
    ids = {text: token_ids(_in_a_sentence(text)) for text in texts}
    rows = embed([number for text in texts for number in ids[text]])  # Shape: (tokens, K)
    means = (part.mean(dim=0) for part in rows.split([len(ids[text]) for text in texts]))
    directions = {text: F.normalize(mean, dim=0) for text, mean in zip(texts, means, strict=True)}
    length = rows.norm(dim=-1).mean()

    def words(those: list[tuple[str, str]]) -> Tensor:
        both = torch.stack([directions[en] + directions[zh] for en, zh in those])
        return F.normalize(both, dim=-1) * length

    return NameWords(words(pairs), {group: words(those) for group, those in groups.items()}, table, length)


def _in_a_sentence(text: str) -> str:
    """English words follow a space, Chinese ones do not."""
    return text if text[0] > "\u2e80" else f" {text}"
