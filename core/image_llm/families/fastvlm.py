"""FastVLM: FastViTHD (a convolutional encoder, through timm), a two-layer projector, Qwen2."""

import importlib.util
from typing import Any

from core.errors import ModelError
from core.image_llm.hugging_face import HuggingFaceImageLLM


class FastVLM(HuggingFaceImageLLM):
    """FastVLM: 256 spatial tokens; its encoder needs the package timm."""

    name = "fastvlm"
    model_types = ("fast_vlm",)
    example_checkpoint = "KamilaMila/FastVLM-0.5B"
    languages = ("en", "zh")

    @classmethod
    def check(cls, config: dict[str, Any]) -> None:
        encoder = config.get("vision_config", {}).get("model_type", "timm_wrapper")
        if encoder == "timm_wrapper" and importlib.util.find_spec("timm") is None:
            raise ModelError("model_package_missing", package="timm")

    def frame_area(self) -> int:
        return 1024 * 1024  # the encoder's own size; timm's configurations do not name it
