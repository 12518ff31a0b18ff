"""Augmentation of pooled clips: noise on their features."""

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
