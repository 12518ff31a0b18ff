"""Tiny checkpoints with random weights, one per family, written to disk as transformers writes them.

Each has the family's real architecture at toy sizes, its real image processor, a tokenizer over bytes with
the family's own special tokens, and a chat template in the family's form. Nothing is downloaded.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import transformers
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import AutoConfig, AutoModelForImageTextToText, PreTrainedTokenizerFast

from core.image_llm.hugging_face import HuggingFaceImageLLM
from core.image_llm.load_options import LoadOptions
from core.image_llm.registry import load_image_llm
from core.progress import no_progress

WIDTH = 32  # K
TEXT = {
    "hidden_size": WIDTH,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 2048,
}
VISION = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "image_size": 32,
    "patch_size": 8,
}
QWEN_TEXT = TEXT | {
    "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 2, 1]}
}

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}IMAGE"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
VICUNA = (
    "{% for message in messages %}{{ message['role'].upper() + ': ' }}"
    "{% for part in message['content'] if part['type'] == 'image' %}<image>\n{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] + ' ' }}{% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)
SMOL = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}"
    "{% if message['content'][0]['type'] == 'image' %}:{% else %}: {% endif %}"
    "{% for part in message['content'] %}{% if part['type'] == 'text' %}{{ part['text'] }}"
    "{% else %}<image>{% endif %}{% endfor %}<end_of_utterance>\n{% endfor %}"
    "{% if add_generation_prompt %}Assistant:{% endif %}"
)
GEMMA = (
    "{{ bos_token }}{% for message in messages %}<start_of_turn>"
    "{{ 'model' if message['role'] == 'assistant' else message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}<start_of_image>"
    "{% else %}{{ part['text'] | trim }}{% endif %}{% endfor %}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


@dataclass(frozen=True)
class TinyFamily:
    """What makes a tiny checkpoint of one model type."""

    model_type: str
    config: dict[str, Any]
    processor: Any  # an image processor, or a dictionary that becomes its preprocessor_config.json
    template: str
    picture: Callable[[int], str]  # what the family's own processor writes for a picture of N tokens
    rendered: str  # what its chat template writes for a picture
    image_token: str = "<image>"
    end: str = "<|im_end|>"
    first: str | None = None
    more_tokens: tuple[str, ...] = ()
    settings: dict[str, Any] = field(
        default_factory=dict
    )  # of the image processor, so that it makes no tiles


def _vision(model_type: str, **more: Any) -> dict[str, Any]:
    return VISION | {"model_type": model_type} | more


def _text(model_type: str, **more: Any) -> dict[str, Any]:
    return TEXT | {"model_type": model_type} | more


def _clip_processor(side: int = 32) -> Any:
    size = {"height": side, "width": side}
    return transformers.CLIPImageProcessorPil(size={"shortest_edge": side}, crop_size=size)


def _qwen(model_type: str, vision: dict[str, Any], text: dict[str, Any]) -> TinyFamily:
    return TinyFamily(
        model_type,
        {
            "vision_config": {"patch_size": 4, "spatial_merge_size": 2, "in_channels": 3} | vision,
            "text_config": text,
            "vision_start_token_id": 0,
        },
        transformers.Qwen2VLImageProcessorPil(
            size={"shortest_edge": 256, "longest_edge": 4096}, patch_size=4, merge_size=2
        ),
        CHATML.replace("IMAGE", "<|vision_start|><|image_pad|><|vision_end|>"),
        picture=lambda count: "<|vision_start|>" + "<|image_pad|>" * count + "<|vision_end|>",
        rendered="<|vision_start|><|image_pad|><|vision_end|>",
        image_token="<|image_pad|>",
        more_tokens=("<|vision_start|>", "<|vision_end|>", "<|im_start|>"),
    )


def _smol(model_type: str, processor: Any) -> TinyFamily:
    return TinyFamily(
        model_type,
        {
            "vision_config": _vision(f"{model_type}_vision", patch_size=4),
            "text_config": _text("llama"),
            "scale_factor": 2,
        },
        processor(size={"longest_edge": 64}, max_image_size={"longest_edge": 32}),
        SMOL,
        picture=lambda count: (
            f"<fake_token_around_image><global-img>{'<image>' * count}<fake_token_around_image>"
        ),
        rendered="<image>",
        end="<end_of_utterance>",
        more_tokens=("<fake_token_around_image>", "<global-img>", "<|im_start|>"),
        settings={"do_image_splitting": False},
    )


def tiny_families() -> dict[str, TinyFamily]:
    """One for every model type that the registry supports."""
    siglip = {"vision_use_head": False}
    families = [
        TinyFamily(
            "llava",
            {"vision_config": _vision("clip_vision_model"), "text_config": _text("llama")},
            _clip_processor(),
            VICUNA,
            picture=lambda count: "<image>" * count,
            rendered="<image>",
            end="</s>",
            first="<s>",
        ),
        TinyFamily(
            "llava_onevision",
            {"vision_config": _vision("siglip_vision_model", **siglip), "text_config": _text("qwen2")},
            transformers.LlavaOnevisionImageProcessorPil(size={"height": 32, "width": 32}),
            CHATML.replace("IMAGE", "<image>\n"),
            picture=lambda count: "<image>" * (count + 1),  # and the new line
            rendered="<image>",
            more_tokens=("<|im_start|>",),
            settings={"image_grid_pinpoints": [[32, 32]]},
        ),
        _qwen(
            "qwen2_vl",
            {"embed_dim": 16, "hidden_size": WIDTH, "depth": 2, "num_heads": 2, "mlp_ratio": 2},
            QWEN_TEXT,
        ),
        _qwen(
            "qwen2_5_vl",
            {
                "hidden_size": 16,
                "intermediate_size": 24,
                "out_hidden_size": WIDTH,
                "depth": 2,
                "num_heads": 2,
                "window_size": 16,
                "fullatt_block_indexes": [1],
            },
            QWEN_TEXT,
        ),
        _qwen(
            "qwen3_vl",
            {
                "hidden_size": 16,
                "intermediate_size": 24,
                "out_hidden_size": WIDTH,
                "depth": 3,
                "num_heads": 2,
                "num_position_embeddings": 64,
                "deepstack_visual_indexes": [0, 1],
            },
            QWEN_TEXT,
        ),
        _smol("smolvlm", transformers.SmolVLMImageProcessorPil),
        _smol("idefics3", transformers.Idefics3ImageProcessorPil),
        TinyFamily(
            "internvl",
            {
                "vision_config": _vision("internvl_vision", image_size=[32, 32], patch_size=[4, 4]),
                "text_config": _text("qwen2"),
                "downsample_ratio": 0.5,
            },
            transformers.GotOcr2ImageProcessorPil(size={"height": 32, "width": 32}, crop_to_patches=True),
            CHATML.replace("IMAGE", "<IMG_CONTEXT>\n"),
            picture=lambda count: f"<img>{'<IMG_CONTEXT>' * count}</img>",
            rendered="<IMG_CONTEXT>",
            image_token="<IMG_CONTEXT>",
            more_tokens=("<img>", "</img>", "<|im_start|>"),
            settings={"crop_to_patches": False},
        ),
        TinyFamily(
            "gemma3",
            {
                "vision_config": _vision("siglip_vision_model", patch_size=4, **siglip),
                "text_config": _text("gemma3_text", sliding_window=16, query_pre_attn_scalar=8)
                | {"layer_types": ["sliding_attention", "full_attention"] * 2},
                "mm_tokens_per_image": 16,
            },
            transformers.Gemma3ImageProcessorPil(size={"height": 32, "width": 32}),
            GEMMA,
            picture=lambda count: f"\n\n<start_of_image>{'<image_soft_token>' * count}<end_of_image>\n\n",
            rendered="<start_of_image>",
            image_token="<image_soft_token>",
            end="<end_of_turn>",
            first="<bos>",
            more_tokens=("<start_of_image>", "<end_of_image>", "<start_of_turn>"),
        ),
        TinyFamily(
            "fast_vlm",
            {  # ConvNeXt in place of FastViTHD, which is timm's: also a convolutional encoder
                "vision_config": {
                    "model_type": "convnext",
                    "hidden_sizes": [8, 8, 16, 16],
                    "depths": [1, 1, 1, 1],
                    "hidden_size": 16,
                    "patch_size": 2,
                },
                "text_config": _text("qwen2"),
            },
            _clip_processor(64),
            CHATML.replace("IMAGE", "<image>\n"),
            picture=lambda count: "<image>" * count,
            rendered="<image>",
            more_tokens=("<|im_start|>",),
        ),
        TinyFamily(
            "lfm2_vl",
            {
                "vision_config": _vision("siglip2_vision_model", num_patches=64, **siglip),
                "text_config": _text("lfm2", layer_types=["conv", "full_attention"] * 2, conv_L_cache=3),
                "projector_hidden_size": 24,
                "downsample_factor": 2,
            },
            {"encoder_patch_size": 8, "min_image_tokens": 4, "max_image_tokens": 16},
            "<|startoftext|>" + CHATML.replace("IMAGE", "<image>"),
            picture=lambda count: f"<|image_start|>{'<image>' * count}<|image_end|>",
            rendered="<image>",
            first="<|startoftext|>",
            more_tokens=("<|image_start|>", "<|image_end|>", "<|im_start|>"),
        ),
    ]
    return {family.model_type: family for family in families}


def tiny_tokenizer(family: TinyFamily) -> PreTrainedTokenizerFast:
    """Bytes, and the family's special tokens."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({letter: index for index, letter in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    if family.first:
        from tokenizers.processors import TemplateProcessing

        tokenizer.add_special_tokens([family.first])
        first = (family.first, tokenizer.token_to_id(family.first))
        tokenizer.post_processor = TemplateProcessing(single=[family.first, "$A"], special_tokens=[first])
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=family.end, bos_token=family.first)
    fast.add_special_tokens({"additional_special_tokens": [family.image_token, *family.more_tokens]})
    fast.chat_template = family.template
    return fast


