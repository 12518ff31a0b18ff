"""Compact's g_t: every kind starts as a copy of g and hears of crops; words may have a token of their own."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.compact.alignment import WordSpaceAlignment
from core.compact.temporal_module import CompactCopy, CompactOverTime
from core.compact.vision.crops import Crops
from core.features.adapter import build_temporal_module, load_temporal_module, save_temporal_module
from core.features.pooling import CELLS
from core.features.temporal_module import TemporalModuleConfig
from tests.tiny_compact import WIDTH, tiny_compact

KINDS = ("compact-copy", "compact-attention", "compact-gru")
OVER_TIME = KINDS[1:]
FRAMES, LABELS = 6, 3
HEADS = {"object": 5, "motion": 3}


def build(kind: str, g: WordSpaceAlignment, **options: object) -> CompactCopy | CompactOverTime:
    config = TemporalModuleConfig(
        kind, "tiny", "tiny-0", WIDTH, WIDTH, hidden_width=20, heads=2, cell_width=3, options=options
    )
    module = build_temporal_module(config, g).eval()
    assert isinstance(module, CompactCopy | CompactOverTime)
    return module


@pytest.fixture
def g() -> WordSpaceAlignment:
    torch.manual_seed(0)
    return tiny_compact(LABELS).alignment.eval()


@pytest.fixture
def inputs() -> tuple[Tensor, Tensor, Tensor]:
    """temporal [B, T, D], cells [B, T, C, D], seconds [B, T]."""
    random = torch.Generator().manual_seed(1)
    temporal = torch.randn(2, FRAMES, WIDTH, generator=random)
    cells = torch.randn(2, FRAMES, CELLS * CELLS, WIDTH, generator=random)
    return temporal, cells, torch.arange(FRAMES, dtype=torch.float64).expand(2, -1)


def copied(kind: str, g: WordSpaceAlignment, inputs: tuple[Tensor, ...]) -> Tensor:
    """What g says of each frame: the kinds over time tell it what is in the frame's cells, too."""
    return g(inputs[0]) if kind == "compact-copy" else g(inputs[0], g.names_in(inputs[1]))


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_every_kind_starts_as_a_copy_of_g(kind: str, g: WordSpaceAlignment, inputs: tuple[Tensor, ...]):
    torch.testing.assert_close(build(kind, g)(*inputs), copied(kind, g, inputs), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_every_kind_hears_of_crops(kind: str, g: WordSpaceAlignment, inputs: tuple[Tensor, ...]):
    module = build(kind, g)
    crops = Crops(torch.randn(2, FRAMES, WIDTH), torch.ones(2, FRAMES, 4))
    assert not torch.allclose(module(*inputs, crops.as_extras()), module(*inputs), atol=1e-3)
    torch.testing.assert_close(module(*inputs, {}), module(*inputs))


@pytest.mark.parametrize("kind", OVER_TIME)
@torch.inference_mode()
def test_words_apart_make_a_second_token_of_each_frame(
    kind: str, g: WordSpaceAlignment, inputs: tuple[Tensor, ...]
):
    module = build(kind, g, word_heads=HEADS, second_token=["motion"])
    assert module.tokens_per_frame == 2
    first, second = module(*inputs).unflatten(1, (FRAMES, 2)).unbind(dim=2)
    torch.testing.assert_close(first, copied(kind, g, inputs), atol=1e-3, rtol=1e-3)
    assert torch.equal(second, torch.zeros_like(first))  # nothing is known of motion before training
    motion = module.heads.by_group()["motion"]
    motion.words.normal_()
    motion.weight.fill_(1.0)
    motion.classify.bias.normal_()
    again, second = module(*inputs).unflatten(1, (FRAMES, 2)).unbind(dim=2)
    torch.testing.assert_close(again, first)  # as long as the object's head is silent
    torch.testing.assert_close(second.norm(dim=-1), first.norm(dim=-1))


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_saving_and_loading_gives_the_same_outputs(
    kind: str, g: WordSpaceAlignment, inputs: tuple[Tensor, ...], tmp_path: Path
):
    options = {} if kind == "compact-copy" else {"word_heads": HEADS, "second_token": ["motion"]}
    module = build(kind, g, **options)
    for parameter in module.parameters():
        parameter += 0.1 * torch.randn_like(parameter)
    save_temporal_module(module, tmp_path)
    loaded = load_temporal_module(tmp_path, g, "tiny", "tiny-0")
    module.load_state_dict({name: value.bfloat16().float() for name, value in module.state_dict().items()})
    assert loaded.config == module.config
    assert torch.equal(loaded(*inputs), module(*inputs))
