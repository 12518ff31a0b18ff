"""Whose turn it is: one answer is written at a time, and what can wait goes only while nobody asks."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turn:
    """A lock that tells whether somebody wants it for an answer. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asking = 0
        self._counted = threading.Lock()

    @property
    def wanted(self) -> bool:
        """Whether an answer waits for its turn, or has it."""
        return self._asking > 0

    @property
    def crowded(self) -> bool:
        """Whether several answers want it."""
        return self._asking > 1

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Around the waiting for an answer's turn, and around the turn."""
        with self._counted:
            self._asking += 1
        try:
            yield
        finally:
            with self._counted:
                self._asking -= 1

    def acquire(self, timeout: float) -> bool:
        return self._lock.acquire(timeout=timeout)

    def release(self) -> None:
        self._lock.release()

    def locked(self) -> bool:
        return self._lock.locked()
