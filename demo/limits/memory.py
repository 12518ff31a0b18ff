"""Memory that was freed goes back to the system.

By itself glibc keeps what lies between pieces that are still used, in an arena of its own for every few
threads; a server has many threads, and each visitor's pieces end up in all of them.
"""

import ctypes
import sys
import threading
from collections.abc import Callable

SOON = 10.0  # seconds


class FreeMemory:
    """Thread-safe. With another allocator than glibc's there is nothing to do."""

    def __init__(self) -> None:
        self._trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
        self._awaited = threading.Lock()

    def give_back_soon(self) -> None:
        """Once for all who ask meanwhile; returns at once."""
        if self._trim is not None and self._awaited.acquire(blocking=False):
            timer = threading.Timer(SOON, self._give_back, [self._trim])
            timer.daemon = True
            timer.start()

    def _give_back(self, trim: Callable[[int], int]) -> None:
        self._awaited.release()
        trim(0)
