"""What a server's visitors have left does not stay in its memory."""

import platform
import threading

import psutil
import pytest

from demo.limits.memory import FreeMemory
from tests.demo.client import wait_for

MEGABYTE = 10**6


def own_memory() -> float:
    """MB."""
    return psutil.Process().memory_full_info().uss / MEGABYTE


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_what_was_freed_between_pieces_that_are_used_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.limits.memory.SOON", 0.0)
    pieces: list[bytearray] = []

    def visit() -> None:
        pieces.extend(bytearray(b"." * 50_000) for _ in range(4000))

    thread = threading.Thread(target=visit)
    thread.start()
    thread.join()
    full = own_memory()
    del pieces[: len(pieces) - 1]
    assert own_memory() > full - 50, "glibc keeps what is below the last"
    FreeMemory().give_back_soon()
    wait_for(lambda: own_memory() < full - 150)
