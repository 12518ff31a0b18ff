"""Crops: the part of each frame that shows a thing, encoded again by itself, enlarged.

A thing that fills a tenth of a picture covers few of its patches. So a small class-agnostic object detector
on the feature map finds things, and one of them is cropped and encoded again, at the size that the encoder
was trained on. Where there are several, the crops of a clip take turns.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.vision.efficientnet import FEATURES
from core.features.over_time import Standardise

SIDE = 160  # pixels: of the square that the encoder is given
MARGIN = 1.1  # sides of the square that is cut out, against the thing's longest side
SURE = 0.5  # probability from which on a place counts as inside a thing
MOST = 3  # things in a picture that take turns


FEATURES_KEY, COVERAGE_KEY = "crop_features", "crop_coverage"  # names among a clip's extras


@dataclass(frozen=True)
class Crops:
    """One crop of each frame. Clips may be stacked before T."""

    features: Tensor  # [T, D], mean over the crop
    coverage: Tensor  # [T, N], how much of each patch lies in it, 0 to 1; all 0: there is no crop

    @classmethod
    def of(cls, extras: Mapping[str, Tensor] | None) -> "Crops | None":
        """Those among a clip's extras, if any."""
        if not extras or FEATURES_KEY not in extras:
            return None
        return cls(extras[FEATURES_KEY], extras[COVERAGE_KEY])

    def as_extras(self) -> dict[str, Tensor]:
        return {FEATURES_KEY: self.features, COVERAGE_KEY: self.coverage}


@dataclass(frozen=True)
class Window:
    """A square part of a picture, its middle as fractions of width and height."""

    x: float
    y: float
    side: float  # fraction of the picture's shorter side

    def sides(self, height: int, width: int) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) in pixels, moved until it lies within the picture."""
        side = min(self.side, 1.0) * min(height, width)
        left = min(max(self.x * width - side / 2, 0.0), width - side)
        top = min(max(self.y * height - side / 2, 0.0), height - side)
        return left, top, left + side, top + side


class ObjectDetector(nn.Module):
    """Feature maps [T, D, h, w] -> [T, 4, h, w]: for each place the logit that it is inside a thing, the
    offset of the thing's middle (x and y, in shorter sides of the picture), and the log of its size."""

    def __init__(self) -> None:
        super().__init__()
        self.standardise = Standardise(FEATURES)
        self.narrow = nn.Conv2d(FEATURES, 32, 1)
        self.around = nn.Conv2d(32, 48, 3, padding=1)  # outside all is zero, so a picture's edges are known
        self.further = nn.Conv2d(48, 48, 3, padding=1)
        self.out = nn.Conv2d(48, 4, 1)

    def forward(self, maps: Tensor) -> Tensor:
        even = self.standardise(maps.movedim(1, -1)).movedim(-1, 1)  # Shape: (T, D, h, w)
        hidden = F.gelu(self.narrow(even))  # Shape: (T, 32, h, w)
        return self.out(F.gelu(self.further(F.gelu(self.around(hidden)))))

    @classmethod
    def of(cls, state: dict[str, Tensor]) -> "ObjectDetector | None":
        """The detector with these numbers; None where there are none."""
        if not state:
            return None
        detector = cls()
        detector.load_state_dict({name: value.float() for name, value in state.items()})
        return detector.eval()

    @torch.inference_mode()
    def windows(self, maps: Tensor) -> list[list[Window]]:
        """For each map [T, D, h, w] the windows of its things, the most confident first, at most MOST."""
        found = self(maps)  # Shape: (T, 4, h, w)
        height, width = maps.shape[-2:]
        likely = found[:, 0].sigmoid()  # Shape: (T, h, w)
        rows, columns = middles(height, width)
        short = min(height, width)
        x = columns + found[:, 1] * short / width  # Shape: (T, h, w)
        y = rows + found[:, 2] * short / height
        sizes = found[:, 3].exp()
        of_frames = (each.flatten(1).tolist() for each in (likely, x, y, sizes))  # Shape: (T, h * w) each
        return [
            _apart(sure, across, down, size, height / short, width / short)
            for sure, across, down, size in zip(*of_frames, strict=True)
        ]


def middles(height: int, width: int) -> tuple[Tensor, Tensor]:
    """Where the places of a map lie, as fractions of the picture: rows [h, 1], columns [1, w]."""
    rows, columns = ((torch.arange(places) + 0.5) / places for places in (height, width))
    return rows[:, None], columns[None]


def _apart(
    likely: list[float], x: list[float], y: list[float], sizes: list[float], high: float, wide: float
) -> list[Window]:
    """Non-maximum suppression: the most confident window of each thing, at most MOST.

    high, wide: of the picture, in shorter sides.
    """
    chosen: list[Window] = []
    for place in sorted(range(len(likely)), key=lambda place: -likely[place]):
        if likely[place] < SURE or len(chosen) == MOST:
            break
        new = Window(x[place], y[place], MARGIN * sizes[place])
        if all(
            max(abs(new.x - old.x) * wide, abs(new.y - old.y) * high) > max(old.side, new.side) / 2
            for old in chosen
        ):
            chosen.append(new)
    return chosen


def going_round(windows: list[list[Window]]) -> list[Window | None]:
    """One window for each picture, of several in turn; None where there is none."""
    return [each[number % len(each)] if each else None for number, each in enumerate(windows)]


def cut_out(frames: Tensor, windows: list[Window]) -> Tensor:
    """uint8 frames [n, H, W, 3], a window of each -> uint8 [n, SIDE, SIDE, 3]."""
    height, width = frames.shape[1:3]
    parts = []
    for frame, window in zip(frames, windows, strict=True):
        left, top, right, bottom = (round(edge) for edge in window.sides(height, width))
        part = frame[top : max(bottom, top + 1), left : max(right, left + 1)].permute(2, 0, 1)[None]
        parts.append(F.interpolate(part, (SIDE, SIDE), mode="bilinear", antialias=True))
    return torch.cat(parts).permute(0, 2, 3, 1)  # Shape: (n, SIDE, SIDE, 3)


def covered(window: Window | None, picture: tuple[int, int], grid: tuple[int, int]) -> Tensor:
    """How much of each patch of a picture of (height, width) pixels a window covers: [N], 0 to 1."""
    if window is None:
        return torch.zeros(grid[0] * grid[1])
    height, width = picture
    left, top, right, bottom = window.sides(height, width)
    down = overlap(top / height, bottom / height, grid[0])  # Shape: (rows,)
    across = overlap(left / width, right / width, grid[1])  # Shape: (columns,)
    return torch.from_numpy(np.outer(down, across).ravel()).float()


def overlap(low: float, high: float, parts: int) -> np.ndarray:
    """The share of each of `parts` equal parts of [0, 1] that lies within [low, high]. Shape: (parts,)."""
    return np.diff((np.arange(parts + 1) / parts).clip(low, high)) * parts
