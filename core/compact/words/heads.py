"""Word heads: classifiers whose output is a mixture of word embeddings of the LLM.

An LLM reads best what is like its own embeddings. A word head classifies a token into a closed list of labels
and returns the labels' word embeddings, weighted by probability. The words are the LLM's and are not saved,
so that one trained head speaks to any LLM.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class WordHead(nn.Module):
    """[..., width] -> [..., K]: word embeddings [labels, K], mixed by probability, times `weight`."""

    def __init__(self, width: int, words: Tensor) -> None:
        super().__init__()
        self.words: Tensor
        self.register_buffer("words", words, persistent=False)
        self.classify = nn.Linear(width, len(words) + 1)  # the last one: none of these
        nn.init.zeros_(self.classify.weight)
        nn.init.zeros_(self.classify.bias)
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.shares(self.classify(tokens)) @ self.words

    def shares(self, logits: Tensor) -> Tensor:
        """Logits [..., labels + 1] -> how much of each label is said, [..., labels]."""
        return self.weight * logits.softmax(dim=-1)[..., :-1]


class WordHeads(nn.Module):
    """A head for each group of labels, by the group's name; words: the labels' of each, [labels, K]."""

    def __init__(self, width: int, words: Mapping[str, Tensor]) -> None:
        super().__init__()
        for group, of_labels in words.items():
            self.add_module(group, WordHead(width, of_labels))

    def by_group(self) -> dict[str, WordHead]:
        return {group: head for group, head in self.named_children() if isinstance(head, WordHead)}

    def logits(self, tokens: Tensor) -> dict[str, Tensor]:
        """tokens [..., width] -> group -> [..., labels + 1], logits of the labels and of "none"."""
        return {group: head.classify(tokens) for group, head in self.by_group().items()}

    def forward(self, tokens: Tensor, total: Tensor, groups: list[str] | None = None) -> Tensor:
        """tokens [..., width], total [..., K] -> total plus these heads' words (None: of all), [..., K]."""
        for group, head in self.by_group().items():
            if groups is None or group in groups:
                total = total + head(tokens)
        return total
