"""The loop, on a tiny model: the same numbers however a step is cut up, and whatever stops it."""

from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.errors import TrainingError
from core.training.checkpoint import load_checkpoint, save_checkpoint
from core.training.settings import TrainingSettings, read_settings, write_settings
from tests.training.tiny_training import SETTINGS, example, trainer_of
from tests.training.two_processes import in_two_processes


def assert_same(ours: dict[str, Tensor], theirs: dict[str, Tensor], tolerance: float = 0.0) -> None:
    assert ours.keys() == theirs.keys()
    for name, value in ours.items():
        torch.testing.assert_close(value, theirs[name], rtol=tolerance, atol=tolerance, msg=name)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["copy", "attention", "gru"])
def test_twenty_steps_are_ten_and_ten_more_from_a_checkpoint(tmp_path: Path, kind: str) -> None:
    whole = trainer_of(kind=kind)
    losses = [step.score.loss for step in whole.run()]
    first = trainer_of(kind=kind)
    before = [step.score.loss for step in islice(first.run(), 10)]
    save_checkpoint(first.state(), tmp_path)
    second = trainer_of(kind=kind)
    second.resume(load_checkpoint(tmp_path, run=""))
    assert before + [step.score.loss for step in second.run()] == losses
    assert_same(second.state().trained, whole.state().trained)
    assert losses[-1] < losses[0]


def test_a_step_in_two_passes_is_a_step_in_one() -> None:
    in_one = trainer_of(replace(SETTINGS, batch=8, steps=3))
    in_two = trainer_of(replace(SETTINGS, batch=4, accumulate=2, steps=3))
    losses = [[step.score.loss for step in each.run()] for each in (in_one, in_two)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)
    assert_same(in_one.state().trained, in_two.state().trained, tolerance=1e-5)


@pytest.mark.slow
def test_two_processes_do_what_one_does_with_twice_the_batch(tmp_path: Path, free_port: int) -> None:
    codes, said = in_two_processes(free_port, "tests.training.tiny_training", "4", "3", str(tmp_path))
    assert codes == [0, 0], said
    alone = trainer_of(replace(SETTINGS, batch=8, steps=3))
    list(alone.run())
    together = load_checkpoint(tmp_path, run="")
    assert_same(together.trained, alone.state().trained, tolerance=1e-5)


def test_a_loss_that_is_no_number_ends_the_run_and_changes_nothing() -> None:
    trainer = trainer_of()
    list(islice(trainer.run(), 3))
    before = trainer.state().trained
    broken = example(trainer._plain.model, 1)
    broken.features.temporal.fill_(float("nan"))
    trainer._load = lambda row: broken
    with pytest.raises(TrainingError, match=r"step 4.*checkpoint\.pt.*--rate"):
        next(trainer.run())
    assert trainer.step == 3
    assert_same(trainer.state().trained, before)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), "not enough memory"),
        (RuntimeError("CUDA error: unspecified launch failure"), "a GPU or another process was lost"),
    ],
)
def test_a_lost_gpu_ends_the_run_with_a_clear_word(
    monkeypatch: pytest.MonkeyPatch, error: RuntimeError, said: str
) -> None:
    trainer = trainer_of()

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(trainer._accelerator, "backward", fail)
    with pytest.raises(TrainingError, match=f"step 1: {said}"):
        next(trainer.run())


def test_a_bug_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = trainer_of()
    monkeypatch.setattr(trainer, "_load", lambda row: {}["no such row"])
    with pytest.raises(KeyError):
        next(trainer.run())


def test_only_what_is_trained_has_gradients_and_state() -> None:
    trainer = trainer_of()
    next(trainer.run())
    frozen = [each for each in trainer._plain.parameters() if not each.requires_grad]
    assert frozen
    assert all(each.grad is None for each in frozen)
    state = trainer.state()
    assert state.trained.keys() == {"temporal_module.copy.weight", "temporal_module.copy.bias"}
    assert state.optimiser["state"].keys() == state.trained.keys()


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    save_checkpoint(trainer_of().state(), tmp_path)
    with pytest.raises(TrainingError, match="other settings"):
        load_checkpoint(tmp_path, run="another")


def test_settings_are_read_as_they_are_written(tmp_path: Path) -> None:
    settings = replace(
        SETTINGS, data=("数据.json:0.5", 'a "b"\\c.json'), train=("g_t", "g"), rate=1e-5, lora=8
    )
    write_settings(settings, tmp_path / "training.toml")
    assert TrainingSettings(**read_settings(tmp_path / "training.toml")) == settings
    (tmp_path / "other.toml").write_text("colour = 3\n")
    with pytest.raises(TrainingError, match="no setting colour"):
        read_settings(tmp_path / "other.toml")
