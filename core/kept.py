"""Files that are kept on disk within a number of bytes: written whole or not at all, the oldest go first.

What is kept can be made again, so a disk that is full, or not ours to write to, stops nobody.
"""

import errno
import logging
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

WRITING, ABANDONED = ".writing-", 3600.0  # an unfinished file, and how many seconds nobody writes one

_log = logging.getLogger(__name__)
_told: set[Path] = set()


@contextmanager
def as_far_as_possible(folder: Path) -> Iterator[None]:
    """What cannot be written within is not kept; for each folder that is said once."""
    try:
        yield
    except OSError as error:
        if folder not in _told:
            _told.add(folder)
            _log.warning("nothing more is kept in %s: %s", folder, error.strerror or error)


def append_whole(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Append all of it or nothing. Raises OSError. Of several processes one may write at a time.

    mode: of a file that is not there yet.
    """
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, mode)
    try:
        before = os.fstat(handle).st_size
        if os.write(handle, content) < len(content):  # the disk is full, which is no error to `write`
            os.ftruncate(handle, before)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    finally:
        os.close(handle)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write to, which takes the place of `path` at the end; after an error nothing has changed."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=WRITING, suffix=".tmp")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Delete what processes left that were killed while they wrote."""
    for left in folder.glob(f"{WRITING}*"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime > ABANDONED:
                left.unlink()


def used_now(path: Path) -> None:
    """It is the last to go."""
    with suppress(OSError):  # another process may have made room just now, or the disk may be read alone
        os.utime(path)


def make_room(folder: Path, pattern: str, max_bytes: int, keep: Path) -> None:
    """Delete the least recently used files of a pattern until they fit, but not `keep`."""
    entries = []
    for path in folder.glob(pattern):
        try:
            status = path.stat()
        except FileNotFoundError:  # another process made room at the same time
            continue
        entries.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in entries)
    for _, size, path in sorted(entries):
        if total <= max_bytes:
            return
        if path != keep:
            path.unlink(missing_ok=True)
            total -= size
