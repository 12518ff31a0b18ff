"""The two poolings of RED-VILLM (arXiv 2404.11865, section 3): mean over time, mean over space.

A token is named after what it keeps: spatial tokens keep space (pooled over time), temporal tokens
keep time (pooled over space). A long clip has spatial tokens for each of its chapters. Beside them we
keep a coarse grid of cells per frame, which temporal modules that look at motion may use. Knows nothing
of models, of disks, or of where chapters begin.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

CELLS = 4  # side of the coarse grid: C = CELLS * CELLS cells a frame


@dataclass(frozen=True)
class Looks:
    """A closer look at a part of each frame, of encoders that take one. Clips may be stacked before T."""

    features: Tensor  # [T, D], mean over that part
    covered: Tensor  # [T, N], how much of each patch lies in it, 0 to 1; nothing of any: there was no look

    def of_frames(self, start: int, end: int) -> "Looks":
        """Those at a clip's frames from `start` to before `end`."""
        return Looks(self.features[start:end], self.covered[start:end])


@dataclass(frozen=True)
class PooledFeatures:
    """What remains of a clip after pooling; the only thing about its pictures that the LLM side needs."""

    spatial: Tensor  # z: [M * N, D], mean over time of each of the M chapters; a short clip is one
    temporal: Tensor  # t: [T, D], mean over space
    cells: Tensor  # [T, C, D], mean over the cells of a coarse grid, row by row
    seconds: Tensor  # [T], float64, the frames' times
    grid: tuple[int, int] | None = None  # (h, w) of the spatial tokens, for LLMs that are told their places
    chapters: tuple[int, ...] = (0,)  # first frame of each
    looks: Looks | None = None


def pool(
    x: Tensor,
    grid: tuple[int, int],
    seconds: Tensor,
    chapters: Sequence[int] = (0,),
    looks: Looks | None = None,
) -> PooledFeatures:
    """Patch features x [T, N, D] on a grid of (h, w) patches, N = h * w, to pooled features.

    seconds: [T], the frames' times. chapters: the first frame of each, beginning with 0. looks: kept as
    they are.
    """
    frames, patches, _ = x.shape
    height, breadth = grid
    assert patches == height * breadth, f"{patches} patches do not make a grid of {height} x {breadth}"
    means = [x[start:end].mean(dim=0) for start, end in pairwise((*chapters, frames))]  # Shape: (N, D) each
    return PooledFeatures(
        spatial=torch.cat(means),  # Shape: (M * N, D)
        temporal=x.mean(dim=1),  # Shape: (T, D)
        cells=cells_of(x, grid),
        seconds=seconds,
        grid=grid,
        chapters=tuple(chapters),
        looks=looks,
    )


def cells_of(x: Tensor, grid: tuple[int, int]) -> Tensor:
    """Patch features [T, N, D] on a grid of (h, w) patches -> means over a coarse grid [T, C, D]."""
    planes = x.transpose(1, 2).unflatten(2, grid)  # Shape: (T, D, h, w)
    return F.adaptive_avg_pool2d(planes, CELLS).flatten(2).transpose(1, 2).contiguous()
