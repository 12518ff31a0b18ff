"""The child process that reads a video file: started, asked once, and killed when it is late.

Starting one takes a third of a second, which is a quarter of what sampling a minute of video costs; so an
engine keeps one ahead. It has imported its libraries, has seen no file, and serves one request as any other.
"""

import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

Child = subprocess.Popen[bytes]
Start = Callable[[], Child]


def start_child(module: str = "core.video.child", messages: int | IO[bytes] = subprocess.PIPE) -> Child:
    """A child that waits for its request on stdin; without one it ends when its parent does.

    module: what runs in it. messages: where its stderr goes.
    """
    return subprocess.Popen(
        [sys.executable, "-m", module],
        cwd=Path(__file__).parents[2],  # where `core` is found, installed or not
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},  # less memory, faster start
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=messages,
        start_new_session=True,
    )


class ChildAhead:
    """One child that was started before it is needed. Thread-safe; the child goes when this goes."""

    def __init__(self) -> None:
        self._waiting: list[Child] = []  # one at most
        self._lock = threading.Lock()
        weakref.finalize(self, _dismiss, self._waiting)

    def prepare(self) -> None:
        """Start one, unless there is one; returns at once."""
        with self._lock:
            if not self._waiting:
                self._waiting.append(start_child())

    def take(self) -> Child:
        """The child that was started ahead, for the caller alone; else, or if that one died, a new one."""
        with self._lock:
            child = self._waiting.pop() if self._waiting else None
        return child if child is not None and child.poll() is None else start_child()


def _dismiss(waiting: list[Child]) -> None:
    for child in waiting:
        child.communicate()  # closes its stdin, which it takes for the end
    waiting.clear()


def ask(child: Child, request: bytes, seconds: float) -> tuple[bytes, bytes]:
    """What the child writes to stdout and stderr. Nothing of it is left when this returns.

    Raises subprocess.TimeoutExpired after so many seconds.
    """
    try:
        return child.communicate(request, timeout=max(0.0, seconds))
    finally:
        if child.poll() is None:
            kill(child)
            child.communicate()


def kill(child: Child) -> None:
    """End it with all processes that it started."""
    if hasattr(os, "killpg"):
        with suppress(ProcessLookupError, PermissionError):  # it has ended by itself
            os.killpg(child.pid, signal.SIGKILL)
    else:
        child.kill()


def limit_memory(size: int) -> None:
    """In the child: fails requests for more private memory; address space that is only reserved is free."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, size))
