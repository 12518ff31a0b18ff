"""Whose turn it is: some answers are written at a time, and what can wait goes only while nobody asks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    """Places at the models, and whether somebody wants one for an answer. Thread-safe."""

    def __init__(self, at_once: int = 1) -> None:
        """at_once: how many answers are written at the same time."""
        self._at_once = at_once
        self._asking = self._taken = 0
        self._changed = threading.Condition()  # guards these two

    @property
    def wanted(self) -> bool:
        """Whether an answer waits for its turn, or has it."""
        return self._asking > 0

    @property
    def crowded(self) -> bool:
        """Whether more answers want it than are written at the same time."""
        return self._asking > self._at_once

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around the waiting for an answer's turn, and around the turn."""
        with self._changed:
            self._asking += 1
        try:
            yield
        finally:
            with self._changed:
                self._asking -= 1

    def acquire(self, timeout: float, alone: bool = False) -> bool:
        """Wait for a place, at most `timeout` seconds; whether it was got. alone: with nobody else."""
        most = 1 if alone else self._at_once
        with self._changed:
            got = self._changed.wait_for(lambda: self._taken < most, timeout)
            self._taken += got
            return got

    def release(self) -> None:
        with self._changed:
            self._taken -= 1
            self._changed.notify_all()

    def locked(self) -> bool:
        """Whether anybody has a place."""
        return self._taken > 0
