"""SmolVLM, SmolVLM2 and Idefics3: SigLIP, pixel shuffle and one linear layer, SmolLM2 or Llama 3."""

from typing import Any

from core.image_llm.hugging_face import HuggingFaceImageLLM


class SmolVLM(HuggingFaceImageLLM):
    """SmolVLM2 and Idefics3: 64 to 169 spatial tokens, the smallest of the families."""

    name = "smolvlm"
    model_types = ("smolvlm", "idefics3")
    example_checkpoint = "HuggingFaceTB/SmolVLM2-500M-Video-Instruct"
    languages = ("en",)
    alignment_path = ("model.connector.modality_projection.proj",)
    vision_inputs = ("pixel_values", "pixel_attention_mask")
    around = ("<fake_token_around_image><global-img>", "<fake_token_around_image>")

    def processor_options(self) -> dict[str, Any]:
        return {"do_image_splitting": False}
