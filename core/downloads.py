"""Downloads that go on where they stopped."""

import hashlib
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from threading import Thread

import httpx


class SourceError(Exception):
    """A source has not what was promised, or may not be asked."""


def download(
    client: httpx.Client,
    address: str,
    target: Path,
    done: Callable[[int], None],
    size: int | None = None,
    patience: float = 60.0,
) -> None:
    """Append to `target` what it lacks; `done` is told its bytes. What has come stays if this breaks off.

    size: of the whole, where it is known; an answer of another size is refused before a byte is written.
    patience: seconds within which an answer must begin.
    """
    while True:
        before = size_of(target)
        try:
            return _go_on(client, address, target, done, size, patience)
        except httpx.TransportError:
            if size_of(target) <= before:  # else the line broke on the way: ask for the rest
                raise


def size_of(path: Path) -> int:
    """In bytes; 0 where there is no such file."""
    return path.stat().st_size if path.exists() else 0


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def reason_of(error: Exception) -> str:
    """Why a source failed, shortly. Addresses may hold a password, so none is told."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"answers {error.response.status_code}"
    return str(error).rstrip(".") or type(error).__name__


def _go_on(
    client: httpx.Client,
    address: str,
    target: Path,
    done: Callable[[int], None],
    size: int | None,
    patience: float,
) -> None:
    have = size_of(target)
    headers = {"Accept-Encoding": "identity"}  # a range counts the bytes as they are sent
    if have:
        headers["Range"] = f"bytes={have}-"
    with closing(_answer(client, client.build_request("GET", address, headers=headers), patience)) as answer:
        if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
            return  # all of it is here
        answer.raise_for_status()
        if answer.status_code != httpx.codes.PARTIAL_CONTENT:
            have = 0  # this server sends everything
        if size is not None and have + int(answer.headers.get("Content-Length", 0)) != size:
            raise SourceError("has a file of another size")
        with target.open("ab" if have else "wb") as file:
            for chunk in answer.iter_bytes():
                file.write(chunk)
                have += len(chunk)
                done(have)


def _answer(client: httpx.Client, request: httpx.Request, patience: float) -> httpx.Response:
    """The beginning of an answer. A thread asks, because looking up a name heeds no timeout."""
    answer: Future[httpx.Response] = Future()

    def ask() -> None:
        try:
            answer.set_result(client.send(request, stream=True))
        except Exception as error:
            answer.set_exception(error)

    Thread(target=ask, name="download", daemon=True).start()
    try:
        return answer.result(patience)
    except TimeoutError as error:
        raise httpx.ReadTimeout(f"no answer within {patience:g} s") from error
