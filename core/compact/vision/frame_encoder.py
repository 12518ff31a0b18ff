"""Frames to patch features with EfficientNet-Lite2, as fast as a CPU allows.

Batch norms are folded into the convolutions, what training changed of the last two stages is added to their
weights, tensors lie channels last, and bfloat16 is used where the processor multiplies it natively.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from core.compact import lora
from core.compact.vision.crops import Crops, ObjectDetector, Window, covered, cut_out, going_round
from core.compact.vision.efficientnet import FEATURES, TRUNK_BLOCKS, EfficientNetLite2, normalise
from core.image_llm.base import PatchFeatures

GRID = (6, 6)  # whatever the picture's shape, its feature map is averaged to this grid: N = 36
FRAME_AREA = 320 * 320  # pixels. EfficientNet-Lite2 was trained on 260 x 260; here things are smaller
UPDATE_SCALE = 1.0  # of the low-rank updates of the encoder
CROPS_BATCH = 8  # as many pixels as in MICRO_BATCH
MICRO_BATCH = 2  # frames; larger ones fall out of the processor's cache


class FrameEncoder:
    """Holds the folded encoder; pictures of any shape in, a fixed grid of patch features out."""

    def __init__(
        self,
        encoder: EfficientNetLite2,
        updates: dict[str, Tensor] | None = None,
        dtype: torch.dtype | None = None,
        area: int = FRAME_AREA,
        detector: ObjectDetector | None = None,
    ) -> None:
        """updates: of the layers that `tuned_layers` names, as `lora.state` gives them. detector: finds
        what is cropped; without one nothing is."""
        self.dtype = dtype or fast_dtype()
        self.area = area
        self._detector = detector
        self._network = prepared(encoder, updates).to(self.dtype)

    @torch.inference_mode()
    def __call__(self, frames: np.ndarray) -> PatchFeatures:
        """uint8 [T, H, W, 3] -> x float32 [T, 36, 1280], and among the extras a crop of each frame."""
        grids: list[Tensor] = []
        windows: list[list[Window]] = []
        for batch in torch.from_numpy(frames).split(MICRO_BATCH):
            maps = self.maps(batch)
            grids.append(on_grid(maps))
            if self._detector:
                windows += self._detector.windows(maps)
        crops = self._crops(torch.from_numpy(frames), windows).as_extras() if self._detector else {}
        return PatchFeatures(torch.cat(grids), GRID, crops)

    @torch.inference_mode()
    def maps(self, frames: Tensor) -> Tensor:
        """uint8 [b, H, W, 3] -> feature maps float32 [b, 1280, h, w]."""
        return self._maps_of(at_area(frames, self.area))

    def _maps_of(self, pictures: Tensor) -> Tensor:
        inputs = normalise(pictures).to(self.dtype)
        return self._network(inputs.contiguous(memory_format=torch.channels_last)).float()

    def _crops(self, frames: Tensor, windows: list[list[Window]]) -> Crops:
        """Encode one window of each frame; frames: uint8 [T, H, W, 3]."""
        chosen = going_round(windows)
        features = torch.zeros(len(frames), FEATURES)  # Shape: (T, D)
        seen = {number: window for number, window in enumerate(chosen) if window}
        for start in range(0, len(seen), CROPS_BATCH):
            numbers = list(seen)[start : start + CROPS_BATCH]
            parts = cut_out(frames[numbers], [seen[number] for number in numbers])
            features[numbers] = self._maps_of(parts).mean(dim=(2, 3))  # Shape: (b, D, h, w) -> (b, D)
        size = frames.shape[1], frames.shape[2]
        return Crops(features, torch.stack([covered(window, size, GRID) for window in chosen]))


def on_grid(maps: Tensor) -> Tensor:
    """Feature maps [T, D, h, w] -> patch features [T, N, D], N = 36."""
    return F.adaptive_avg_pool2d(maps, GRID).flatten(2).transpose(1, 2).contiguous()


def tuned_layers(network: EfficientNetLite2) -> list[str]:
    """The layers of the encoder that training updates: the 1 x 1 convolutions of its tail."""
    blocks = [f"_blocks.{number}." for number in range(TRUNK_BLOCKS, len(network._blocks))]
    names = lora.layers_called(network, ("_expand_conv", "_project_conv", "_conv_head"))
    return [name for name in names if name.startswith((*blocks, "_conv_head"))]


def at_area(frames: Tensor, area: int) -> Tensor:
    """uint8 [T, H, W, 3] -> uint8 [T, H', W', 3]: of the same shape, with about `area` pixels."""
    height, width = frames.shape[1:3]
    scale = (area / (height * width)) ** 0.5
    size = max(1, round(height * scale)), max(1, round(width * scale))
    if abs(scale - 1) < 0.02:  # what is lost to rounding and by resampling again would be all that changes
        return frames
    planes = frames.permute(0, 3, 1, 2)  # Shape: (T, 3, H, W)
    return F.interpolate(planes, size, mode="bilinear", antialias=True).permute(0, 2, 3, 1)


def fast_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it natively; elsewhere it takes thrice as long as float32."""
    natively = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if natively else torch.float32


def prepared(encoder: EfficientNetLite2, updates: dict[str, Tensor] | None = None) -> EfficientNetLite2:
    """The same encoder, in place, as it is fastest: norms folded, the updates merged, channels last."""
    network = fold_batch_norms(encoder)
    lora.merge(network, updates or {}, UPDATE_SCALE)
    return network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def fold_batch_norms(encoder: EfficientNetLite2) -> EfficientNetLite2:
    """Fold each batch norm into the convolution before it, in place."""
    pairs: list[tuple[nn.Module, str, str]] = [
        (encoder, "_conv_stem", "_bn0"),
        (encoder, "_conv_head", "_bn1"),
    ]
    for block in encoder._blocks:
        pairs += [(block, "_depthwise_conv", "_bn1"), (block, "_project_conv", "_bn2")]
        if block.expands:
            pairs.append((block, "_expand_conv", "_bn0"))
    for owner, convolution, norm in pairs:
        setattr(owner, convolution, fuse_conv_bn_eval(getattr(owner, convolution), getattr(owner, norm)))
        setattr(owner, norm, nn.Identity())
    return encoder


def class_head(encoder: EfficientNetLite2) -> tuple[Tensor, Tensor]:
    """Weight [1000, 1280] and bias [1000] of the ImageNet head."""
    return encoder._fc.weight.detach().clone(), encoder._fc.bias.detach().clone()
