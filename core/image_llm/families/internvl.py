"""InternVL3 in transformers' own form (checkpoints whose names end in -hf): InternViT, an MLP, Qwen2.5."""

from typing import Any

from core.image_llm.hugging_face import HuggingFaceImageLLM


class InternVL(HuggingFaceImageLLM):
    """InternVL3 (hf): 256 spatial tokens."""

    name = "internvl"
    model_types = ("internvl",)
    example_checkpoint = "OpenGVLab/InternVL3-1B-hf"
    languages = ("en", "zh")
    around = ("<img>", "</img>")

    def frame_area(self) -> int:
        height, width = self.language_model.config.vision_config.image_size
        return height * width

    def processor_options(self) -> dict[str, Any]:
        return {"crop_to_patches": False}
