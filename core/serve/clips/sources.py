"""Where a clip of a request comes from: a file that was uploaded before, base64 in it, an address."""

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from core.addresses import Addresses
from core.errors import VideoError
from core.serve.clips.files import FileStore, shown
from core.serve.errors import ApiError

DATA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.+-]+)*?;base64,", re.ASCII | re.IGNORECASE)

ELSEWHERE = "This server fetches no clip from that host. Upload it to /v1/files, or send it as base64."
STATUS = {"url_not_allowed": 403, "url_too_large": 413}


@dataclass(frozen=True)
class Source:
    """One clip of a request; one of the three is there."""

    file_id: str | None = None
    data: str | None = None  # base64
    url: str | None = None  # http or https
    name: str = "clip"  # for people

    @classmethod
    def of_url(cls, url: str) -> "Source":
        """A data URL, the id of a file, or an address. Raises ApiError."""
        if match := DATA.match(url[:200]):
            kind = (match[1] or "").rpartition("/")[2]
            return cls(data=url[match.end() :], name=shown(f"clip.{kind}" if kind.isalnum() else "clip"))
        if url.lower().startswith("data:"):
            raise ApiError("A data URL has to be data:TYPE;base64,...", code="bad_base64", param="url")
        return cls(file_id=url) if url.startswith("file-") else cls(url=url)


class Sources:
    """Makes files of sources, for the time of a request. Thread-safe."""

    def __init__(self, files: FileStore, addresses: Addresses) -> None:
        self.files, self.addresses = files, addresses

    @contextmanager
    def opened(self, source: Source, owner: str) -> Iterator[Path]:
        """The clip as a file that goes at the end. Raises ApiError."""
        if source.file_id is not None:
            with self.files.opened(source.file_id, owner) as path:
                yield path
            return
        with self.files.place() as folder:
            if source.url is not None:
                yield self._fetched(source.url, folder)
            else:
                path = folder / source.name
                path.write_bytes(_decoded(source.data or ""))
                yield path

    def _fetched(self, url: str, folder: Path) -> Path:
        try:
            return self.addresses.fetch(url, folder)
        except VideoError as error:
            message = ELSEWHERE if error.key == "url_not_allowed" else str(error)
            raise ApiError(message, STATUS.get(error.key, 400), error.key, "url") from error


def _decoded(data: str) -> bytes:
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ApiError("The clip is not valid base64.", code="bad_base64") from error
