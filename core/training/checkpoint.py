"""A training that can go on: what is trained, the optimiser's state and the step, in one file.

Nothing else is needed, because the order of rows and the learning rate are functions of the step.
The file is written whole or not at all. It is the same whether one process trained or many.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict, set_state_dict

from core.errors import TrainingError
from core.kept import replacing

CHECKPOINT_FILE = "checkpoint.pt"


@dataclass(frozen=True)
class TrainingState:
    """After `step` steps. trained: tensors by name; optimiser: as torch keeps it, by these names."""

    step: int
    run: str  # settings and data that may not change while a training goes on
    trained: dict[str, Any]
    optimiser: dict[str, Any]


def state_of(student: nn.Module, optimiser: torch.optim.Optimizer, step: int, run: str) -> TrainingState:
    """All processes must ask together; the first one gets the state, the others nothing of it."""
    names = {name for name, each in student.named_parameters() if each.requires_grad}
    options = StateDictOptions(full_state_dict=True, cpu_offload=True, ignore_frozen_params=True)
    trained, of_optimiser = get_state_dict(student, optimiser, options=options)
    return TrainingState(
        step, run, {name: each for name, each in trained.items() if name in names}, of_optimiser
    )


def restore(student: nn.Module, optimiser: torch.optim.Optimizer, state: TrainingState) -> None:
    """Put a state back, on all processes together."""
    set_state_dict(
        student,
        optimiser,
        model_state_dict=state.trained,
        optim_state_dict=state.optimiser,
        options=StateDictOptions(full_state_dict=True, ignore_frozen_params=True, strict=False),
    )


def save_checkpoint(state: TrainingState, folder: Path) -> None:
    with replacing(folder / CHECKPOINT_FILE) as temporary:
        torch.save(vars(state), temporary)


def load_checkpoint(folder: Path, run: str) -> TrainingState:
    """Raises TrainingError where it is of another run, FileNotFoundError where there is none."""
    path = folder / CHECKPOINT_FILE
    state = TrainingState(**torch.load(path, weights_only=True, map_location="cpu"))
    if state.run != run:
        reason = f"{path} is of a run with other settings, other data, or another product of processes and "
        reason += "--accumulate"
        raise TrainingError("training_setting", reason=reason)
    return state
