"""g_t: every kind starts as a copy of g, and what is saved comes back."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.errors import ModelError
from core.features.adapter import build_temporal_module, load_temporal_module, save_temporal_module
from core.features.adapter_parts import load_alignment, save_alignment
from core.features.pooling import CELLS
from core.features.temporal_module import TemporalModule, TemporalModuleConfig

GENERAL = ("copy", "attention", "gru")
PATCH_WIDTH, EMBEDDING_WIDTH, FRAMES = 12, 8, 6


def config(kind: str, **more) -> TemporalModuleConfig:
    return TemporalModuleConfig(
        kind, "tiny", "tiny-0", PATCH_WIDTH, EMBEDDING_WIDTH, hidden_width=20, heads=2, cell_width=3, **more
    )


@pytest.fixture
def g() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.LayerNorm(PATCH_WIDTH), nn.Linear(PATCH_WIDTH, EMBEDDING_WIDTH)).eval()


@pytest.fixture
def inputs() -> tuple[Tensor, Tensor, Tensor]:
    """temporal [B, T, D], cells [B, T, C, D], seconds [B, T]."""
    random = torch.Generator().manual_seed(1)
    temporal = torch.randn(2, FRAMES, PATCH_WIDTH, generator=random)
    cells = torch.randn(2, FRAMES, CELLS * CELLS, PATCH_WIDTH, generator=random)
    return temporal, cells, torch.arange(FRAMES, dtype=torch.float64).expand(2, -1)


def trained(kind: str, g: nn.Module) -> TemporalModule:
    """A module whose every weight has moved away from the start."""
    module = build_temporal_module(config(kind), g).eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    return module


@pytest.mark.parametrize("kind", GENERAL)
@torch.inference_mode()
def test_every_kind_starts_as_a_copy_of_g(kind: str, g: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    module = build_temporal_module(config(kind), g).eval()
    assert torch.equal(module(*inputs), g(inputs[0]))


@pytest.mark.parametrize("kind", GENERAL)
@torch.inference_mode()
def test_the_copy_has_weights_of_its_own(kind: str, g: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    before = g(inputs[0])
    module = trained(kind, g)
    assert not torch.equal(module(*inputs), before)
    assert torch.equal(g(inputs[0]), before)


@pytest.mark.parametrize("kind", [kind for kind in GENERAL if kind != "copy"])
@torch.inference_mode()
def test_a_trained_module_over_time_tells_forwards_from_backwards(
    kind: str, g: nn.Module, inputs: tuple[Tensor, ...]
) -> None:
    module = trained(kind, g)
    temporal, cells, seconds = inputs
    backwards = module(temporal.flip(1), cells.flip(1), seconds)
    assert not torch.allclose(backwards.flip(1), module(*inputs), atol=1e-4)


@pytest.mark.parametrize("kind", GENERAL)
@torch.inference_mode()
def test_clips_of_a_batch_do_not_mix(kind: str, g: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    module = trained(kind, g)
    together = module(*inputs)
    alone = torch.cat([module(*(each[i : i + 1] for each in inputs)) for i in range(2)])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize("kind", GENERAL)
@torch.inference_mode()
def test_one_frame_is_enough(kind: str, g: nn.Module, inputs: tuple[Tensor, ...]) -> None:
    module = trained(kind, g)
    assert module(*(each[:, :1] for each in inputs)).isfinite().all()


@pytest.mark.parametrize("kind", GENERAL)
@torch.inference_mode()
def test_saving_and_loading_gives_the_same_outputs_bit_for_bit(
    kind: str, g: nn.Module, inputs: tuple[Tensor, ...], tmp_path: Path
) -> None:
    module = trained(kind, g)
    save_temporal_module(module, tmp_path / "adapter")
    loaded = load_temporal_module(tmp_path / "adapter", g, "tiny", "tiny-0")
    rounded = {name: value.bfloat16().float() for name, value in module.state_dict().items()}
    module.load_state_dict(rounded)
    assert loaded.config == module.config
    assert torch.equal(loaded(*inputs), module(*inputs))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_an_adapter_with_what_is_no_number_is_refused(value: float, g: nn.Module, tmp_path: Path) -> None:
    module = build_temporal_module(config("copy"), g)
    with torch.no_grad():
        next(module.parameters()).view(-1)[3] = value
    save_temporal_module(module, tmp_path)
    save_alignment({name: weight * value for name, weight in g.state_dict().items()}, tmp_path)
    for load in (
        lambda: load_temporal_module(tmp_path, g, "tiny", "tiny-0"),
        lambda: load_alignment(g, tmp_path),
    ):
        with pytest.raises(ModelError) as failure:
            load()
        assert failure.value.key == "weights_damaged"
    assert all(weight.isfinite().all() for weight in g.state_dict().values())


@pytest.mark.parametrize(("model", "fingerprint"), [("another", "tiny-0"), ("tiny", "tiny-1")])
def test_an_adapter_of_another_model_is_refused(
    model: str, fingerprint: str, g: nn.Module, tmp_path: Path
) -> None:
    save_temporal_module(build_temporal_module(config("copy"), g), tmp_path)
    with pytest.raises(ModelError) as failure:
        load_temporal_module(tmp_path, g, model, fingerprint)
    assert failure.value.key == "adapter_mismatch"


def test_a_missing_adapter_is_told(g: nn.Module, tmp_path: Path) -> None:
    with pytest.raises(ModelError) as failure:
        load_temporal_module(tmp_path / "nothing", g, "tiny", "tiny-0")
    assert failure.value.key == "adapter_missing"


def test_an_unknown_kind_lists_the_known(g: nn.Module) -> None:
    with pytest.raises(ModelError, match="copy, attention, gru"):
        build_temporal_module(config("lstm"), g)
