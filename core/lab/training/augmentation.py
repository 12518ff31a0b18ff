"""What makes more of the same pooled clips: noise on features, frames a little off, a part of the clip.

Exact for temporal tokens, whose frames are seen one by one; spatial tokens stay the mean over the whole clip.
Knows nothing of models or of losses.
"""

from random import Random

import torch
from torch import Tensor


def with_noise(part: Tensor, share: float) -> Tensor:
    """Features [B, ...] plus noise of this share of their spread, the same at every second index of a clip.

    One draw for all frames or patches of a clip: what light, paper or a camera adds, and cheap.
    """
    if share == 0.0:
        return part
    noise = torch.randn(len(part), 1, *part.shape[2:])  # Shape: (B, 1, ...)
    return part + share * part[:1].std() * noise


def chosen_frames(random: Random, frames: int, jitter: float, crop: float) -> list[int]:
    """Which of T frames a model is shown, in order of time.

    jitter: how often a frame is seen as its neighbour, as a camera that stutters would have it.
    crop: how often only a stretch is shown, of half the frames or more.
    """
    first, last = 0, frames - 1
    if random.random() < crop:
        length = random.randint(frames // 2, frames)
        first = random.randint(0, frames - length)
        last = first + length - 1
    moved = [
        frame + (random.choice((-1, 1)) if random.random() < jitter else 0)
        for frame in range(first, last + 1)
    ]
    return sorted(min(last, max(first, frame)) for frame in moved)
