"""The compact model with random weights: a small LLM, eyes that see colours. Needs no download."""

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from torch import Tensor, nn
from transformers import PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from core.compact.alignment import WordSpaceAlignment
from core.compact.eyes import PATCH_WIDTH
from core.compact.llm.decoders import TorchDecoder
from core.compact.model import END, CompactImageLLM
from core.compact.vision.efficientnet import FEATURES
from core.compact.vision.frame_encoder import GRID
from core.image_llm.base import PatchFeatures
from core.lab.training.initialisation import Sight, untrained, words_of_no_llm

WIDTH = 16  # K
CLASSES = 1000


def tiny_llm(vocabulary: int = 300, seed: int = 0) -> Qwen2ForCausalLM:
    """Two layers; with biases, as any Qwen2."""
    torch.manual_seed(seed)
    config = Qwen2Config(
        vocab_size=vocabulary,
        hidden_size=WIDTH,
        intermediate_size=2 * WIDTH,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=8192,
        initializer_range=0.5,  # spread, so that greedy choices are not ties
        tie_word_embeddings=True,
    )
    llm = Qwen2ForCausalLM(config).eval()
    for name, parameter in llm.named_parameters():
        if name.endswith("bias"):
            nn.init.normal_(parameter, std=0.5)
    return llm


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    """Bytes, and the tokens of Qwen's chats."""
    vocabulary = {letter: index for index, letter in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    tokenizer = Tokenizer(models.BPE(vocabulary, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token=END)
    fast.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|endoftext|>"]})
    return fast


class TinyEyes:
    """In the place of Eyes: features are random mixtures of the mean colours of patches."""

    fingerprint = "tiny"

    def __init__(self) -> None:
        random = torch.Generator().manual_seed(1)
        self.class_head = (torch.randn(CLASSES, FEATURES, generator=random) / 30, torch.zeros(CLASSES))
        self._colours = torch.randn(3, PATCH_WIDTH, generator=random)

    def __call__(self, frames: np.ndarray) -> PatchFeatures:
        pictures = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 255  # Shape: (T, 3, H, W)
        means = nn.functional.adaptive_avg_pool2d(pictures, GRID).flatten(2).mT  # Shape: (T, N, 3)
        x = means @ self._colours  # Shape: (T, N, D)
        x[..., FEATURES:] = 0  # no person, no thing
        return PatchFeatures(x, GRID)

    def fill(self, *parts: nn.Module) -> None:
        for part in parts:
            part.eval()


def tiny_compact() -> CompactImageLLM:
    """The whole model."""
    return CompactImageLLM(TorchDecoder(tiny_llm()), tiny_tokenizer(), TinyEyes())  # type: ignore[arg-type]


def tiny_sight(seed: int = 0) -> Sight:
    """g and g_t with random numbers, and words of random numbers."""
    torch.manual_seed(seed)
    sight = untrained((torch.randn(CLASSES, FEATURES) / 30, torch.zeros(CLASSES)), words_of_no_llm(WIDTH))
    for part in (sight.alignment, sight.temporal_module):
        for parameter in part.parameters():
            nn.init.normal_(parameter, std=0.05)
    return sight


@torch.no_grad()
def telling(g: WordSpaceAlignment, photograph: float = -30.0) -> Tensor:
    """Make g's head of objects the only one that speaks; returns its words. photograph: is it one?"""
    for parameter in g.parameters():
        parameter.zero_()
    head = g.heads.by_group()["object"]
    head.weight.fill_(1.0)
    head.classify.weight.normal_()
    g.photograph.bias.fill_(photograph)
    return head.words
