"""LLaVA-OneVision: SigLIP, a two-layer projector, Qwen2; a learned "new line" closes a picture.

Pictures among several are not tiled in this family; so each frame enters as such a one.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.features.pooling import PooledFeatures
from core.image_llm.hugging_face import HuggingFaceImageLLM


class LlavaOneVision(HuggingFaceImageLLM):
    """LLaVA-OneVision: 729 spatial tokens and one new line."""

    name = "llava-onevision"
    model_types = ("llava_onevision",)
    example_checkpoint = "llava-hf/llava-onevision-qwen2-0.5b-ov-hf"
    languages = ("en", "zh")

    def processor_options(self) -> dict[str, Any]:
        side = self.language_model.config.vision_config.image_size
        return {"image_grid_pinpoints": [[side, side]]}

    def prepare(self, frames: np.ndarray) -> dict[str, Tensor]:
        inputs = super().prepare(frames)
        inputs["pixel_values"] = inputs["pixel_values"][:, 0]  # the whole picture; behind it come its tiles
        return inputs

    def picture_features(self, inputs: dict[str, Tensor]) -> Any:
        """Through the path of videos, which ends as that of pictures does, but never asks for tiles."""
        return self.language_model.get_video_features(inputs["pixel_values"][None])

    def visual_prefix(self, features: PooledFeatures) -> dict[str, Tensor]:
        prefix = super().visual_prefix(features)
        spatial = prefix["spatial"]  # Shape: (N, K)
        newline = self.language_model.model.image_newline.detach()[None].to(spatial)  # Shape: (1, K)
        prefix["spatial"] = torch.cat([spatial, newline])
        return prefix
