"""Times of calls, measured so that their ratios mean something on a noisy machine.

What is compared is called in turn, again and again, so that a slow minute hits all alike.
Knows nothing of what is measured.
"""

import os
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import torch


@dataclass(frozen=True)
class Times:
    """Seconds of the repeats of one thing."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.seconds)

    def __str__(self) -> str:
        return f"{self.median:.3f} s ({min(self.seconds):.3f} to {max(self.seconds):.3f})"


@dataclass(frozen=True)
class Finding:
    """A ratio of two things measured in the same run, and what it was hoped to be."""

    key: str
    value: float
    goal: str
    detail: str


def in_turn(repeats: int, *calls: Callable[[], object]) -> list[Times]:
    """The times of each call, all of them called once before the next round begins."""
    seconds: list[list[float]] = [[] for _ in calls]
    for _ in range(repeats):
        for call, of_call in zip(calls, seconds, strict=True):
            started = time.perf_counter()
            call()
            of_call.append(time.perf_counter() - started)
    return [Times(tuple(of_call)) for of_call in seconds]


def machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{platform.machine()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, torch {torch.__version__} on {torch.get_num_threads()} threads"
    )
