"""Space on the disk for visitors' files: so much for each, so much in all, and never the last that is free.

What is deleted gives its space back, whoever deletes it.
"""

import errno
import os
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core import ReelTalkError

SPARE = 200 * 10**6  # bytes of the disk that visitors' files leave free
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True)
class Room:
    """Bytes of visitors' files that are kept at the same time."""

    each: int = 2 * 10**9  # of one visitor
    all: int = 20 * 10**9


class Space:
    """Thread-safe."""

    def __init__(self, folder: Path, room: Room = Room()) -> None:
        """folder: in which the files lie."""
        self.folder, self.room = folder, room
        self._owner: dict[str, str] = {}  # of a file: who was the first to bring it
        self._coming: Counter[str] = Counter()  # bytes that are being written, by visitor
        self._lock = threading.Lock()

    @contextmanager
    def reserved(self, visitor: str, size: int) -> Iterator[None]:
        """Space for so many bytes while they are written. Raises ReelTalkError where there is none."""
        with self._lock:
            if refusal := self._refusal(visitor, size):
                raise self.refused(refusal)
            self._coming[visitor] += size
        try:
            yield
        except OSError as error:
            if error.errno not in FULL:
                raise
            raise self.refused("uploads_all") from error
        finally:
            with self._lock:
                self._coming[visitor] -= size
                self._coming += Counter()  # without those that have nothing any more

    def take(self, path: str, visitor: str) -> None:
        """A file is there, and counts for this visitor unless somebody has brought the same before."""
        with self._lock:
            self._owner.setdefault(path, visitor)

    @property
    def at_rest(self) -> bool:
        """Whether nothing is being written."""
        return not self._coming

    def refused(self, key: str) -> ReelTalkError:
        return ReelTalkError(key, limit=self.room.each // 10**6)

    def _refusal(self, visitor: str, size: int) -> str | None:
        used = self._used()
        if used[visitor] + self._coming[visitor] + size > self.room.each:
            return "uploads_own"
        coming = self._coming.total() + size
        self.folder.mkdir(parents=True, exist_ok=True)
        if used.total() + coming > self.room.all or shutil.disk_usage(self.folder).free < coming + SPARE:
            return "uploads_all"
        return None

    def _used(self) -> Counter[str]:
        """Bytes of the files that are still there, by visitor."""
        used: Counter[str] = Counter()
        for path, visitor in [*self._owner.items()]:
            try:
                used[visitor] += os.path.getsize(path)
            except OSError:
                del self._owner[path]
        return used
