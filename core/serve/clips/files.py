"""Files that clients have uploaded: a folder with each file and, beside it, whose it is and until when.

All that is known stands on disk, so that several servers may share the folder. Nobody sees another's files.
"""

import json
import logging
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from core.kept import replacing, sweep
from core.serve.errors import ApiError
from core.text.cleaning import file_name, one_line

CHUNK = 2**20  # bytes
IN_USE, ABANDONED = "in-use-", 86400.0  # a folder of a request, and seconds after which nobody uses it
SHORTEST_STAY = 60.0  # seconds
ID = re.compile(r"file-[0-9a-f]{32}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class KeptFile:
    """What is known of a file."""

    id: str
    owner: str  # the name of a key
    name: str  # for people
    purpose: str  # as the client has said it
    bytes: int
    created: float  # seconds since 1970
    expires: float

    def as_openai(self) -> dict[str, object]:
        return {
            "id": self.id,
            "object": "file",
            "bytes": self.bytes,
            "created_at": int(self.created),
            "expires_at": int(self.expires),
            "filename": self.name,
            "purpose": self.purpose,
            "status": "processed",
        }


class FileStore:
    """Safe with other threads and processes on the same folder."""

    def __init__(self, folder: Path, seconds: float, max_bytes: int) -> None:
        """seconds: that a file stays at most. max_bytes: of all files of one owner."""
        self.folder, self.seconds, self.max_bytes = folder, seconds, max_bytes
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sweep(folder)

    def put(
        self, owner: str, name: str, purpose: str, content: IO[bytes], seconds: float | None = None
    ) -> KeptFile:
        """Keep a file, for so many seconds if that is less than usual. Raises ApiError if it is too large."""
        self.clear()
        stay = self.seconds if seconds is None else min(seconds, self.seconds)
        now, id_ = time.time(), f"file-{secrets.token_hex(16)}"
        with replacing(self.folder / f"{id_}.bytes") as temporary:
            with temporary.open("wb") as file:
                shutil.copyfileobj(content, file, CHUNK)
            size = temporary.stat().st_size
            if size == 0:
                raise ApiError(f"{shown(name)} is empty.", code="file_empty", param="file")
            if sum(each.bytes for each in self.all(owner)) + size > self.max_bytes:
                limit = f"{self.max_bytes / 1e6:,.0f} MB"
                raise ApiError(f"Your files would be more than {limit}. Delete some.", 413, "too_many_files")
        kept = KeptFile(id_, owner, shown(name), purpose, size, now, now + max(SHORTEST_STAY, stay))
        with replacing(self._about(id_)) as temporary:
            temporary.write_text(json.dumps(asdict(kept), ensure_ascii=False), encoding="utf-8")
        return kept

    def find(self, id_: str, owner: str) -> KeptFile:
        """Raises ApiError where the owner has no such file."""
        kept = self._read(self._about(id_)) if ID.fullmatch(id_) else None
        if kept is None or kept.owner != owner or kept.expires < time.time():
            raise ApiError(f"There is no file {one_line(id_)[:50]!r}.", 404, "file_not_found", "file_id")
        return kept

    @contextmanager
    def opened(self, id_: str, owner: str) -> Iterator[Path]:
        """A path to the file, under its own name, that stays within even if it is deleted meanwhile."""
        kept = self.find(id_, owner)
        with self.place() as folder:
            path = folder / kept.name
            try:
                path.hardlink_to(self._bytes(id_))
            except OSError:  # a file system without links, or the file has gone just now
                with suppress(FileNotFoundError):
                    shutil.copyfile(self._bytes(id_), path)
            yield path

    @contextmanager
    def place(self) -> Iterator[Path]:
        """A folder for files that nobody keeps, which goes at the end."""
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=IN_USE, ignore_cleanup_errors=True) as name:
            yield Path(name)

    def delete(self, id_: str, owner: str) -> None:
        """Raises ApiError where the owner has no such file."""
        self._remove(self.find(id_, owner).id)

    def all(self, owner: str | None = None) -> list[KeptFile]:
        """The files of an owner, or of all, the oldest first."""
        read = (self._read(path) for path in self.folder.glob("file-*.json"))
        there = [kept for kept in read if kept and kept.expires >= time.time()]
        return sorted(
            (kept for kept in there if owner in (None, kept.owner)), key=lambda kept: (kept.created, kept.id)
        )

    def clear(self) -> None:
        """Delete what has expired, and what a server left that was killed while it read."""
        for left in self.folder.glob(f"{IN_USE}*"):
            with suppress(FileNotFoundError):
                if time.time() - left.stat().st_mtime > ABANDONED:
                    shutil.rmtree(left, ignore_errors=True)
        for path in self.folder.glob("file-*.json"):
            kept = self._read(path)
            if kept is not None and kept.expires < time.time():
                self._remove(kept.id)

    def _read(self, path: Path) -> KeptFile | None:
        try:
            return KeptFile(**json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, TypeError, ValueError) as error:
            _log.warning("what is known of %s cannot be read: %s", path.stem, error)
            return None

    def _remove(self, id_: str) -> None:
        self._about(id_).unlink(missing_ok=True)
        self._bytes(id_).unlink(missing_ok=True)

    def _about(self, id_: str) -> Path:
        return self.folder / f"{id_}.json"

    def _bytes(self, id_: str) -> Path:
        return self.folder / f"{id_}.bytes"


def shown(name: str) -> str:
    """What a clip is called."""
    return file_name(name) or "clip"
