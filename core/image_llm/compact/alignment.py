"""g: the compact model's alignment module, from the encoder's features to the LLM's embedding space.

Two paths are added. In the *word-space path* classifiers mix the LLM's own words: the encoder's ImageNet
head those of its classes, so that even untrained a token speaks words and an object never trained on keeps
a name; and word heads that training teaches those of our own objects and colours, or silence where there is
none of them. The *residual path* learns what has no word. The sum is scaled to the length of the LLM's
embeddings. Spatial tokens then learn where they are: a convolutional encoder tells what a patch shows,
hardly where it lies. Knows nothing of time.
"""

import csv
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.word_head import Standardise, WordHeads, scaled_like

HIDDEN = 768  # of the residual path
CLASS_NAMES = Path(__file__).parent / "imagenet_names.tsv"


def class_names(language: str) -> list[str]:
    """Everyday names of the 1,000 ImageNet classes, in the order of the head."""
    with CLASS_NAMES.open(encoding="utf-8", newline="") as file:
        return [row[language] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


class WordSpaceAlignment(nn.Module):
    """[..., D] -> [..., K].

    head_weight [1000, D], head_bias [1000]: the encoder's ImageNet head; class_words [1000, K]: embeddings of
    the class names. These come with the base weights and are not saved again. labels: how many labels each
    word head tells apart, by its group.
    """

    def __init__(
        self, head_weight: Tensor, head_bias: Tensor, class_words: Tensor, labels: dict[str, int]
    ) -> None:
        super().__init__()
        self.head_weight: Tensor
        self.head_bias: Tensor
        self.class_words: Tensor
        self.length: Tensor
        self.register_buffer("head_weight", head_weight, persistent=False)
        self.register_buffer("head_bias", head_bias, persistent=False)
        self.register_buffer("class_words", class_words, persistent=False)
        self.register_buffer("length", class_words.norm(dim=-1).mean(), persistent=False)
        width, embedding_width = head_weight.shape[1], class_words.shape[1]
        self.standardise = Standardise(width)
        self.heads = WordHeads(width, labels, embedding_width)
        self.class_weight = nn.Parameter(torch.ones(()))
        self.up = nn.Linear(width, HIDDEN)
        self.down = nn.Linear(HIDDEN, embedding_width)
        nn.init.zeros_(self.down.weight)  # the residual path is silent before training
        nn.init.zeros_(self.down.bias)

    def logits(self, tokens: Tensor) -> dict[str, Tensor]:
        """tokens [..., D] -> group -> [..., labels + 1]: which label, or none."""
        return self.heads.logits(self.standardise(tokens))

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens [..., D] -> [..., K], each of the length of the LLM's embeddings."""
        classes = F.linear(tokens, self.head_weight, self.head_bias).softmax(dim=-1)  # Shape: (..., 1000)
        even = self.standardise(tokens)  # Shape: (..., D)
        total = self.class_weight * (classes @ self.class_words)  # Shape: (..., K)
        total = self.heads(even, total) + self.down(F.gelu(self.up(even)))
        return F.normalize(total, dim=-1) * self.length


class PatchPlaces(nn.Module):
    """[..., N, K] -> [..., N, K]: each patch's place added to what it shows, the length kept."""

    def __init__(self, patches: int, embedding_width: int) -> None:
        super().__init__()
        self.offsets = nn.Parameter(torch.zeros(patches, embedding_width))

    def forward(self, tokens: Tensor) -> Tensor:
        return scaled_like(tokens, tokens + self.offsets)
