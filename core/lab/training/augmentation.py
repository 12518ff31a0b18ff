"""Augmentation of pooled clips: noise on features, frame jitter, temporal crops.

Exact for temporal tokens, which are pooled frame by frame; spatial tokens stay the mean over the whole clip.
"""

from random import Random

import torch
from torch import Tensor


def with_noise(part: Tensor, share: float) -> Tensor:
    """Features [B, ...] plus noise of this share of their spread, the same at every second index of a clip.

    One draw for all frames or patches of a clip: like the effect of light, paper or a camera, and cheap.
    """
    if share == 0.0:
        return part
    noise = torch.randn(len(part), 1, *part.shape[2:])  # Shape: (B, 1, ...)
    return part + share * part[:1].std() * noise


def chosen_frames(random: Random, frames: int, jitter: float, crop: float) -> list[int]:
    """Indices of the frames that are used of T frames, in order of time.

    jitter: probability that a frame is replaced by its neighbour, as by a stuttering camera. crop:
    probability that only a part is used, of half the frames or more.
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
