"""LFM2-VL, LFM2.5-VL: SigLIP 2 in the frame's shape, pixel unshuffle, an MLP, an LLM half of convolutions.

* transformers has this family's image processor for torchvision only, which the requirements leave out; so
  a frame is made ready here, as that processor does it for a picture that needs no tiles.
* A convolution's state cannot go back; so a conversation's cache is kept while nothing has to be cut off.
"""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import DynamicCache
from transformers.image_processing_base import ImageProcessingMixin

from core.image_llm.hugging_face import HuggingFaceImageLLM


@dataclass(frozen=True)
class FramePatches:
    """Frames -> what SigLIP 2 takes in. The numbers are of the checkpoint's preprocessor_config.json."""

    encoder_patch_size: int = 16  # pixels
    downsample_factor: int = 2  # patches a side that make a token
    min_image_tokens: int = 64
    max_image_tokens: int = 256
    image_mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    image_std: tuple[float, ...] = (0.5, 0.5, 0.5)

    @classmethod
    def read(cls, folder: Path) -> "FramePatches":
        settings, _ = ImageProcessingMixin.get_image_processor_dict(folder)
        return cls(**{name: settings[name] for name in cls.__dataclass_fields__ if name in settings})

    @property
    def token_side(self) -> int:
        """Pixels a side of what one token shows."""
        return self.encoder_patch_size * self.downsample_factor

    def __call__(self, images: list[np.ndarray], **options: Any) -> dict[str, Tensor]:
        """Each uint8 [H, W, 3] -> pixel_values [b, patches, 3 * side * side], each one's grid of patches."""
        height, width = self.size(*images[0].shape[:2])
        resized = [
            Image.fromarray(each).resize((width, height), Image.Resampling.BILINEAR) for each in images
        ]
        pictures = torch.from_numpy(np.stack([np.asarray(each) for each in resized])).float() / 255
        # Not torch.tensor: its number format is another's choice while another thread loads a model.
        mean, deviation = pictures.new_tensor(self.image_mean), pictures.new_tensor(self.image_std)
        pictures = (pictures - mean) / deviation  # Shape: (b, H, W, 3)
        side = self.encoder_patch_size
        rows, columns = height // side, width // side
        patches = pictures.view(-1, rows, side, columns, side, 3).transpose(2, 3)
        patches = patches.reshape(len(images), rows * columns, -1)  # Shape: (b, patches, side * side * 3)
        return {
            "pixel_values": patches,
            "pixel_attention_mask": torch.ones(patches.shape[:2], dtype=torch.long),
            "spatial_shapes": torch.tensor([[rows, columns]] * len(images)),
        }

    def size(self, height: int, width: int) -> tuple[int, int]:
        """The size nearest to the frame's own in whole tokens, and with no more and no fewer than allowed."""
        unit = self.token_side
        least, most = self.min_image_tokens * unit**2, self.max_image_tokens * unit**2
        rounded = [max(1, round(side / unit)) * unit for side in (height, width)]
        if math.prod(rounded) > most:
            scale = math.sqrt(most / (height * width))
            rounded = [max(1, math.floor(side * scale / unit)) * unit for side in (height, width)]
        elif math.prod(rounded) < least:
            scale = math.sqrt(least / (height * width))
            rounded = [math.ceil(side * scale / unit) * unit for side in (height, width)]
        return rounded[0], rounded[1]


class OneWayCache(DynamicCache):
    """A cache with the states of convolutions in it."""

    is_croppable = False


class Lfm2VL(HuggingFaceImageLLM):
    """LFM2-VL and LFM2.5-VL: 64 to 256 spatial tokens that keep the frame's shape."""

    name = "lfm2-vl"
    model_types = ("lfm2_vl",)
    example_checkpoint = "LiquidAI/LFM2.5-VL-450M"
    languages = ("en", "zh")
    vision_inputs = ("pixel_values", "pixel_attention_mask", "spatial_shapes")
    around = ("<|image_start|>", "<|image_end|>")

    def frame_area(self) -> int:
        return self.image_processor.max_image_tokens * self.image_processor.token_side**2

    @classmethod
    def load_image_processor(cls, folder: Path) -> FramePatches:
        return FramePatches.read(folder)

    def grid(self, inputs: dict[str, Tensor], patches: int) -> tuple[int, int]:
        rows, columns = inputs["spatial_shapes"][0].tolist()
        return (
            rows // self.image_processor.downsample_factor,
            columns // self.image_processor.downsample_factor,
        )

    def new_cache(self) -> OneWayCache:
        return OneWayCache(config=self.language_model.config)

    def new_batch(self) -> None:
        """Its convolutions would run over the padding."""
