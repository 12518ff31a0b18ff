"""Chapters of a long clip: what lies between two cuts, found on the sampled frames alone.

Spatial tokens are means over time. Over a long clip of several scenes such a mean shows none of them, so
each chapter has spatial tokens of its own. A cut is where neighbouring frames are far less alike than they
usually are in this clip; how alike frames are "usually" differs too much between encoders to be a number
here. So a clip that changes with every frame, or never, is one chapter.

Knows nothing of models, of pooling or of prompts.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity

STILL = 1e-4  # a distance (1 - cosine) below which frames are the same picture, but for how it was compressed


@dataclass(frozen=True)
class ChapterPlan:
    """Which clips are divided, and how finely."""

    most: int = 4  # chapters of a clip; each costs N tokens of the prompt. 1 leaves every clip whole
    longer_than: float = 120.0  # s from the first sampled frame to the last; a shorter clip is one chapter
    contrast: float = 3.0  # a cut is so many times the median distance between neighbouring frames


WHOLE = ChapterPlan(most=1)


def find_chapters(temporal: Tensor, seconds: Tensor, plan: ChapterPlan) -> tuple[int, ...]:
    """The first frame of each chapter, beginning with 0.

    temporal: [T, D], one token for each frame; seconds: [T], their times. Of more cuts than the plan wants
    chapters, the sharpest are kept.
    """
    if len(seconds) < 3 or seconds[-1] - seconds[0] <= plan.longer_than:
        return (0,)
    frames = temporal.float()
    distances = 1 - cosine_similarity(frames[1:], frames[:-1], dim=-1)  # Shape: (T - 1,)
    least = plan.contrast * distances.median().clamp(min=STILL)
    sharpest = distances.argsort(descending=True)[: plan.most - 1]
    cuts = sharpest[distances[sharpest] > least] + 1  # between frames i and i + 1: the latter opens a chapter
    return tuple(torch.cat([cuts.new_zeros(1), cuts.sort().values]).tolist())
