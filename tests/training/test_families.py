"""Every family of the registry, on a tiny checkpoint with random weights, is trained as the recipe says."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from accelerate import Accelerator
from safetensors.torch import load_file
from transformers import AutoModelForImageTextToText

from core.features.adapter import WEIGHTS_FILE
from core.features.pooling import pool
from core.image_llm.hugging_face import HuggingFaceImageLLM
from core.training.data.order import TrainingOrder
from core.training.data.rows import TrainingRow, TrainingTurn
from core.training.loop import Trainer
from core.training.result import save_adapter
from core.training.sequences import IGNORED, Example, sequence_of
from core.training.settings import TrainingSettings
from core.training.student import Student
from tests.tiny_checkpoints import load_checkpoint, tiny_families, write_checkpoints

TINY = tiny_families()
FRAMES = 3

pytestmark = pytest.mark.parametrize("model_type", TINY)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_checkpoints(tmp_path_factory.mktemp("checkpoints"))


@pytest.fixture
def model(folders: dict[str, Path], model_type: str) -> HuggingFaceImageLLM:
    return load_checkpoint(folders[model_type])


def some_frames(count: int, seed: int) -> np.ndarray:
    """Of large patches: the means of fine noise are all alike."""
    patches = np.random.default_rng(seed).integers(0, 256, (count, 3, 5, 3), dtype=np.uint8)
    return patches.repeat(16, axis=1).repeat(16, axis=2)


def example(model: HuggingFaceImageLLM, frames: np.ndarray, *turns: tuple[str, str]) -> Example:
    patches = model.encode(frames)
    features = pool(patches.x, patches.grid, torch.arange(len(frames), dtype=torch.float64))
    return Example(TrainingRow("1", "clip", tuple(TrainingTurn(*turn) for turn in turns)), features)


def trained(
    model: HuggingFaceImageLLM, examples: Sequence[Example], settings: TrainingSettings
) -> list[float]:
    """Train; the loss of each step."""
    trainer = Trainer(
        Student(model, settings),
        lambda row: row,
        examples,
        TrainingOrder([[1] * len(examples)], [1.0], settings.batch, 1, settings.seed),
        settings,
        Accelerator(),
    )
    losses = [step.score.loss for step in trainer.run()]
    save_adapter(model, settings, trainer.state().trained)
    return losses


def test_the_loss_is_that_of_a_plain_forward_of_transformers_with_labels(
    folders: dict[str, Path], model_type: str, model: HuggingFaceImageLLM
) -> None:
    """One picture and spatial tokens only, which is what the family's own image path reads."""
    model.stretches = ("spatial",)
    frame = some_frames(1, seed=0)
    dialogue = example(model, frame, ("What is it?", "A cat."), ("在哪里？", "左边。"))
    short = example(model, frame, ("Where?", "Here."))
    sequence = sequence_of(model, dialogue)
    student = Student(model, TrainingSettings("tiny", ("rows",), "out"))
    loss, count, _ = student([dialogue, short])
    alone = student([short])
    theirs = reference_loss(folders[model_type], model, frame, sequence.prompt.ids, sequence.labels)
    ours = (loss - alone[0]) / (count - alone[1])  # a batch of two is filled up, which must change nothing
    assert ours.item() == pytest.approx(theirs, rel=1e-4)
    said = model.tokenizer.decode(sequence.labels[sequence.labels != IGNORED])
    assert "A cat." in said
    assert "左边。" in said
    assert "What" not in said
    assert sequence.labels[sequence.labels != IGNORED][-1].item() in model.end_ids


def reference_loss(
    folder: Path, model: HuggingFaceImageLLM, frame: np.ndarray, our_ids: tuple[int, ...], ours: torch.Tensor
) -> float:
    """Theirs: pixels in, labels beside the tokens that they are of."""
    reference: Any = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32).eval()
    ids = torch.tensor([[model.placeholder_id if each < 0 else each for each in our_ids]])
    labels = torch.cat([torch.tensor([IGNORED]), ours])[None]  # Shape: (1, L + 1)
    last = ours[-1:] if ours[-1] != IGNORED else torch.tensor([0])
    ids = torch.cat([ids, last[None]], dim=1)
    inputs = model.prepare(frame)
    visual = (ids == model.placeholder_id).long()
    if model.name == "llava-onevision":  # one picture of two: such are not tiled
        inputs["pixel_values"] = inputs["pixel_values"][:, None]
        inputs |= {"image_sizes": torch.tensor([[32, 32]]), "batch_num_images": torch.tensor([2])}
    if model.name == "gemma3":
        inputs["token_type_ids"] = visual
    if "image_grid_thw" in inputs:
        inputs["mm_token_type_ids"] = visual
    with torch.inference_mode():
        return reference(input_ids=ids, labels=labels, **inputs).loss.item()


def test_only_the_temporal_module_changes_and_only_it_is_in_the_file(
    model: HuggingFaceImageLLM, tmp_path: Path
) -> None:
    rows = [example(model, some_frames(FRAMES, seed), ("What?", f"{seed}")) for seed in range(4)]
    before = {name: value.clone() for name, value in model.language_model.state_dict().items()}
    own = {name: value.clone() for name, value in model.temporal_module.state_dict().items()}
    losses = trained(
        model, rows, TrainingSettings("tiny", ("rows",), str(tmp_path), steps=6, batch=4, rate=1e-2)
    )
    assert losses[-1] < losses[0]
    after = model.language_model.state_dict()
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert any(
        not torch.equal(value, own[name]) for name, value in model.temporal_module.state_dict().items()
    )
    assert load_file(tmp_path / WEIGHTS_FILE).keys() == own.keys()
    assert {path.name for path in tmp_path.iterdir()} == {"config.json", WEIGHTS_FILE}


def test_g_and_updates_of_the_llm_are_taken_from_the_folder_too(
    folders: dict[str, Path], model_type: str, model: HuggingFaceImageLLM, tmp_path: Path
) -> None:
    rows = [example(model, some_frames(FRAMES, seed), ("What?", f"{seed}")) for seed in range(4)]
    settings = TrainingSettings(
        "tiny", ("rows",), str(tmp_path), train=("g_t", "g"), lora=4, steps=6, batch=4, rate=3e-3
    )
    g = {name: value.clone() for name, value in model.alignment.state_dict().items()}
    before = trained(model, rows, settings)[0]
    assert all(not torch.equal(value, g[name]) for name, value in model.alignment.state_dict().items())
    fresh = load_checkpoint(folders[model_type])
    fresh.load_adapter(tmp_path)
    plain = TrainingSettings("tiny", ("rows",), "out")
    loss, count, _ = Student(fresh, plain)(rows)
    expected, _, _ = Student(model, plain)(rows)
    assert loss.item() == pytest.approx(expected.item(), rel=0.05)  # it is kept in 16 bits
    assert (loss / count).item() < 0.9 * before
