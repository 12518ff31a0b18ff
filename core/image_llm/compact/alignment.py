"""g: the compact model's alignment module, from the encoder's features to the LLM's embedding space.

Two paths are added. In the *word-space path* classifiers mix the LLM's own words: the encoder's ImageNet
head those of its classes, so that even untrained a token speaks words and an object never trained on keeps
a name; and a linear head that training teaches those of our own concepts, or silence where there is none
of them. The *residual path* learns the rest: colours, places, numbers. The sum is scaled to the length of
the LLM's embeddings. Knows nothing of time.
"""

import csv
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

HIDDEN = 768  # of the residual path
SILENT = 12.0  # logit of "nothing of these" before training
CLASS_NAMES = Path(__file__).parent / "imagenet_names.tsv"


def class_names(language: str) -> list[str]:
    """Everyday names of the 1,000 ImageNet classes, in the order of the head."""
    with CLASS_NAMES.open(encoding="utf-8", newline="") as file:
        return [row[language] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


class WordSpaceAlignment(nn.Module):
    """[..., D] -> [..., K].

    head_weight [1000, D], head_bias [1000]: the encoder's ImageNet head; class_words [1000, K]: embeddings of
    the class names. These come with the base weights and are not saved again. concepts: C, how many things
    the trained head tells apart; 0 for no such head.
    """

    def __init__(self, head_weight: Tensor, head_bias: Tensor, class_words: Tensor, concepts: int) -> None:
        super().__init__()
        self.head_weight: Tensor
        self.head_bias: Tensor
        self.class_words: Tensor
        self.length: Tensor
        self.mean: Tensor
        self.deviation: Tensor
        self.concept_words: Tensor
        self.register_buffer("head_weight", head_weight, persistent=False)
        self.register_buffer("head_bias", head_bias, persistent=False)
        self.register_buffer("class_words", class_words, persistent=False)
        self.register_buffer("length", class_words.norm(dim=-1).mean(), persistent=False)
        width, embedding_width = head_weight.shape[1], class_words.shape[1]
        # Of each feature over training pictures. Some features vary a hundred times as much as others, and
        # a linear head learns ten times slower without this.
        if concepts:
            self.register_buffer("mean", torch.zeros(width))
            self.register_buffer("deviation", torch.ones(width))
            self.register_buffer("concept_words", torch.zeros(concepts, embedding_width))
            self.concept_weight = nn.Parameter(torch.full((), 2.0))
            self.concepts = nn.Linear(width, concepts + 1)  # the last one: nothing of these
            nn.init.zeros_(self.concepts.weight)  # the trained head is silent before training
            nn.init.zeros_(self.concepts.bias)
            nn.init.constant_(self.concepts.bias[-1:], SILENT)
        else:
            self.norm = nn.LayerNorm(width)
        self.has_head = bool(concepts)
        self.word_weight = nn.Parameter(torch.ones(()))
        self.up = nn.Linear(width, HIDDEN)
        self.down = nn.Linear(HIDDEN, embedding_width)
        nn.init.zeros_(self.down.weight)  # the residual path is silent before training
        nn.init.zeros_(self.down.bias)

    def concept_logits(self, tokens: Tensor) -> Tensor:
        """tokens [..., D] -> [..., C + 1]: which concept, or none."""
        return self.concepts(self._even(tokens))

    def _even(self, tokens: Tensor) -> Tensor:
        """tokens [..., D] on an even scale, [..., D]."""
        return (tokens - self.mean) / self.deviation if self.has_head else self.norm(tokens)

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens [..., D] -> [..., K], each of the length of the LLM's embeddings."""
        classes = F.linear(tokens, self.head_weight, self.head_bias).softmax(dim=-1)  # Shape: (..., 1000)
        words = self.word_weight * (classes @ self.class_words)  # Shape: (..., K)
        if self.has_head:
            concepts = self.concept_logits(tokens).softmax(dim=-1)[..., :-1]  # Shape: (..., C)
            words = words + self.concept_weight * concepts @ self.concept_words
        rest = self.down(F.gelu(self.up(self._even(tokens))))  # Shape: (..., K)
        return F.normalize(words + rest, dim=-1) * self.length
