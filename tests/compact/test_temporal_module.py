"""Compact's g_t: what it says of frames, that it hears of crops, and that it is saved whole."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.compact.alignment import OBJECT
from core.compact.eyes import PATCH_WIDTH
from core.compact.temporal_module import CompactCopy, CompactOverTime
from core.compact.vision.crops import Crops
from core.compact.vision.efficientnet import FEATURES
from core.features.adapter import build_temporal_module, load_temporal_module, save_temporal_module
from core.features.pooling import CELLS
from core.features.temporal_module import TemporalModuleConfig
from core.lab.training.initialisation import Sight
from tests.tiny_compact import WIDTH, tiny_sight

KINDS = ("compact-copy", "compact-attention", "compact-gru")
FRAMES = 6


@pytest.fixture
def sight() -> Sight:
    return tiny_sight()


def build(kind: str, sight: Sight) -> CompactCopy | CompactOverTime:
    config = TemporalModuleConfig(
        kind, "tiny", "tiny-0", PATCH_WIDTH, WIDTH, hidden_width=20, heads=2, cell_width=3
    )
    module = build_temporal_module(config, sight.alignment).eval()
    assert isinstance(module, CompactCopy | CompactOverTime)
    return module


@pytest.fixture
def inputs() -> tuple[Tensor, Tensor, Tensor]:
    """temporal [B, T, D], cells [B, T, C, D], seconds [B, T]."""
    random = torch.Generator().manual_seed(1)
    temporal = torch.rand(2, FRAMES, PATCH_WIDTH, generator=random)
    cells = torch.rand(2, FRAMES, CELLS * CELLS, PATCH_WIDTH, generator=random)
    return temporal, cells, torch.arange(FRAMES, dtype=torch.float64).expand(2, -1)


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_every_kind_hears_of_crops(kind: str, sight: Sight, inputs: tuple[Tensor, ...]):
    module = build(kind, sight)
    crops = Crops(torch.randn(2, FRAMES, FEATURES), torch.ones(2, FRAMES, 4))
    told, untold = (module(*inputs, extras) for extras in (crops.as_extras(), {}))
    assert not torch.allclose(told, untold, atol=1e-4)
    torch.testing.assert_close(module(*inputs, {}), module(*inputs))


@pytest.mark.parametrize("kind", KINDS[1:])
@torch.inference_mode()
def test_before_training_a_kind_over_time_names_what_g_does(
    kind: str, sight: Sight, inputs: tuple[Tensor, ...]
):
    """It is a copy of g on each frame, which is told what is in the frame's cells, too."""
    module, g = build(kind, sight), sight.alignment
    frames = inputs[0].clone()
    frames[..., FEATURES:] = (8 * frames[..., FEATURES:]).clamp(max=1.0)  # one thing seldom fills a picture
    wanted = g.shares(frames, g.names_in(inputs[1]))
    torch.testing.assert_close(module.told(*inputs)[0], wanted, atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("kind", KINDS[1:])
@torch.inference_mode()
def test_what_a_frame_does_is_a_second_token(kind: str, sight: Sight, inputs: tuple[Tensor, ...]):
    module = build(kind, sight)
    assert module.tokens_per_frame == 2
    first, second = module(*inputs).unflatten(1, (FRAMES, 2)).unbind(dim=2)
    assert torch.equal(second, torch.zeros_like(first)), "nothing is known of motion before training"
    motion = module.heads.by_group()["motion"]  # type: ignore[union-attr]
    motion.weight.fill_(1.0)
    nn.init.normal_(motion.classify.bias)
    again, second = module(*inputs).unflatten(1, (FRAMES, 2)).unbind(dim=2)
    torch.testing.assert_close(again, first)
    torch.testing.assert_close(second.norm(dim=-1), first.norm(dim=-1))


@pytest.mark.parametrize("whole", [True, False])
@torch.inference_mode()
def test_a_frame_that_is_a_picture_is_seen_whole_by_g_itself(
    whole: bool, sight: Sight, inputs: tuple[Tensor, ...]
):
    module, (temporal, cells, seconds) = build("compact-attention", sight), inputs
    temporal[..., FEATURES:], cells[..., FEATURES:] = 0, 0  # things count otherwise in a part of a picture
    assert isinstance(module, CompactOverTime)
    nn.init.constant_(module.whole.bias, 30.0 if whole else -30.0)
    seen = sight.alignment.shares_of_pictures(temporal, cells)
    assert torch.allclose(module.told(temporal, cells, seconds)[0], seen, atol=1e-5) == whole


@torch.inference_mode()
def test_likelihoods_are_of_each_label_over_time(sight: Sight, inputs: tuple[Tensor, ...]):
    likely = sight.temporal_module.told(*inputs)[1]
    assert set(likely) == {OBJECT, "colour", "motion", "place", "count", "change"}
    for each in likely.values():
        torch.testing.assert_close(each.sum(dim=-1), torch.ones(2, FRAMES))


def test_g_is_not_a_part_of_g_t(sight: Sight):
    """It would be saved twice, and trained with it."""
    of_g = {id(parameter) for parameter in sight.alignment.parameters()}
    assert not of_g & {id(parameter) for parameter in sight.temporal_module.parameters()}


def test_words_are_no_part_of_what_is_saved(sight: Sight):
    """They are the LLM's: what is trained once speaks to any."""
    for part in (sight.alignment, sight.temporal_module):
        assert not any("words" in name or "head_weight" in name for name in part.state_dict())


@pytest.mark.parametrize("kind", KINDS)
@torch.inference_mode()
def test_saving_and_loading_gives_the_same_outputs(
    kind: str, sight: Sight, inputs: tuple[Tensor, ...], tmp_path: Path
):
    module = build(kind, sight)
    for parameter in module.parameters():
        parameter += 0.01 * torch.randn_like(parameter)
    save_temporal_module(module, tmp_path)
    loaded = load_temporal_module(tmp_path, sight.alignment, "tiny", "tiny-0")
    module.load_state_dict({name: value.bfloat16().float() for name, value in module.state_dict().items()})
    assert loaded.config == module.config
    assert torch.equal(loaded(*inputs), module(*inputs))
