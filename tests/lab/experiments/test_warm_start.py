"""Claims about beginning a run where another ended."""

from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from core.compact.llm.lora import LoraLayer, state
from core.compact.trained_parts import TEMPORAL_FOLDER, WEIGHTS_FILE, WORDS_FILE
from core.errors import ModelError
from core.features.adapter import save_temporal_module
from core.lab.experiments.warm_start import warm_start, warm_start_alignment
from tests.tiny_compact import WIDTH, tiny_compact

RANK = 2


def untrained() -> SimpleNamespace:
    """What warm_start touches of a TunedModel with three new words and one layer."""
    return SimpleNamespace(
        words=nn.Parameter(torch.zeros(3, WIDTH)),
        updates={"layer": LoraLayer(nn.Linear(WIDTH, WIDTH), RANK, scale=2.0)},
    )


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A folder of a run that knew the words 猫 and 狗."""
    updates = {"layer": LoraLayer(nn.Linear(WIDTH, WIDTH), RANK, scale=2.0)}
    nn.init.normal_(updates["layer"].b)
    parts = {f"lora.model.{name}": value for name, value in state(updates).items()}
    save_file({"words.rows": torch.tensor([[1.0] * WIDTH, [2.0] * WIDTH]), **parts}, tmp_path / WEIGHTS_FILE)
    (tmp_path / WORDS_FILE).write_text("猫\n狗\n", encoding="utf-8")
    return tmp_path


def test_words_that_both_know_begin_as_they_were_learned(trained: Path):
    tuned = untrained()
    warm_start(tuned, ["狗", "鸟", "猫"], trained)
    assert tuned.words.detach()[:, 0].tolist() == [2.0, 0.0, 1.0]


def test_the_updates_are_those_of_the_other_run(trained: Path):
    tuned, x = untrained(), torch.randn(4, WIDTH)
    before = tuned.updates["layer"](x)
    torch.testing.assert_close(before, tuned.updates["layer"].base(x))
    warm_start(tuned, [], trained)
    assert not torch.allclose(tuned.updates["layer"](x), before)
    again = untrained()
    warm_start(again, [], trained)
    torch.testing.assert_close(again.updates["layer"].b, tuned.updates["layer"].b)


def test_updates_of_another_rank_are_refused(trained: Path):
    tuned = untrained()
    tuned.updates = {"layer": LoraLayer(nn.Linear(WIDTH, WIDTH), RANK + 1, scale=2.0)}
    with pytest.raises(ModelError) as caught:
        warm_start(tuned, [], trained)
    assert caught.value.key == "adapter_mismatch"


@pytest.fixture
def trained_alignment(tmp_path: Path) -> tuple[SimpleNamespace, Path]:
    """A model with three objects, and a folder with its g and g_t."""
    theirs = tiny_compact(labels=3)
    parts = {
        f"{name}.{key}": value
        for name in ("alignment", "places")
        for key, value in getattr(theirs, name).state_dict().items()
    }
    save_file(parts, tmp_path / WEIGHTS_FILE)
    save_temporal_module(theirs.temporal_module, tmp_path / TEMPORAL_FOLDER)
    return theirs, tmp_path


def test_g_and_g_t_are_those_of_the_other_run(trained_alignment: tuple[SimpleNamespace, Path]):
    theirs, folder = trained_alignment
    mine = tiny_compact(labels=3)
    warm_start_alignment(mine, folder)  # type: ignore[arg-type]
    for name, part in vars(theirs).items():
        for key, value in part.state_dict().items():
            learned = getattr(mine, name).state_dict()[key]
            torch.testing.assert_close(learned, value, atol=0.02, rtol=0.02)  # g_t is kept in bfloat16


def test_a_g_of_other_labels_is_refused(trained_alignment: tuple[SimpleNamespace, Path]):
    with pytest.raises(ModelError) as caught:
        warm_start_alignment(tiny_compact(labels=4), trained_alignment[1])  # type: ignore[arg-type]
    assert caught.value.key == "adapter_mismatch"


def test_a_layer_that_the_other_run_did_not_have_stays_as_it_is(
    trained_alignment: tuple[SimpleNamespace, Path],
):
    folder = trained_alignment[1]
    saved = load_file(folder / WEIGHTS_FILE)
    save_file({k: v for k, v in saved.items() if "photograph" not in k}, folder / WEIGHTS_FILE)
    mine = tiny_compact(labels=3)
    before = mine.alignment.photograph.weight.detach().clone()
    warm_start_alignment(mine, folder)  # type: ignore[arg-type]
    assert torch.equal(mine.alignment.photograph.weight, before)
