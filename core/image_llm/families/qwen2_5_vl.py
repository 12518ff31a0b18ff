"""Qwen2.5-VL: as Qwen2-VL, with a vision encoder that works in windows and so shuffles the patches."""

import torch
from torch import Tensor
from transformers.vision_utils import get_vision_window_index

from core.image_llm.families.qwen2_vl import Qwen2VL


class Qwen2p5VL(Qwen2VL):
    """Qwen2.5-VL: up to 256 spatial tokens that keep the frame's shape."""

    name = "qwen2.5-vl"
    model_types = ("qwen2_5_vl",)
    example_checkpoint = "Qwen/Qwen2.5-VL-3B-Instruct"

    def arrange(self, x: Tensor, inputs: dict[str, Tensor]) -> Tensor:
        vision = self.language_model.config.vision_config
        order, _ = get_vision_window_index(
            inputs["image_grid_thw"], vision.spatial_merge_size, vision.window_size, vision.patch_size
        )
        return x.flatten(0, 1)[torch.argsort(order)].view_as(x)  # Shape: (b, N, D)
