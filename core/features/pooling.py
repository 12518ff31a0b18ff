"""The two poolings of RED-VILLM (arXiv 2404.11865, section 3): mean over time, mean over space.

A token is named after what it keeps: spatial tokens keep space (pooled over time), temporal tokens
keep time (pooled over space). Beside them we keep a coarse grid of cells per frame, for temporal modules that
model motion.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import torch.nn.functional as F
from torch import Tensor

CELLS = 4  # side of the coarse grid: C = CELLS * CELLS cells a frame


@dataclass(frozen=True)
class PooledFeatures:
    """A clip after pooling: all that is needed of its pictures from here on."""

    spatial: Tensor  # z: [N, D], mean over time
    temporal: Tensor  # t: [T, D], mean over space
    cells: Tensor  # [T, C, D], mean over the cells of a coarse grid, row by row
    seconds: Tensor  # [T], float64, the frames' times
    grid: tuple[int, int] | None = (
        None  # (h, w) of the spatial tokens, for LLMs with positions in two dimensions
    )
    extras: Mapping[str, Tensor] = field(default_factory=dict)  # further features, of the model's own


def pool(
    x: Tensor, grid: tuple[int, int], seconds: Tensor, extras: Mapping[str, Tensor] | None = None
) -> PooledFeatures:
    """Patch features x [T, N, D] on a grid of (h, w) patches, N = h * w, to pooled features.

    seconds: [T], the frames' times. extras: kept as they are.
    """
    patches, (height, width) = x.shape[1], grid
    assert patches == height * width, f"{patches} patches do not make a grid of {height} x {width}"
    return PooledFeatures(
        spatial=x.mean(dim=0),  # Shape: (N, D)
        temporal=x.mean(dim=1),  # Shape: (T, D)
        cells=cells_of(x, grid),
        seconds=seconds,
        grid=grid,
        extras=extras or {},
    )


def cells_of(x: Tensor, grid: tuple[int, int]) -> Tensor:
    """Patch features [T, N, D] on a grid of (h, w) patches -> means over a coarse grid [T, C, D]."""
    planes = x.transpose(1, 2).unflatten(2, grid)  # Shape: (T, D, h, w)
    return F.adaptive_avg_pool2d(planes, CELLS).flatten(2).transpose(1, 2).contiguous()