def write_checkpoint(family: TinyFamily, folder: Path, seed: int = 0, spread: float = 0.25) -> Path:
    """The checkpoint's folder, with weights so spread that a wrong position or order shows in the logits.

    spread: of the weights but embeddings; with less of it the LLM is easier to steer.
    """
    tokenizer = tiny_tokenizer(family)
    end, image = tokenizer.convert_tokens_to_ids([family.end, family.image_token])
    ends = {"eos_token_id": end, "bos_token_id": None, "pad_token_id": None}
    settings = dict(family.config)
    settings["text_config"] = settings["text_config"] | ends | {"vocab_size": len(tokenizer)}
    config = AutoConfig.for_model(family.model_type, image_token_id=image, **settings)
    torch.manual_seed(seed)
    model = AutoModelForImageTextToText.from_config(config, dtype=torch.float32).eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim > 1:
                weight.normal_(std=0.5 if "embed" in name else spread)
            elif "newline" in name:
                weight.normal_()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    if isinstance(family.processor, dict):
        import json

        (folder / "preprocessor_config.json").write_text(json.dumps(family.processor))
    else:
        family.processor.save_pretrained(folder)
    return folder


def write_checkpoints(root: Path) -> dict[str, Path]:
    """One of each family below `root`; its folder by the family's name."""
    return {name: write_checkpoint(family, root / name) for name, family in tiny_families().items()}


def load_checkpoint(folder: Path) -> HuggingFaceImageLLM:
    """On the CPU, in float32."""
    model = load_image_llm(str(folder), no_progress, LoadOptions(device="cpu", dtype="float32"))
    assert isinstance(model, HuggingFaceImageLLM)
    return model
