"""Which rows each step is trained on: a function of the seed and the step's number, so that a run can go on.

Rows of similar length stand in the same pass, because the shorter ones of a batch are filled up to the
longest. The passes of a step are of any length: a step is not about the file of short answers alone. A file's
weight says how often a row of it is seen in an epoch: at 0.5 another half in each.
"""

from collections.abc import Sequence
from functools import lru_cache
from random import Random

GROUP = 32  # passes among whose rows those of similar length are looked for


class TrainingOrder:
    """The rows of an epoch in steps of `passes` passes of `batch` rows."""

    def __init__(
        self, lengths: Sequence[Sequence[int]], weights: Sequence[float], batch: int, passes: int, seed: int
    ) -> None:
        """lengths: of the rows of each file, in tokens; rows are numbered through all files."""
        self._lengths = [length for of_file in lengths for length in of_file]
        self._files: list[tuple[range, float]] = []
        start = 0
        for of_file, weight in zip(lengths, weights, strict=True):
            self._files.append((range(start, start + len(of_file)), weight))
            start += len(of_file)
        self.size, self._batch, self._seed = batch * passes, batch, seed
        self._epoch = lru_cache(2)(self._new_epoch)

    @property
    def rows(self) -> int:
        """How many are seen in an epoch."""
        return sum(_count(rows, weight) for rows, weight in self._files)

    @property
    def steps(self) -> int:
        """Of an epoch. The last one is filled up with rows of the first, so that all have the same size."""
        return -(-self.rows // self.size)

    def of_step(self, step: int) -> list[int]:
        """The numbers of the rows of a step, from 0 on."""
        epoch, place = divmod(step, self.steps)
        return self._epoch(epoch)[place]

    def _new_epoch(self, epoch: int) -> list[list[int]]:
        random = Random(f"{self._seed}-{epoch}")
        rows = [row for those, weight in self._files for row in _some(those, weight, random)]
        random.shuffle(rows)
        rows = [rows[number % len(rows)] for number in range(self.steps * self.size)]
        passes = []
        for at in range(0, len(rows), GROUP * self._batch):
            group = sorted(rows[at : at + GROUP * self._batch], key=lambda row: self._lengths[row])
            passes += [group[start : start + self._batch] for start in range(0, len(group), self._batch)]
        random.shuffle(passes)
        mixed = [row for each in passes for row in each]
        return [mixed[start : start + self.size] for start in range(0, len(mixed), self.size)]


def _some(rows: range, weight: float, random: Random) -> list[int]:
    """Each row as often as the weight says; what is left of it for some of them."""
    whole = int(weight)
    return [*rows] * whole + random.sample(rows, _count(rows, weight) - whole * len(rows))


def _count(rows: range, weight: float) -> int:
    return max(1, round(len(rows) * weight))
