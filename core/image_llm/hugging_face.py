"""What all families that come through transformers share: an Image LLM of the hub as our ImageLLM.

* **x is what enters g's first linear layer.** The family's own code runs up to there, with whatever it does
  before (layer choice, pixel shuffle, patch merge, norms); a hook records its input.
* **g is the modules from that layer on**, the very ones of the checkpoint; g_t starts as their copy.
* **The prompt is tokenised as the family's own processor does it**: one text with one placeholder per
  visual token, so that the tokens are those that the LLM was trained on; then the placeholders'
  embeddings are replaced by the visual prefix.
* A frame is encoded as one picture: no tiles, whatever the checkpoint does to large photographs.

A family is a subclass with a few declared lines.
"""

import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate.hooks import remove_hook_from_module
from torch import Tensor, nn
from transformers import DynamicCache

from core.dialogue.prompt import PromptPart, VisualStretch
from core.features.pooling import PooledFeatures
from core.features.temporal_module import TemporalModule
from core.image_llm.base import ImageLLM, PatchFeatures, first_ids, visual_ids
from core.image_llm.chat_template import read_chat_template

MICRO_BATCH = 4  # frames that are encoded at once


class Alignment(nn.Sequential):
    """g from its first linear layer on. Takes tokens of any device and number format."""

    @property
    def first(self) -> Any:
        """The first linear layer, whose input is x."""
        return self[0]

    def forward(self, tokens: Tensor) -> Tensor:
        """[..., D] -> [..., K]."""
        weight = next(self.parameters())
        return super().forward(tokens.to(weight.device, weight.dtype))


