"""What the engine asks of every Image LLM: the split of RED-VILLM's pipeline into replaceable steps.

    frames --encode--> x [T, N, D] --(pooling)--> z [N, D], t [T, D]
    z --align (g)--> [N, K]        t --temporal_module (g_t)--> [T, K]
    prompt --embed--> [L, K] --forward--> logits

A family fills in the abstract methods; the rest is common to all causal language models of transformers.
A model that needs more gets it through hooks, each of which does nothing by default: `extras` beside its
patch features, a temporal module of a kind of its own, `readable`, `logits_processor`, `postprocess`.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from transformers import DynamicCache, LogitsProcessor

from core.dialogue.conversation import Turn
from core.dialogue.prompt import ChatTemplate, PromptPart, VisualStretch, stretch_name
from core.errors import ModelError
from core.features.adapter import CONFIG_FILE, build_temporal_module, load_temporal_module
from core.features.adapter_parts import load_alignment, merge_lora
from core.features.pooling import PooledFeatures
from core.features.sighting import Sighting
from core.features.temporal_module import TemporalModule, TemporalModuleConfig
from core.image_llm.batching.cache_batch import CacheBatch
from core.image_llm.batching.transformers_batch import TransformersBatch

TOPICS = frozenset({"when", "direction", "colour", "place", "count"})


@dataclass(frozen=True)
class PatchFeatures:
    """What enters the alignment module: x [T, N, D], and the grid (h, w) with h * w = N."""

    x: Tensor
    grid: tuple[int, int]
    extras: Mapping[str, Tensor] = field(default_factory=dict)  # kept with the features, for the model alone


@dataclass(frozen=True)
class EmbeddedPrompt:
    """A prompt as the LLM takes it in.

    ids: one number per token; text tokens have their id, visual tokens a negative number of their own,
    so that two prompts about one clip can be compared. embeds: [L, K].
    """

    ids: tuple[int, ...]
    embeds: Tensor

    def cut(self, count: int) -> Self:
        """Its first `count` tokens."""
        return replace(self, ids=self.ids[:count], embeds=self.embeds[:count])


class ImageLLM(ABC):
    """A vision encoder, an alignment module g and an LLM, as their authors trained them."""

    name: str  # exact name in the registry
    fingerprint: str  # changes when weights or preprocessing change: part of cache keys
    languages: tuple[str, ...]  # it answers in
    topics: frozenset[str] = TOPICS  # what can be asked of a thing in a clip
    model_types: tuple[str, ...] = ()  # of config.json, for families whose checkpoints the user brings
    example_checkpoint: str | None = None  # hub id of the smallest good one
    decode_area: int  # pixels of a frame (width x height) that the encoder has use for
    template: ChatTemplate
    timestamps: bool  # whether temporal tokens stand behind their time in text
    stretches: tuple[str, ...] = ("spatial", "temporal")  # of the visual prefix; an ablation leaves some out
    compares_clips: bool  # whether it understands a prompt about two clips
    reads_subtitles: bool  # whether it understands what is said in a clip, given as text
    # Those that it uses unasked, by name; somebody who asks for others gets them.
    senses: tuple[str, ...] = ("subtitles", "hearing", "reading")
    patch_width: int  # D
    embedding_width: int  # K
    context_length: int  # tokens that the LLM can read
    alignment: nn.Module  # g
    temporal_module: TemporalModule  # g_t
    language_model: Any  # a causal LM of transformers
    tokenizer: Any  # a tokenizer of transformers
    end_ids: frozenset[int]  # tokens that end an answer

    @abstractmethod
    def encode(self, frames: np.ndarray) -> PatchFeatures:
        """Frames uint8 [T, H, W, 3] -> patch features [T, N, D], micro-batched, without gradient."""

    def align(self, features: PooledFeatures) -> Tensor:
        """g of the spatial tokens: [N, D] -> [N, K]."""
        return self.alignment(features.spatial)

    def align_over_time(self, features: PooledFeatures) -> Tensor:
        """g_t of the temporal tokens: [T, D] -> [T * tokens_per_frame, K]."""
        tokens = self.temporal_module(
            features.temporal[None],
            features.cells[None],
            features.seconds[None],
            {name: extra[None] for name, extra in features.extras.items()},
        )  # Shape: (1, T * tokens_per_frame, K)
        return tokens[0]

    def readable(self, text: str) -> str:
        """A question or answer as the LLM reads it: without control tokens, which could close a turn."""
        before = None
        while text != before:  # removing one may leave another
            before = text
            for token in self._control_tokens:
                text = text.replace(token, "")
        return text

    def logits_processor(self, turn: Turn, prompt: "EmbeddedPrompt") -> LogitsProcessor | None:
        """Applied to the logits before each token of an answer is chosen; None: nothing is."""
        return None

    def postprocess(self, pieces: Iterator[str], turn: Turn) -> Iterator[str]:
        """Applied to the stream of an answer's text before it is shown."""
        return pieces

    def new_temporal_module(self, kind: str = "copy", **more: Any) -> TemporalModule:
        """A temporal module for this model that starts as a copy of g; more: of TemporalModuleConfig."""
        config = TemporalModuleConfig(
            kind, self.name, self.fingerprint, self.patch_width, self.embedding_width, **more
        )
        return build_temporal_module(config, self.alignment)

    def load_adapter(self, folder: Path, lora: bool = True) -> None:
        """Take the temporal module saved in `folder`, and what was trained with it.

        lora: updates of the LLM, too. Raises ModelError where it is another model's. Then nothing was taken.
        """
        self._check_adapter(folder)
        module = load_temporal_module(folder, self.alignment, self.name, self.fingerprint)
        load_alignment(self.alignment, folder)
        if lora:
            self.take_lora(folder)
        self.temporal_module = module

    def take_lora(self, folder: Path) -> None:
        """Merge the updates that `folder` may hold of the LLM. Raises ModelError."""
        self.language_model = merge_lora(self.language_model, folder)

    def _check_adapter(self, folder: Path) -> None:
        """Check what `load_temporal_module` does not: that the folder holds an adapter, and its D and K."""
        try:
            made = dict(json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))
        except OSError as error:
            raise ModelError("adapter_missing", path=folder) from error
        except (TypeError, ValueError) as error:
            raise ModelError("weights_damaged", path=folder / CONFIG_FILE) from error
        if (
            "model_fingerprint" not in made
            or not made.keys() <= TemporalModuleConfig.__dataclass_fields__.keys()
        ):
            raise ModelError("adapter_missing", path=folder)  # another config.json, a checkpoint's perhaps
        if made["model_fingerprint"] != self.fingerprint:
            return  # load_temporal_module reports this difference
        for letter, name in (("D", "patch_width"), ("K", "embedding_width")):
            if made.get(name) != (own := getattr(self, name)):
                reason = f"{letter} = {made.get(name)}, not {own}"
                raise ModelError("adapter_mismatch", path=folder, reason=reason)

    @torch.inference_mode()
    def visual_prefix(self, features: PooledFeatures) -> dict[str, Tensor]:
        """Its named stretches: spatial [N, K], temporal [T * tokens_per_frame, K]."""
        both = {"spatial": self.align(features), "temporal": self.align_over_time(features)}
        return {name: both[name] for name in self.stretches}

    def notes(self, features: PooledFeatures) -> str:
        """What the model knows of a clip in words, as text behind its visual prefix; empty: nothing."""
        return ""

    def sightings(self, features: PooledFeatures) -> Sequence[Sighting]:
        """What the model recognised in a clip, and when, for people to look at; empty: it does not tell."""
        return ()

    def join(self, prefixes: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
        """The visual prefixes of several clips as one; stretches of further clips carry their number."""
        return {
            stretch_name(name, clip): stretch
            for clip, prefix in enumerate(prefixes)
            for name, stretch in prefix.items()
        }

    def prompt_ids(self, parts: Sequence[PromptPart], prefix: dict[str, Tensor]) -> tuple[int, ...]:
        """One number per token of a prompt, as EmbeddedPrompt has them."""
        ids: list[int] = []
        first_of = first_ids(prefix)
        for part in parts:
            if isinstance(part, VisualStretch):
                ids += visual_ids(part, first_of)
            else:
                ids += self._token_ids(part)
        return tuple(ids)

    @torch.inference_mode()
    def embed(self, parts: list[PromptPart], prefix: dict[str, Tensor]) -> EmbeddedPrompt:
        """Text through the LLM's embeddings, stretches from the visual prefix, in order."""
        ids = self.prompt_ids(parts, prefix)
        numbers = torch.tensor(ids, dtype=torch.long)  # Shape: (L,)
        embeds = self.embed_ids(numbers.clamp(min=0).tolist())  # Shape: (L, K)
        visual = numbers < 0  # Shape: (L,)
        if visual.any():
            tokens = torch.cat(list(prefix.values())).to(embeds)  # Shape: (V, K)
            embeds[visual.to(embeds.device)] = tokens[-1 - numbers[visual].to(embeds.device)]  # counting down
        return EmbeddedPrompt(ids, embeds)

    @cached_property
    def _token_ids(self) -> Callable[[str], tuple[int, ...]]:
        """Tokenises a text. Cached: each turn embeds all earlier turns, and the times of all frames."""
        return lru_cache(4096)(
            lambda text: tuple(self.tokenizer(text, add_special_tokens=False)["input_ids"])
        )

    @cached_property
    def _control_tokens(self) -> list[str]:
        """Collected once: a vocabulary may be large, and every earlier turn is cleaned again."""
        return [token.content for token in self.tokenizer.added_tokens_decoder.values() if token.special]

    def embed_ids(self, ids: list[int]) -> Tensor:
        """Token ids -> [L, K]."""
        return self.language_model.get_input_embeddings()(torch.tensor(ids, dtype=torch.long))

    def new_cache(self) -> Any:
        """For the keys and values of one conversation."""
        return DynamicCache(config=self.language_model.config)

    def new_batch(self) -> CacheBatch | None:
        """For the caches of conversations that are answered in one pass; None: each in a pass of its own."""
        return TransformersBatch(self.language_model)

    def read(self, prompt: EmbeddedPrompt, held: int, cache: Any) -> Tensor:
        """A prompt whose first `held` tokens `cache` holds -> logits [V] of the next token."""
        return self.forward(prompt.embeds[held:], cache, **self.beside(prompt, held))

    def beside(self, prompt: EmbeddedPrompt, held: int) -> dict[str, Any]:
        """What the LLM takes beside the embeddings of a prompt without its first `held` tokens.

        Tensors [..., 1, L] with something for each token, or a list of tensors [V, K] with something for each
        visual token: so those of several prompts can be joined.
        """
        return {}

    def release_decoder(self, engine: str) -> Path:
        """Free the LLM's layers, whose place `engine` takes, and tell the folder that it loads them from.

        Raises ModelError where it could not: the LLM takes more than a prompt's embeddings, or a hook of the
        model has a say in each token.
        """
        reason = "its LLM needs more than the embeddings of a prompt"
        raise ModelError("llm_engine_unfit", engine=engine, model=self.name, reason=reason)

    def hidden(self, embeds: Tensor, **beside: Any) -> Tensor:
        """Embeddings [B, L, K] -> the LLM's last hidden states [B, L, K], with gradients: for training.

        beside: as `beside` has it, of B prompts.
        """
        return self.language_model.model(inputs_embeds=embeds, use_cache=False, **beside).last_hidden_state

    def inseparable(self, prompt: EmbeddedPrompt) -> int:
        """How many tokens of a prompt, from the first on, are read at once; the rest may be in pieces."""
        return 0

    @torch.inference_mode()
    def forward(self, embeds: Tensor, cache: Any, **more: Any) -> Tensor:
        """Embeddings [L, K] after what `cache` holds -> logits [V] of the next token; fills the cache.

        more: what a family's LLM takes beside embeddings.
        """
        output = self.language_model(
            inputs_embeds=embeds[None],  # Shape: (1, L, K)
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
            **more,
        )
        return output.logits[0, -1]  # Shape: (V,)


def visual_ids(stretch: VisualStretch, first_of: dict[str, int]) -> list[int]:
    """The ids of a stretch's tokens; first_of: `first_ids` of its prefix."""
    first = first_of[stretch.name] - stretch.start
    return list(range(first, first - stretch.count, -1))


def first_ids(prefix: dict[str, Tensor]) -> dict[str, int]:
    """The id of each stretch's first token; they count down, such that no two visual tokens share one."""
    first, used = {}, 0
    for name, stretch in prefix.items():
        first[name] = -1 - used
        used += len(stretch)
    return first
