"""The loop: features in, a trained temporal module out, on one processor, one GPU or many, by accelerate.

* A step's gradient is that of the mean loss over all answer tokens of its rows, however they are spread over
  passes and processes: two processes do what one does with twice the batch.
* A loss that is no number ends the run before it has changed anything; the state until then is saved.
"""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import Accelerator

from core.errors import TrainingError
from core.training.checkpoint import TrainingState, restore, state_of
from core.training.data.order import TrainingOrder
from core.training.data.rows import TrainingRow
from core.training.sequences import Example
from core.training.settings import TrainingSettings
from core.training.student import Student

LARGEST_NORM = 1.0  # of a step's gradient
LAST_RATE = 0.05  # share of the learning rate at the end
TOO_LARGE = (
    "not enough memory; with --gradient-checkpointing it needs less, or in a new run with a smaller --batch"
)
LOST = ("CUDA error", "device-side", "NCCL", "Connection closed", "Connection reset")  # a GPU, or a process


@dataclass(frozen=True)
class Score:
    """On rows: the mean loss of an answer token, and the share of them that are the likeliest."""

    loss: float
    accuracy: float


@dataclass(frozen=True)
class Step:
    """What a step did. tokens: of answers; seconds: that it took."""

    number: int  # how many steps are done with it
    score: Score
    norm: float
    rate: float
    rows: int
    tokens: int
    seconds: float


class Trainer:
    """Trains a student on rows whose features `load` fetches."""

    def __init__(
        self,
        student: Student,
        load: Callable[[TrainingRow], Example],
        rows: Sequence[TrainingRow],
        order: TrainingOrder,
        settings: TrainingSettings,
        accelerator: Accelerator,
        run: str = "",
    ) -> None:
        """order: with `accumulate` x processes passes of `batch` rows a step; run: see TrainingState."""
        self._load, self._rows, self._order, self._settings, self._run = load, rows, order, settings, run
        self._accelerator = accelerator
        optimiser = torch.optim.AdamW(
            student.trained().values(),
            lr=settings.rate,
            betas=(0.9, 0.98),
            weight_decay=settings.weight_decay,
        )
        self._student, self._optimiser = accelerator.prepare(
            student,
            optimiser,
            device_placement=[False, False],  # the model is where it was loaded
        )
        self.step = 0  # how many are done

    @property
    def steps(self) -> int:
        """Of the whole training."""
        return self._settings.steps or max(1, round(self._settings.epochs * self._order.steps))

    def state(self) -> TrainingState:
        """On all processes together."""
        return state_of(self._plain, self._plain_optimiser, self.step, self._run)

    def resume(self, state: TrainingState) -> None:
        """On all processes together."""
        restore(self._plain, self._plain_optimiser, state)
        self.step = state.step

    def run(self) -> Iterator[Step]:
        """The steps that are left. Raises TrainingError where one cannot be done; the state stays usable."""
        with ThreadPoolExecutor(1) as ahead:  # a step's features are read while the one before is computed
            passes = ahead.submit(self._passes, self.step)
            while self.step < self.steps:
                started, now = time.monotonic(), passes.result()
                if self.step + 1 < self.steps:
                    passes = ahead.submit(self._passes, self.step + 1)
                try:
                    yield self._one_step(now, started)
                except torch.OutOfMemoryError as error:
                    raise self._stopped(TOO_LARGE) from error
                except RuntimeError as error:
                    if not any(sign in str(error) for sign in LOST):
                        raise
                    raise self._stopped("a GPU or another process was lost") from error

    @torch.no_grad()
    def score(self, rows: Sequence[TrainingRow]) -> Score:
        """Of other rows; the processes share them."""
        processes, batch = self._accelerator.num_processes, self._settings.batch
        mine = rows[self._accelerator.process_index :: processes]
        totals = torch.zeros(3, dtype=torch.float64)
        for at in range(0, -(-len(rows) // processes), batch):
            some = mine[at : at + batch]
            # Who has no row left takes part all the same: processes that share a model wait for each other.
            summed = _summed(self._student([self._load(row) for row in some or rows[:1]]))
            totals += summed if some else torch.zeros_like(summed)
        loss, tokens, right = self._over_processes(totals)
        return Score(loss / max(1, tokens), right / max(1, tokens))

    def _one_step(self, passes: list[list[Example]], started: float) -> Step:
        """started: when it began to wait for the features, as time.monotonic() has it."""
        rate = self._settings.rate * self._rate_share(self.step)
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        totals = torch.zeros(3, dtype=torch.float64)
        for number, examples in enumerate(passes, 1):
            last = number == len(passes)
            with nullcontext() if last else self._accelerator.no_sync(self._student):
                loss, tokens, right = self._student(examples)
                self._accelerator.backward(loss)
            totals += _summed((loss, tokens, right))
        loss, tokens, right = self._over_processes(totals)
        trained = list(self._plain.trained().values())
        for parameter in trained:  # processes average their gradients, and a sum is wanted
            if parameter.grad is not None:
                parameter.grad.mul_(self._accelerator.num_processes / tokens)
        norm = float(self._accelerator.clip_grad_norm_(trained, LARGEST_NORM))
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise TrainingError(
                "training_diverged", step=self.step + 1, path=self._settings.folder / "checkpoint.pt"
            )
        self._optimiser.step()
        self._optimiser.zero_grad()
        self.step += 1
        rows = sum(map(len, passes)) * self._accelerator.num_processes
        score = Score(loss / tokens, right / tokens)
        return Step(self.step, score, norm, rate, rows, int(tokens), time.monotonic() - started)

    def _passes(self, step: int) -> list[list[Example]]:
        """The rows of a step that this process takes, pass by pass."""
        rows, batch = self._order.of_step(step), self._settings.batch
        batches = [rows[at : at + batch] for at in range(0, len(rows), batch)]
        mine = batches[self._accelerator.process_index :: self._accelerator.num_processes]
        return [[self._load(self._rows[row]) for row in each] for each in mine]

    def _rate_share(self, step: int) -> float:
        """Of the learning rate: warm-up, then a cosine."""
        warm_up = max(1, round(self._settings.warm_up * self.steps))
        if step < warm_up:
            return (step + 1) / warm_up
        done = (step - warm_up) / max(1, self.steps - warm_up)
        return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * done)) / 2

    def _over_processes(self, totals: torch.Tensor) -> list[float]:
        if self._accelerator.num_processes > 1:
            totals = self._accelerator.reduce(totals.to(self._accelerator.device), reduction="sum")
        return totals.tolist()

    @property
    def _plain(self) -> Any:
        """The student as it is, without what accelerate put around it."""
        return self._accelerator.unwrap_model(self._student)

    @property
    def _plain_optimiser(self) -> torch.optim.Optimizer:
        return getattr(self._optimiser, "optimizer", self._optimiser)

    def _stopped(self, reason: str) -> TrainingError:
        path = self._settings.folder / "checkpoint.pt"
        return TrainingError("training_stopped", step=self.step + 1, reason=reason, path=path)


def _summed(values: Sequence[torch.Tensor]) -> torch.Tensor:
    """Loss, tokens and right ones as one tensor [3] on the processor."""
    return torch.stack([value.detach().double().cpu() for value in values])
