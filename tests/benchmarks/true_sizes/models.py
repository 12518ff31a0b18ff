"""Image LLMs with the layers of published ones, some with fewer of them, and random weights.

Nothing is downloaded. What they answer means nothing; what they cost does.
"""

from pathlib import Path
from typing import Any

import transformers
from transformers import AutoConfig, AutoModelForImageTextToText

from core.image_llm.hardware import pick_dtype
from core.image_llm.hugging_face import HuggingFaceImageLLM
from core.image_llm.registry import family_of
from tests.tiny_checkpoints import tiny_families, tiny_tokenizer

LLAVA_LLM = {"model_type": "llama", "max_position_embeddings": 4096}  # the defaults are Vicuna-7B's sizes
SIGLIP_BASE = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "image_size": 512,
    "patch_size": 16,
}
QWEN_2_5_VL_3B: dict[str, Any] = {
    "vision_start_token_id": 0,
    "tie_word_embeddings": True,
    "vision_config": {
        "depth": 32,
        "hidden_size": 1280,
        "intermediate_size": 3420,
        "num_heads": 16,
        "out_hidden_size": 2048,
    },
    "text_config": {
        "hidden_size": 2048,
        "intermediate_size": 11008,
        "num_hidden_layers": 36,
        "num_attention_heads": 16,
        "num_key_value_heads": 2,
        "vocab_size": 151936,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [16, 24, 24]},
    },
}
SIZES: dict[str, dict[str, Any]] = {
    "llava": {"text_config": LLAVA_LLM},
    "llava-2-layers": {"text_config": LLAVA_LLM | {"num_hidden_layers": 2}},
    "llava-8-layers": {"text_config": LLAVA_LLM | {"num_hidden_layers": 8}},  # of 32: fits beside other work
    "qwen2_5_vl": QWEN_2_5_VL_3B,
    "qwen2_5_vl-2-layers": QWEN_2_5_VL_3B
    | {"text_config": QWEN_2_5_VL_3B["text_config"] | {"num_hidden_layers": 2}},
    "smolvlm-256m": {  # SmolVLM2-256M
        "scale_factor": 4,
        "vision_config": SIGLIP_BASE,
        "text_config": {
            "model_type": "llama",
            "hidden_size": 576,
            "intermediate_size": 1536,
            "num_hidden_layers": 30,
            "num_attention_heads": 9,
            "num_key_value_heads": 3,
            "vocab_size": 49280,
            "max_position_embeddings": 8192,
        },
    },
    "smolvlm": {  # SmolVLM2-500M
        "scale_factor": 4,
        "vision_config": SIGLIP_BASE,
        "text_config": {
            "model_type": "llama",
            "hidden_size": 960,
            "intermediate_size": 2560,
            "num_hidden_layers": 32,
            "num_attention_heads": 15,
            "num_key_value_heads": 5,
            "vocab_size": 49280,
            "max_position_embeddings": 8192,
        },
    },
}
PROCESSORS: dict[str, Any] = {
    "llava": lambda: transformers.CLIPImageProcessorPil(
        size={"shortest_edge": 336}, crop_size={"height": 336, "width": 336}
    ),
    "qwen2_5_vl": transformers.Qwen2VLImageProcessorPil,
    "smolvlm": lambda: transformers.SmolVLMImageProcessorPil(
        size={"longest_edge": 2048}, max_image_size={"longest_edge": 512}
    ),
}


def build(case: str, dtype: str = "auto") -> HuggingFaceImageLLM:
    """One of SIZES with random weights."""
    model_type = case.partition("-")[0]
    tiny = tiny_families()[model_type]
    tokenizer = tiny_tokenizer(tiny)
    end, image = tokenizer.convert_tokens_to_ids([tiny.end, tiny.image_token])
    sizes = SIZES[case] | {"text_config": SIZES[case]["text_config"] | {"eos_token_id": end}}
    config = AutoConfig.for_model(model_type, image_token_id=image, **sizes)
    model = AutoModelForImageTextToText.from_config(config, dtype=pick_dtype(dtype, "cpu"))
    return family_of({"model_type": model_type})(model, tokenizer, PROCESSORS[model_type](), Path(), "random")