class HuggingFaceImageLLM(ImageLLM):
    """A model of transformers' image-text-to-text kind with its tokenizer and image processor."""

    # What a family declares beside `name`, `languages`, `model_types` and `example_checkpoint`.
    # alignment_path: where g is, module by module, from its first linear layer on
    # vision_inputs: what the encoder takes of the image processor's output
    # marker: what the chat template writes for a picture; None: the placeholder itself
    # around: what the family's processor writes before and after a picture's placeholders
    alignment_path: tuple[str, ...] = (
        "model.multi_modal_projector.linear_1",
        "model.multi_modal_projector.act",
        "model.multi_modal_projector.linear_2",
    )
    vision_inputs: tuple[str, ...] = ("pixel_values",)
    marker: str | None = None
    around: tuple[str, str] = ("", "")
    # whether its LLM takes nothing beside the embeddings of a prompt (`beside`)
    embeddings_suffice: bool = True

    alignment: Alignment
    compares_clips = True
    reads_subtitles = True
    timestamps = False  # untrained, g_t's tokens are pictures to the LLM: text between them is unknown to it

    def __init__(
        self, model: Any, tokenizer: Any, image_processor: Any, folder: Path, fingerprint: str
    ) -> None:
        text = model.config.get_text_config()
        self.language_model, self.tokenizer, self.image_processor = model.eval(), tokenizer, image_processor
        self.fingerprint, self._folder = fingerprint, folder
        self.placeholder_id: int = model.config.image_token_id
        self.placeholder: str = tokenizer.convert_ids_to_tokens(self.placeholder_id)
        self.end_ids = frozenset(_end_ids(model, tokenizer))
        ends = tokenizer.convert_ids_to_tokens(sorted(self.end_ids))
        marker = self.marker or self.placeholder
        self.template = read_chat_template(folder, tokenizer, marker, self.around, ends)
        self.decode_area = self.frame_area()
        self.context_length = text.max_position_embeddings
        self.alignment = self._new_alignment()
        self.patch_width = self._patch_width()
        self.embedding_width = text.hidden_size
        self.temporal_module = self.new_temporal_module().eval()

    # Defaults that a family may override

    @classmethod
    def check(cls, config: dict[str, Any]) -> None:
        """Raise ModelError where a checkpoint with this config.json cannot be used here."""

    def frame_area(self) -> int:
        """Pixels of a frame that the encoder has use for: `decode_area`."""
        return self.language_model.config.vision_config.image_size**2

    @classmethod
    def load_image_processor(cls, folder: Path) -> Any:
        """The checkpoint's own, on PIL: torchvision is not among the requirements."""
        from transformers import AutoImageProcessor

        return AutoImageProcessor.from_pretrained(folder, backend="pil")

    def processor_options(self) -> dict[str, Any]:
        """What makes the image processor take a frame as one picture."""
        return {}

    def picture_features(self, inputs: dict[str, Tensor]) -> Any:
        """Run the family's own image path."""
        return self.language_model.get_image_features(**inputs)

    def entrances(self) -> list[nn.Module]:
        """The modules whose input, side by side, is x."""
        return [self.alignment.first]

    def arrange(self, x: Tensor, inputs: dict[str, Tensor]) -> Tensor:
        """x [b, N, D] in the encoder's order -> in rows from left to right, from top to bottom."""
        return x

    def grid(self, inputs: dict[str, Tensor], patches: int) -> tuple[int, int]:
        """(h, w) with h * w = N. Square, unless the family keeps a picture's shape."""
        side = math.isqrt(patches)
        assert side * side == patches, f"{patches} patches of {self.name} are no square"
        return side, side

    # The same for all families

    @property
    def device(self) -> torch.device:
        """Where the LLM takes its embeddings."""
        return self.language_model.get_input_embeddings().weight.device

    def prepare(self, frames: np.ndarray) -> dict[str, Tensor]:
        """uint8 [b, H, W, 3] -> what the encoder takes, on its device and in its number format."""
        batch = self.image_processor(
            images=list(frames),
            input_data_format="channels_last",
            return_tensors="pt",
            **self.processor_options(),
        )
        inputs = {name: batch[name].to(self.device) for name in self.vision_inputs}
        inputs["pixel_values"] = inputs["pixel_values"].to(self.language_model.dtype)
        return inputs

    @torch.inference_mode()
    def encode(self, frames: np.ndarray) -> PatchFeatures:
        pieces: list[Tensor] = []
        for start in range(0, len(frames), MICRO_BATCH):
            inputs = self.prepare(frames[start : start + MICRO_BATCH])
            arrived = self._entering(inputs)  # each [..., D of its entrance]
            count = min(MICRO_BATCH, len(frames) - start)
            x = torch.cat([each.reshape(count, -1, each.shape[-1]) for each in arrived], dim=-1)
            pieces.append(self.arrange(x, inputs).float().cpu())  # Shape: (b, N, D)
        x = torch.cat(pieces)  # Shape: (T, N, D)
        return PatchFeatures(x, self.grid(inputs, x.shape[1]))

    def new_temporal_module(self, kind: str = "copy", **more: Any) -> TemporalModule:
        return self._placed(super().new_temporal_module(kind, **more))

    def load_adapter(self, folder: Path, lora: bool = True) -> None:
        super().load_adapter(folder, lora)
        self.temporal_module = self._placed(self.temporal_module)

    def align_over_time(self, features: PooledFeatures) -> Tensor:
        here = {name: getattr(features, name).to(self.device) for name in ("temporal", "cells", "seconds")}
        return super().align_over_time(replace(features, **here))

    def prompt_ids(self, parts: Sequence[PromptPart], prefix: dict[str, Tensor]) -> tuple[int, ...]:
        text = ""
        visual: list[int] = []
        first_of = first_ids(prefix)
        for part in parts:
            if isinstance(part, VisualStretch):
                text += self.placeholder * part.count
                visual += visual_ids(part, first_of)
            else:
                text += part.replace(self.placeholder, "")  # an answer may have spelt it out
        in_order = iter(visual)
        ids = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tuple(next(in_order) if each == self.placeholder_id else each for each in ids)

    @torch.inference_mode()
    def embed_ids(self, ids: list[int]) -> Tensor:
        return self.language_model.get_input_embeddings()(torch.tensor(ids, device=self.device))

    def new_cache(self) -> DynamicCache:
        """Layers that keep everything, sliding windows too: what was dropped could not be cropped back."""
        return DynamicCache()

    def release_decoder(self, engine: str) -> Path:
        if not self.embeddings_suffice:
            return super().release_decoder(engine)
        self.language_model.get_decoder().layers = nn.ModuleList()
        self.language_model.lm_head = nn.Identity()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        return self._folder

    def forward(self, embeds: Tensor, cache: DynamicCache, **more: Any) -> Tensor:
        return super().forward(embeds, cache, **more).float().cpu()

    def _entering(self, inputs: dict[str, Tensor]) -> list[Tensor]:
        """The input of each entrance when the family's own code encodes these pictures: [patches, D] each."""
        arrived: list[list[Tensor]] = [[] for _ in self.entrances()]
        mine = threading.get_ident()  # g may be at work for another conversation at the same time

        def listener(taken: list[Tensor]) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
            def listen(module: nn.Module, arguments: tuple[Tensor, ...]) -> None:
                if threading.get_ident() == mine:
                    taken.append(arguments[0].flatten(0, -2))  # Shape: (patches, D)

            return listen

        hooks = [
            entrance.register_forward_pre_hook(listener(taken))
            for entrance, taken in zip(self.entrances(), arrived, strict=True)
        ]
        try:
            self.picture_features(inputs)
        finally:
            for hook in hooks:
                hook.remove()
        return [torch.cat(taken) for taken in arrived]

    def _new_alignment(self) -> Alignment:
        return Alignment(*(self.language_model.get_submodule(path) for path in self.alignment_path))

    def _patch_width(self) -> int:
        return self.alignment.first.in_features

    def _placed(self, module: TemporalModule) -> TemporalModule:
        """g_t on the LLM's device, in float32: it is small, and it is what training changes."""
        # Over several GPUs, accelerate has hooks on g that move tokens to g's device.
        remove_hook_from_module(module, recurse=True)
        return module.float().to(self.device).eval()


def _end_ids(model: Any, tokenizer: Any) -> set[int]:
    """Every token that the checkpoint calls an end."""
    said = [model.generation_config.eos_token_id, model.config.get_text_config().eos_token_id]
    said.append(tokenizer.eos_token_id)
    return {
        each for ends in said for each in (ends if isinstance(ends, list) else [ends]) if each is not None
    }
