"""The compact model as an ImageLLM, in two sizes. Its weights: see base_files.py and trained_parts.py."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import LogitsProcessor, NoRepeatNGramLogitsProcessor, PreTrainedTokenizerBase

from core.compact.alignment import PatchPlaces, WordSpaceAlignment
from core.compact.eyes import FRAME_AREA, GRID, PATCH_WIDTH, Eyes
from core.compact.llm.decoders import Decoder
from core.compact.llm.traditional import streamed_in_traditional
from core.compact.seen import Seer
from core.compact.temporal_module import CompactTemporalModule
from core.compact.vision.crops import Crops
from core.compact.vision.scene import SceneHead
from core.compact.words.embeddings import name_words
from core.dialogue.conversation import Turn
from core.dialogue.prompt import ChatTemplate
from core.features.adapter import KINDS
from core.features.pooling import PooledFeatures
from core.features.sighting import Sighting
from core.features.temporal_module import TemporalModule
from core.image_llm.base import EmbeddedPrompt, ImageLLM, PatchFeatures
from core.image_llm.batching.cache_batch import CacheBatch
from core.language.script import TRADITIONAL

END = "<|im_end|>"
REPEATED = 12  # tokens in a row that no answer says twice: a small LLM may not find the end of a list
SYSTEM = (
    "You are ReelTalk 影语, a friendly assistant that talks with people about their video. You see its "
    "pictures, and below what was recognised in them, with times; you know nothing else of it. Answer in the "
    "language of the question. If the video does not tell, say so and say why."
)


class CompactImageLLM(ImageLLM):
    """EfficientNet-Lite2 and NanoDet + WordSpaceAlignment + Qwen2.5-Coder-1.5B-Instruct."""

    name = "compact"
    languages = ("en", "zh")
    decode_area = FRAME_AREA
    template = ChatTemplate(
        before_visual=f"<|im_start|>system\n{SYSTEM}{END}\n<|im_start|>user\nVideo: ",
        after_visual="\n",
        before_question="\n<|im_start|>user\n",
        after_question=f"{END}\n<|im_start|>assistant\n",
        after_answer=END,
    )
    patch_width = PATCH_WIDTH
    context_length = 4096
    timestamps = True
    compares_clips = True
    reads_subtitles = True
    alignment: WordSpaceAlignment

    def __init__(self, decoder: Decoder, tokenizer: PreTrainedTokenizerBase, eyes: Eyes) -> None:
        self.decoder, self.tokenizer, self.eyes = decoder, tokenizer, eyes
        self.language_model = decoder.llm
        self.embedding_width = decoder.embedding_width
        self.end_ids = frozenset(tokenizer.encode(f"{END}<|endoftext|>", add_special_tokens=False))
        self.fingerprint = eyes.fingerprint
        words = name_words(decoder.embed, lambda text: list(self._token_ids(text)))
        self.alignment = WordSpaceAlignment(*eyes.class_head, words)
        self.places = PatchPlaces(words, GRID)
        self.temporal_module = self.new_temporal_module("compact-attention")
        self.scene = SceneHead()
        eyes.fill(self.alignment, self.temporal_module, self.scene)
        self._seer = Seer(words.table)

    def encode(self, frames: np.ndarray) -> PatchFeatures:
        return self.eyes(frames)

    def align(self, features: PooledFeatures) -> Tensor:
        shares = self.alignment.shares_of_places(
            features.spatial, features.cells, Crops.of(features.extras)
        )  # Shape: (N, names)
        return self.places(self.alignment.say(features.spatial, shares))

    @property
    def own_temporal_module(self) -> CompactTemporalModule:
        """g_t, which is of one of compact's own kinds unless an adapter is."""
        assert isinstance(self.temporal_module, CompactTemporalModule)
        return self.temporal_module

    @torch.inference_mode()
    def notes(self, features: PooledFeatures) -> str:
        """What was recognised, in words with times."""
        return self._seer(self, features)

    @torch.inference_mode()
    def sightings(self, features: PooledFeatures) -> Sequence[Sighting]:
        """What the notes tell for sure."""
        return self._seer.sightings(self, features)

    def new_temporal_module(self, kind: str = "copy", **more: Any) -> TemporalModule:
        own = f"compact-{kind}"  # whose tokens speak words
        return super().new_temporal_module(own if own in KINDS else kind, **more)

    def take_lora(self, folder: Path) -> None:
        self.decoder = self.decoder.with_lora(folder)
        self.language_model = self.decoder.llm

    def logits_processor(self, turn: Turn, prompt: EmbeddedPrompt) -> LogitsProcessor:
        return NoRepeatNGramLogitsProcessor(REPEATED)

    def postprocess(self, pieces: Iterator[str], turn: Turn) -> Iterator[str]:
        """In traditional characters where the conversation is; the LLM mixes the two."""
        return streamed_in_traditional(pieces) if turn.script == TRADITIONAL else pieces

    def embed_ids(self, ids: list[int]) -> Tensor:
        return self.decoder.embed(ids)

    def new_cache(self) -> Any:
        return self.decoder.new_cache()

    def new_batch(self) -> CacheBatch | None:
        return self.decoder.new_batch()

    def forward(self, embeds: Tensor, cache: Any, **more: Any) -> Tensor:
        return self.decoder.forward(embeds, cache)


class CompactMini(CompactImageLLM):
    """EfficientNet-Lite2 and NanoDet + WordSpaceAlignment + Qwen2.5-Coder-0.5B-Instruct."""

    name = "compact-mini"
