"""Tokens of one clip agree on the names of what they show. Nothing here is trained.

Each patch and each frame is named for itself, and where a clip shows one thing some of them take it for
another; the LLM then cannot know which to believe. So those that look alike share their evidence, and a name
that none of the clip's cells would give is believed less.

What the crops told is heard, too.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

LIKENESS = 0.15  # temperature of cosines: patches of one thing are about 0.65 alike, its frames 0.93
FLOOR = 1e-3  # of how likely a label is, against the likeliest: none is ruled out


def agreed(logits: Tensor, tokens: Tensor) -> Tensor:
    """Logits [..., n, labels + 1] of tokens [..., n, D] -> the same, each with those of tokens like it.

    The mean of log-probabilities, weighted by likeness: a geometric mean, in which who is sure counts most.
    """
    directions = F.normalize(tokens, dim=-1)
    weights = (directions @ directions.mT / LIKENESS).softmax(dim=-1)  # Shape: (..., n, n)
    return weights @ logits.log_softmax(dim=-1)


def with_witness(logits: Tensor, seen: Tensor) -> Tensor:
    """Logits [..., n, labels + 1] -> the same, where labels that are seen less than others count for less.

    seen: how likely each label is elsewhere, [..., n or 1, labels]. That there is nothing is left as it was.
    """
    against = seen / seen.amax(dim=-1, keepdim=True).clamp(min=1e-9)  # Shape: (..., n or 1, labels)
    return logits + F.pad(against.clamp(min=FLOOR).log(), (0, 1))


def with_crops(logits: Tensor, told: Tensor, trust: Tensor) -> Tensor:
    """Logits [..., n, labels + 1] -> the same, with what crops told.

    told: log-probabilities of the labels, [..., n, labels]; trust: how much each is heard, [..., n, 1]. That
    there is nothing is as likely as it was.
    """
    named = logits[..., :-1]  # Shape: (..., n, labels)
    both = (named + trust * told) / (1 + trust)  # a mean: the LLM was taught names of a certain sharpness
    as_before = named.logsumexp(dim=-1, keepdim=True) - both.logsumexp(dim=-1, keepdim=True)
    return torch.cat([both + as_before, logits[..., -1:]], dim=-1)
