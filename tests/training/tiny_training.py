"""A training of the tiny model on made-up clips, which any process can do alike.

    RANK=0 WORLD_SIZE=2 ... python -m tests.training.tiny_training BATCH STEPS FILE

trains as one of several processes; the first one writes what was trained to FILE.
"""

import sys
from dataclasses import replace
from pathlib import Path

import torch
from accelerate import Accelerator

from core.features.pooling import pool
from core.training.checkpoint import save_checkpoint
from core.training.data.order import TrainingOrder
from core.training.data.rows import TrainingRow, TrainingTurn
from core.training.loop import Trainer
from core.training.sequences import Example
from core.training.settings import TrainingSettings
from core.training.student import Student
from tests.tiny_model import GRID, TinyImageLLM

SETTINGS = TrainingSettings("tiny", ("rows",), "out", steps=20, batch=4, rate=1e-2)
ROWS = 24


def example(model: TinyImageLLM, number: int) -> Example:
    """Answers of different lengths, so that batches are filled up and tokens are counted."""
    random = torch.Generator().manual_seed(number)
    x = torch.rand(3, GRID[0] * GRID[1], model.patch_width, generator=random)
    features = pool(x, GRID, torch.arange(3, dtype=torch.float64))
    turn = TrainingTurn("What?", "It is so." * (1 + number % 3))
    return Example(TrainingRow(f"{number}", "clip", (turn,)), features)


def trainer_of(settings: TrainingSettings = SETTINGS, kind: str = "copy") -> Trainer:
    """Always the same one."""
    model = TinyImageLLM()
    torch.manual_seed(settings.seed)
    model.temporal_module = model.new_temporal_module(kind, hidden_width=40)
    examples = [example(model, number) for number in range(ROWS)]
    accelerator = Accelerator(cpu=True)
    size = settings.batch * settings.accumulate * accelerator.num_processes
    lengths = [len(each.row.turns[0].answer) for each in examples]
    order = TrainingOrder([lengths], [1.0], size, 1, settings.seed)  # the same rows, however they are cut
    return Trainer(Student(model, settings), lambda row: row, examples, order, settings, accelerator)


if __name__ == "__main__":
    batch, steps, path = sys.argv[1:]
    trainer = trainer_of(replace(SETTINGS, batch=int(batch), steps=int(steps)))
    losses = [step.score.loss for step in trainer.run()]
    state = trainer.state()
    if Accelerator().is_main_process:
        print(losses)
        save_checkpoint(state, Path(path))
