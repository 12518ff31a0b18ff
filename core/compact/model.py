"""The compact model as an ImageLLM. Its weights: see base_weights.py and trained_parts.py."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import LlamaForCausalLM, LogitsProcessor, PreTrainedTokenizerBase

from core.compact.alignment import OBJECT, PatchPlaces, WordSpaceAlignment, class_names
from core.compact.base_weights import load_encoder
from core.compact.llm.articles import streamed_with_articles
from core.compact.llm.grounding import Grounding, NameGrounding
from core.compact.llm.logits import CompactLogits
from core.compact.llm.openvino_decoder import OpenVinoDecoder
from core.compact.llm.traditional import streamed_in_traditional
from core.compact.llm.vocabulary import Name, Vocabulary
from core.compact.llm.words import suppressed_tokens, word_embedding
from core.compact.temporal_module import CompactTemporalModule
from core.compact.trained_parts import CompactConfig, fingerprint_of
from core.compact.vision.crops import Crops, ObjectDetector
from core.compact.vision.efficientnet import FEATURES
from core.compact.vision.frame_encoder import FRAME_AREA, GRID, FrameEncoder, class_head
from core.dialogue.conversation import Turn
from core.dialogue.prompt import ChatTemplate, PromptPart
from core.features.pooling import PooledFeatures
from core.image_llm.base import TOPICS, EmbeddedPrompt, ImageLLM, PatchFeatures
from core.language.script import common_script, is_traditional

END = "<|im_end|>"


class GroundedPrefix(dict[str, Tensor]):
    """The stretches of a clip's visual prefix, and the grounding of its names."""

    def __init__(self, stretches: dict[str, Tensor], grounding: Grounding | None) -> None:
        super().__init__(stretches)
        self.grounding = grounding


@dataclass(frozen=True)
class GroundedPrompt(EmbeddedPrompt):
    """A prompt with the grounding of its clip."""

    grounding: Grounding | None


