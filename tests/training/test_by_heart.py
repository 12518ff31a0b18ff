"""Sixteen rows are learned by heart: exact answers, in the same process and in another."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from accelerate import Accelerator

from core.cli.main import main
from core.features.pooling import pool
from core.image_llm.hugging_face import HuggingFaceImageLLM
from core.training.data.order import TrainingOrder
from core.training.data.rows import TrainingRow, TrainingTurn
from core.training.loop import Trainer
from core.training.sequences import Example
from core.training.settings import TrainingSettings
from core.training.student import Student
from tests.tiny_checkpoints import load_checkpoint, tiny_families, write_checkpoints
from tests.video_files import write_clip

pytestmark = pytest.mark.slow
ROWS = 16
# A random LLM says nothing that visual tokens alone could lead to an answer, so it is trained a little, too.
SETTINGS = TrainingSettings(
    "tiny", ("rows",), "out", train=("g_t", "g"), lora=8, steps=160, batch=ROWS, rate=1e-2
)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return write_checkpoints(tmp_path_factory.mktemp("checkpoints"))


def example(model: HuggingFaceImageLLM, number: int) -> Example:
    """A clip of its own, of large patches (the means of fine noise are all alike)."""
    patches = np.random.default_rng(number).integers(0, 256, (3, 3, 5, 3), dtype=np.uint8)
    seen = model.encode(patches.repeat(16, axis=1).repeat(16, axis=2))
    features = pool(seen.x, seen.grid, torch.arange(3, dtype=torch.float64))
    turn = TrainingTurn("How many cats?", f"{number * 7 % ROWS:02} cats")
    return Example(TrainingRow(f"{number}", "clip", (turn,)), features)


@pytest.mark.parametrize("model_type", tiny_families())
def test_each_family_learns_sixteen_clips_by_heart(folders: dict[str, Path], model_type: str) -> None:
    """Every token of every answer is the likeliest after those before it, so decoding writes just them."""
    model = load_checkpoint(folders[model_type])
    rows = [example(model, number) for number in range(ROWS)]
    order = TrainingOrder([[1] * ROWS], [1.0], ROWS, 1, seed=0)
    trainer = Trainer(Student(model, SETTINGS), lambda row: row, rows, order, SETTINGS, Accelerator())
    assert any(step.score.accuracy == 1 for step in trainer.run())


def test_what_was_learned_is_answered_to_the_letter_in_a_new_process(
    folders: dict[str, Path], tmp_path: Path
) -> None:
    model = folders["smolvlm"]
    for number, size in enumerate(((160, 96), (96, 160), (96, 96), (128, 64))):
        write_clip(tmp_path / f"{number}.mp4", frames=10 * (number + 1), size=size)
    answers = [f"{row * 7 % ROWS:02} cats" for row in range(ROWS)]
    rows = [
        {"video": f"{row % 4}.mp4", "question": f"Question {row // 4}?", "answer": answer}
        for row, answer in enumerate(answers)
    ]
    told, asked, answered = (tmp_path / f"{name}.jsonl" for name in ("told", "asked", "answered"))
    told.write_text("".join(json.dumps(row) + "\n" for row in rows))
    asked.write_text("".join(json.dumps({**row, "answer": None}) + "\n" for row in rows))
    out = tmp_path / "adapter"
    options = ["--train", "g_t,g", "--lora", "8", "--rate", "0.01", "--steps", "160", "--batch", str(ROWS)]
    clips = ["--data", str(told), "--videos", str(tmp_path), "--frames", "4"]
    assert main(["train", "--model", str(model), "--out", str(out), *clips, *options]) == 0
    options = ["--model", str(model), "--adapter", str(out), "--frames", "4", "--no-hear", "--no-read"]
    files = ["--batch", str(asked), "--out", str(answered)]
    subprocess.run([sys.executable, "-m", "core", "ask", *files, *options], check=True)
    given = [json.loads(line)["answer"] for line in answered.read_text().splitlines()]
    assert given == answers
