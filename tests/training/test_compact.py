"""The embedded model is trained by the same recipe: the same student, its own kinds of temporal module."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from core.compact import lora
from core.compact.trained_parts import LanguageParts
from core.errors import SettingError
from core.features.pooling import pool
from core.training.data.order import TrainingOrder
from core.training.data.rows import TrainingRow, TrainingTurn
from core.training.loop import Trainer
from core.training.result import save_adapter
from core.training.sequences import Example
from core.training.settings import TrainingSettings
from core.training.student import LORA, Student
from tests.tiny_compact import tiny_compact

SETTINGS = TrainingSettings("tiny", ("rows",), "out", steps=4, batch=2, rate=1e-2)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["", "copy", "gru"])
def test_its_temporal_module_is_trained_and_answers_from_an_adapter(tmp_path: Path, kind: str) -> None:
    model = tiny_compact()
    if kind:
        model.temporal_module = model.new_temporal_module(kind)
    frames = np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8)
    patches = model.encode(frames)
    features = pool(patches.x, patches.grid, torch.arange(4, dtype=torch.float64), patches.extras)
    rows = [
        Example(TrainingRow("1", "clip", (TrainingTurn("What?", answer),)), features)
        for answer in ("Red.", "红。")
    ]
    settings = replace(SETTINGS, out=str(tmp_path))
    before = {name: value.clone() for name, value in model.language_model.state_dict().items()}
    order = TrainingOrder([[1, 1]], [1.0], settings.batch, 1, seed=0)
    trainer = Trainer(Student(model, settings), lambda row: row, rows, order, settings, Accelerator())
    losses = [step.score.loss for step in trainer.run()]
    assert losses[-1] < losses[0]
    assert all(torch.equal(value, before[name]) for name, value in model.language_model.state_dict().items())
    save_adapter(model, settings, trainer.state().trained)
    fresh = tiny_compact()
    fresh.load_adapter(tmp_path)
    assert fresh.notes(features) == model.notes(features)
    prefixes = [each.visual_prefix(features)["temporal"] for each in (fresh, model)]
    torch.testing.assert_close(*prefixes, rtol=0.05, atol=0.05)  # it is kept in 16 bits
    assert fresh.temporal_module.config.kind == f"compact-{kind or 'attention'}"


@pytest.mark.slow
def test_updates_of_the_llm_may_be_all_that_is_trained() -> None:
    """Then its notes, which g_t makes, stay what they are."""
    model = tiny_compact()
    before = {name: value.clone() for name, value in model.temporal_module.state_dict().items()}
    patches = model.encode(np.random.default_rng(0).integers(0, 256, (4, 64, 64, 3), dtype=np.uint8))
    features = pool(patches.x, patches.grid, torch.arange(4, dtype=torch.float64), patches.extras)
    row = Example(TrainingRow("1", "clip", (TrainingTurn("What?", "Red."),)), features)
    settings = replace(SETTINGS, train=(), lora=4)
    student = Student(model, settings)
    assert all(LORA in name for name in student.trained())
    order = TrainingOrder([[1]], [1.0], settings.batch, 1, seed=0)
    trainer = Trainer(student, lambda row: row, [row], order, settings, Accelerator())
    losses = [step.score.loss for step in trainer.run()]
    assert losses[-1] < losses[0]
    after = model.temporal_module.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    with pytest.raises(SettingError, match="at least one of g_t, g, or --lora"):
        replace(settings, lora=0)


@pytest.mark.slow
def test_updates_of_its_llm_are_trained_and_taken_as_peft_would_and_as_its_own_are(tmp_path: Path) -> None:
    model, settings = tiny_compact(), replace(SETTINGS, out=str(tmp_path), lora=4)
    student = Student(model, settings)
    trained = {name: torch.randn_like(each) * 0.1 for name, each in student.trained().items()}
    student.load_state_dict(trained, strict=False)
    save_adapter(model, settings, trained)
    embeds = torch.randn(5, model.embedding_width)
    with torch.inference_mode():
        expected = model.hidden(embeds[None])[0]  # Shape: (L, K)

    fresh = tiny_compact()
    fresh.load_adapter(tmp_path)
    with torch.inference_mode():
        torch.testing.assert_close(fresh.hidden(embeds[None])[0], expected, rtol=0.05, atol=0.05)
    plain = tiny_compact()
    logits = fresh.forward(embeds, fresh.new_cache())
    assert not torch.allclose(logits, plain.forward(embeds, plain.new_cache()), atol=0.1)

    parts = LanguageParts.none().with_lora(tmp_path)
    lora.merge(plain.language_model, parts.updates, parts.config.lora_scale)
    torch.testing.assert_close(plain.forward(embeds, plain.new_cache()), logits, rtol=1e-3, atol=1e-3)