class CompactImageLLM(ImageLLM):
    """EfficientNet-Lite2 + WordSpaceAlignment + SmolLM2-135M-Instruct."""

    name = "compact"
    languages = ("en", "zh")
    decode_area = FRAME_AREA
    template = ChatTemplate(
        before_visual="<|im_start|>user\n",
        after_visual="\n",
        before_question="\n<|im_start|>user\n",
        after_question=f"{END}\n<|im_start|>assistant\n",
        after_answer=END,
    )
    patch_width = FEATURES
    context_length = 2048
    topics = TOPICS - {"colour"}  # it knows the colours of backgrounds, of nothing else
    compares_clips = False  # never trained on two clips,
    reads_subtitles = False  # nor on what is said in one
    alignment: WordSpaceAlignment
    decoder: OpenVinoDecoder | None = (
        None  # runs the LLM's forward passes in its place, where OpenVINO is installed
    )

    def __init__(
        self,
        llm: LlamaForCausalLM,
        tokenizer: PreTrainedTokenizerBase,
        config: CompactConfig,
        encoder_updates: dict[str, Tensor] | None = None,
        detector: ObjectDetector | None = None,
    ) -> None:
        """The model before any training but its encoder's and its detector's: g gives the names of ImageNet
        classes, g_t is its copy."""
        encoder = load_encoder()
        weight, bias = class_head(encoder)
        names = {name: word_embedding(llm, tokenizer, name) for name in set(class_names("en"))}
        words = torch.stack([names[name] for name in class_names("en")]).float()  # Shape: (1000, K)
        words = words - llm.model.embed_tokens.weight.data.float().mean(dim=0)
        length = torch.linalg.vector_norm(llm.model.embed_tokens.weight.data, dim=-1).float().mean()
        self.config = config
        self.timestamps = config.timestamps
        self.embedding_width = llm.config.hidden_size
        self.language_model, self.tokenizer = llm, tokenizer
        self.end_ids = frozenset(tokenizer.encode(END, add_special_tokens=False))
        self.alignment = WordSpaceAlignment(
            weight,
            bias,
            torch.nn.functional.normalize(words, dim=-1) * length,
            config.word_heads,
            config.class_labels,
        ).eval()
        self.places = PatchPlaces(GRID[0] * GRID[1], self.embedding_width)
        self.fingerprint = fingerprint_of(None)
        self.temporal_module = self.new_temporal_module("compact-copy").eval()
        self.encoder_updates = encoder_updates or {}
        self._encode = FrameEncoder(encoder, self.encoder_updates, detector=detector)
        self._suppressed: dict[str, Tensor] = {}
        self._name_grounding: NameGrounding | None = None

    def encode(self, frames: np.ndarray) -> PatchFeatures:
        return self._encode(frames)

    def align(self, features: PooledFeatures) -> Tensor:
        return self.align_places(features.spatial, features.cells, Crops.of(features.extras))

    def align_places(self, tokens: Tensor, cells: Tensor, crops: Crops | None = None) -> Tensor:
        """g of spatial tokens, with their positions: [..., N, D], cells [..., T, C, D] -> [..., N, K]."""
        return self.places(self.alignment.of_places(tokens, cells, crops))

    @property
    def own_temporal_module(self) -> CompactTemporalModule:
        """g_t, which is of one of compact's own kinds unless an adapter is."""
        assert isinstance(self.temporal_module, CompactTemporalModule)
        return self.temporal_module

    def learn_vocabulary(self, taught: Vocabulary) -> None:
        """Enable grounding, for the names that it was trained to say; answers can then be doubted."""
        g = self.alignment
        others = [number for number, label in enumerate(g.class_labels.tolist()) if label < 0]
        classes = list(zip(class_names("en"), class_names("en"), class_names("zh"), strict=True))
        names = [*taught.objects, *(Name(*classes[number]) for number in others)]
        words = torch.cat([g.heads.by_group()[OBJECT].words, g.class_words[others]])  # Shape: (n, K)
        self._name_grounding = NameGrounding(words, names, taught.phrases, self.tokenizer)

    @torch.inference_mode()
    def visual_prefix(self, features: PooledFeatures) -> dict[str, Tensor]:
        prefix = super().visual_prefix(features)
        if self._name_grounding is None:
            return GroundedPrefix(prefix, None)
        photograph = self.alignment.photograph_likelihood(features.temporal)
        return GroundedPrefix(prefix, self._name_grounding(prefix, photograph))

    def embed(self, parts: list[PromptPart], prefix: dict[str, Tensor]) -> EmbeddedPrompt:
        prompt = super().embed(parts, prefix)
        grounding = prefix.grounding if isinstance(prefix, GroundedPrefix) else None
        return GroundedPrompt(prompt.ids, prompt.embeds, grounding)

    def readable(self, text: str) -> str:
        """In simplified characters: it has no words for traditional ones."""
        return common_script(super().readable(text))

    def logits_processor(self, turn: Turn, prompt: EmbeddedPrompt) -> LogitsProcessor:
        if turn.language not in self._suppressed:
            self._suppressed[turn.language] = suppressed_tokens(self.tokenizer, turn.language)
        grounding = prompt.grounding if isinstance(prompt, GroundedPrompt) else None
        named = {number for number in prompt.ids if number >= 0}
        beside = grounding.beside(named) if grounding else None
        return CompactLogits(self._suppressed[turn.language], beside, turn)

    def postprocess(self, pieces: Iterator[str], turn: Turn) -> Iterator[str]:
        """It chooses an article before the noun, and writes simplified characters only."""
        if turn.language == "en":
            pieces = streamed_with_articles(pieces)
        return streamed_in_traditional(pieces) if is_traditional(turn.question) else pieces

    def new_cache(self) -> Any:
        return self.decoder.new_cache() if self.decoder else super().new_cache()

    @torch.inference_mode()
    def forward(self, embeds: Tensor, cache: Any, **more: Any) -> Tensor:
        return self.decoder.forward(embeds, cache) if self.decoder else super().forward(embeds, cache, **more)
