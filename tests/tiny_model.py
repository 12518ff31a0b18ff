"""A tiny Image LLM with random weights and the real interface: the whole engine in milliseconds."""

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from core.dialogue.prompt import ChatTemplate
from core.image_llm.base import ImageLLM, PatchFeatures
from core.image_llm.load_options import LoadOptions
from core.progress import Progress

GRID = (3, 3)  # N = 9


class TinyImageLLM(ImageLLM):
    """Patch features are mean colours; the LLM is a two-layer Llama over bytes."""

    name = "tiny"
    languages = ("en", "zh")
    decode_area = 64 * 64
    template = ChatTemplate("<u>", "\n", "<u>", "</u><a>", "</a>")
    timestamps = True
    compares_clips = True
    reads_subtitles = True
    context_length = 2048

    def __init__(self, seed: int = 0) -> None:
        torch.manual_seed(seed)
        self.fingerprint = f"tiny-{seed}"
        self.patch_width, self.embedding_width = 12, 32
        self.encoded_frames = 0
        self.fed_tokens = 0
        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        vocabulary = {letter: index for index, letter in enumerate(alphabet)}
        tokenizer = Tokenizer(models.BPE(vocabulary, []))
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        self.tokenizer = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="</a>")
        self.tokenizer.add_special_tokens({"additional_special_tokens": ["<u>", "</u>", "<a>"]})
        self.end_ids = frozenset([self.tokenizer.eos_token_id])
        config = LlamaConfig(
            vocab_size=len(self.tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=2048,
            initializer_range=0.5,  # spread, so that greedy choices are not ties
        )
        self.language_model = LlamaForCausalLM(config).eval()
        self.alignment = nn.Linear(self.patch_width, self.embedding_width).eval()
        self.temporal_module = self.new_temporal_module("copy").eval()
        self._colours = nn.Linear(3, self.patch_width).eval()

    @torch.inference_mode()
    def encode(self, frames: np.ndarray) -> PatchFeatures:
        self.encoded_frames += len(frames)
        pictures = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255  # Shape: (T, 3, H, W)
        means = nn.functional.adaptive_avg_pool2d(pictures, GRID)  # Shape: (T, 3, h, w)
        return PatchFeatures(self._colours(means.flatten(2).transpose(1, 2)), GRID)

    def forward(self, embeds, cache):
        self.fed_tokens += len(embeds)
        return super().forward(embeds, cache)


def load_tiny(progress: Progress, options: LoadOptions) -> TinyImageLLM:
    """As the registry wants it: "tests.tiny_model:load_tiny"."""
    progress("loading", 1.0)
    return TinyImageLLM()
