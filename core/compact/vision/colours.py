"""Colours: which of eleven a part of a picture mostly has, told by its pixels. Nothing here is trained.

People ask what colour a car is more often than what model. A detector's box holds some background too, so its
middle is looked at.
"""

import numpy as np
import torch
from torch import Tensor

from core.compact.words.names import closed_labels

COLOURS_KEY = "colours"  # name among a clip's extras
MIDDLE = 0.25  # of a box's sides that is left out on each side
THIRDS = ("top", "middle", "bottom")  # of the picture: the sky, what stands before it, the ground
SIDE = 24  # pixels: of the grid that is looked at in each part; more tell the same
FIRST, SECOND = 0.4, 0.28  # shares from which on a colour is the main one, and another stands beside it
KEYS = tuple(label.key for label in closed_labels("colour"))
# Hues in degrees at which a colour begins. Dark orange is brown, pale red is pink.
HUES = (
    (15, "orange"),
    (42, "yellow"),
    (70, "green"),
    (170, "blue"),
    (262, "purple"),
    (300, "pink"),
    (345, "red"),
)


def colours_of(frames: np.ndarray, boxes: Tensor) -> Tensor:
    """uint8 RGB [T, H, W, 3], boxes [T, M, 6] -> the share of each colour in each box's middle, in the middle
    of the picture, and in each third of it from the top, [T, M + 4, 11]."""
    rows, nothing = [], torch.zeros(len(KEYS))
    for picture, of_frame in zip(frames, boxes.tolist(), strict=True):
        parts = [_part(picture, *box[2:]) if box[0] >= 0 else None for box in of_frame]
        parts.append(_part(picture, 0.0, 0.0, 1.0, 1.0))
        parts += [band.reshape(-1, 3) for band in np.array_split(_whole(picture), len(THIRDS))]
        rows.append(torch.stack([nothing if part is None else _shares(part) for part in parts]))
    return torch.stack(rows)


def _whole(picture: np.ndarray) -> np.ndarray:
    """A grid of the pixels of all of it, [SIDE, SIDE, 3]."""
    rows, columns = (np.linspace(0, side - 1, SIDE).round().astype(int) for side in picture.shape[:2])
    return picture[np.ix_(rows, columns)]


def _part(picture: np.ndarray, left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """A grid of the pixels in the middle of a box, [n, 3]."""
    height, width = picture.shape[:2]
    rows, columns = _grid(top, bottom, height), _grid(left, right, width)
    return picture[np.ix_(rows, columns)].reshape(-1, 3)


def _grid(low: float, high: float, pixels: int) -> np.ndarray:
    """SIDE pixels in the middle of [low, high], which are fractions of a side of so many pixels."""
    away = MIDDLE * (high - low)
    return np.linspace((low + away) * (pixels - 1), (high - away) * (pixels - 1), SIDE).round().astype(int)


def _shares(pixels: np.ndarray) -> Tensor:
    """RGB [n, 3] -> the share of each colour, [11]."""
    rgb = pixels.astype(np.float32) / 255
    high, low = rgb.max(axis=1), rgb.min(axis=1)
    spread = high - low
    saturation = spread / np.maximum(high, 1e-6)
    red, green, blue = rgb.T
    which = rgb.argmax(axis=1)
    turned = np.select([which == 0, which == 1], [(green - blue), (blue - red)], (red - green))
    hue = (60 * (turned / np.maximum(spread, 1e-6) + 2 * which)) % 360
    names = np.full(len(rgb), "red", dtype=object)
    for begin, name in HUES:
        names[hue >= begin] = name
    warm = (names == "orange") | (names == "red") | (names == "yellow")
    names[warm & (high < 0.55) & (names != "red")] = "brown"
    names[(names == "red") & (high > 0.75) & (saturation < 0.5)] = "pink"
    names[(names == "red") & (high < 0.35)] = "brown"
    grey = saturation < 0.16
    names[grey & (high >= 0.8)] = "white"
    names[grey & (high < 0.8)] = "gray"
    names[high < 0.2] = "black"
    return torch.tensor([float((names == key).mean()) for key in KEYS])


def main_colours(shares: Tensor) -> list[str]:
    """Shares [11] -> the keys of the one or two colours that are mostly there; none where there are many."""
    order = shares.argsort(descending=True).tolist()
    first, second = float(shares[order[0]]), float(shares[order[1]])
    if first < FIRST:
        return []
    return [KEYS[order[0]], KEYS[order[1]]] if second >= SECOND else [KEYS[order[0]]]
