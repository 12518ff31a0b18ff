"""Detections: boxes of what is seen in each frame, as they are kept with a clip's features."""

from dataclasses import dataclass

import torch
from torch import Tensor

MOST = 20  # M: boxes of a frame
CANDIDATES = 200  # cells of a frame, the most confident, that boxes are chosen from
LOWEST = 0.3  # probability of a box that is kept; tracks.py asks for more
SAME = 0.5  # intersection over union from which on two boxes of a class are one thing
SAME_PLACE = 0.75  # the like of two classes: one thing, under two names

BOXES_KEY = "detected_boxes"  # name among a clip's extras


@dataclass(frozen=True)
class Detections:
    """What a detector of 80 classes saw in each frame. Clips may be stacked before T."""

    boxes: Tensor  # [T, M, 6]: class number, score, left, top, right, bottom; -1 and zeros: none
    patches: Tensor  # [T, N, 80], the highest probability of each class in each patch; noise is 0


def best_boxes(edges: Tensor, scores: Tensor) -> Tensor:
    """The boxes of a frame, the most confident first: edges [C, 4], scores [C, 80] -> [M, 6].

    Non-maximum suppression: of boxes that show one thing the most confident is kept.
    """
    likely, numbers = scores.flatten().topk(min(CANDIDATES, scores.numel()))
    numbers = numbers[likely >= LOWEST]  # Shape: (n,), of cell and class
    cells, classes = numbers // scores.shape[1], numbers % scores.shape[1]
    candidates = edges[cells]  # Shape: (n, 4)
    alike = classes[:, None] == classes  # Shape: (n, n)
    one = overlaps(candidates) > torch.where(alike, SAME, SAME_PLACE)  # Shape: (n, n)
    chosen: list[int] = []
    for number, rivals in enumerate(one.tolist()):
        if len(chosen) < MOST and not any(rivals[other] for other in chosen):
            chosen.append(number)
    boxes = torch.zeros(MOST, 6)
    boxes[:, 0] = -1
    rows = [classes[chosen].float()[:, None], likely[chosen][:, None], candidates[chosen]]
    boxes[: len(chosen)] = torch.cat(rows, dim=1)
    return boxes


def overlaps(boxes: Tensor) -> Tensor:
    """Intersection over union of each box with each: [n, 4] -> [n, n]."""
    low = torch.maximum(boxes[:, None, :2], boxes[:, :2])  # Shape: (n, n, 2)
    high = torch.minimum(boxes[:, None, 2:], boxes[:, 2:])
    shared = (high - low).clamp(min=0).prod(dim=2)  # Shape: (n, n)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(dim=1)  # Shape: (n,)
    return shared / (areas[:, None] + areas - shared).clamp(min=1e-9)
