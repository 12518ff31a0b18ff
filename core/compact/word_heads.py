"""Word heads: classifiers whose output is a mixture of word embeddings of the LLM.

An LLM learns fastest from inputs that are like its own embeddings. A word head classifies a token into a
closed list of labels and returns the labels' word embeddings, weighted by probability. Before training it
returns zero.
"""

import torch
from torch import Tensor, nn


class WordHead(nn.Module):
    """[..., width] -> [..., K]: word embeddings of the labels, mixed by probability, times `weight`."""

    def __init__(self, width: int, labels: int, embedding_width: int) -> None:
        super().__init__()
        self.words: Tensor
        self.register_buffer("words", torch.zeros(labels, embedding_width))
        self.classify = nn.Linear(width, labels + 1)  # the last one: none of these
        nn.init.zeros_(self.classify.weight)
        nn.init.zeros_(self.classify.bias)
        self.weight = nn.Parameter(torch.zeros(()))

    def forward(self, tokens: Tensor) -> Tensor:
        return self.say(self.classify(tokens))

    def say(self, logits: Tensor) -> Tensor:
        """Logits [..., labels + 1] -> the mixture of words [..., K]."""
        shares = logits.softmax(dim=-1)[..., :-1]  # Shape: (..., labels)
        return self.weight * shares @ self.words


class WordHeads(nn.Module):
    """A head for each group of labels, by the group's name; labels: how many there are in each."""

    def __init__(self, width: int, labels: dict[str, int], embedding_width: int) -> None:
        super().__init__()
        for group, count in labels.items():
            self.add_module(group, WordHead(width, count, embedding_width))

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
