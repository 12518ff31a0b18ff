"""LLaVA-1.5: CLIP, a two-layer projector, Vicuna. The plainest family: all is as in `hugging_face.py`."""

from typing import Any

from core.errors import ModelError
from core.image_llm.hugging_face import HuggingFaceImageLLM


class Llava(HuggingFaceImageLLM):
    """LLaVA-1.5: 576 spatial tokens."""

    name = "llava"
    model_types = ("llava",)
    example_checkpoint = "llava-hf/llava-1.5-7b-hf"
    languages = ("en",)

    def frame_area(self) -> int:
        return 2 * super().frame_area()  # a wide frame's height counts: its sides are cropped

    @classmethod
    def check(cls, config: dict[str, Any]) -> None:
        encoder = config.get("vision_config", {}).get("model_type", "clip_vision_model")
        if encoder == "pixtral":  # same model type, other pictures: any size, with line breaks between rows
            raise ModelError("unsupported_model_type", model_type="llava, pixtral", supported="llava, clip")
