"""Tokens of one clip agree on the names of what they show. Nothing here is trained.

Each patch and each frame is classified by itself, and where a clip shows one thing some of them take it for
another; the LLM then cannot know which is right. So logits of tokens with similar features are averaged,
labels that no cell of the clip supports are scaled down, and the predictions of crops are mixed in.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

LIKENESS = 0.15  # temperature of cosines: patches of one thing are about 0.65 alike, its frames 0.93
FLOOR = 1e-3  # of how likely a label is, against the likeliest: none is ruled out


def agreed(logits: Tensor, tokens: Tensor) -> Tensor:
    """Logits [..., n, labels + 1] of tokens [..., n, D] -> averaged over similar tokens, same shape.

    A weighted mean of log-probabilities, in which confident tokens count most.
    """
    directions = F.normalize(tokens, dim=-1)
    weights = (directions @ directions.mT / LIKENESS).softmax(dim=-1)  # Shape: (..., n, n)
    return weights @ logits.log_softmax(dim=-1)


def with_witness(logits: Tensor, seen: Tensor) -> Tensor:
    """Logits [..., n, labels + 1], lowered where a label is unlikely in seen [..., n or 1, labels]."""
    against = seen / seen.amax(dim=-1, keepdim=True).clamp(min=1e-9)  # Shape: (..., n or 1, labels)
    return logits + F.pad(against.clamp(min=FLOOR).log(), (0, 1))


def with_crops(logits: Tensor, predicted: Tensor, trust: Tensor) -> Tensor:
    """Logits [..., n, labels + 1] -> mixed with the predictions of crops, same shape.

    predicted: log-probabilities of the labels, [..., n, labels]; trust: their weight, [..., n, 1]. The
    probability of "none" is kept.
    """
    named = logits[..., :-1]  # Shape: (..., n, labels)
    both = (named + trust * predicted) / (1 + trust)  # a mean: the LLM was trained on names of this sharpness
    as_before = named.logsumexp(dim=-1, keepdim=True) - both.logsumexp(dim=-1, keepdim=True)
    return torch.cat([both + as_before, logits[..., -1:]], dim=-1)
