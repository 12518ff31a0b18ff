"""A file of JSON lines that is appended to line by line and survives interruption.

* A line is written whole and at once; half a last line, left by a crash, is cut off before the next one.
* A damaged line in the middle is reported and skipped.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import EvaluationError
from core.text.encodings import decode
from core.text.lines import json_line, lines_of


@dataclass(frozen=True)
class JsonLines:
    """The lines of a file, and a message for each damaged one."""

    lines: list[dict[str, Any]]
    problems: list[str]


def read_json_lines(path: Path) -> JsonLines:
    """The lines of a file; none where there is no file. Raises EvaluationError where it cannot be read."""
    lines: list[dict[str, Any]] = []
    problems: list[str] = []
    for number, line in enumerate(lines_of(_content(path)).texts, 1):
        value = _parsed(line)
        if value is not None:
            lines.append(value)
        elif line.strip():
            problems.append(f"Line {number} of {path.name} is damaged.")
    return JsonLines(lines, problems)


@contextmanager
def append_json_lines(path: Path) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A function that appends one line. Raises EvaluationError for a file that is none of ours."""
    content = _content(path)
    tail = content.rpartition(b"\n")[2].removeprefix(b"\xef\xbb\xbf")
    other = decode(content).encoding.startswith(("UTF-16", "UTF-32"))
    if other or tail.lstrip(b"\0")[:1] not in (b"", b"{"):  # no line of ours begins so: cut nothing off
        raise EvaluationError("cannot_write", path=path, reason="it does not hold JSON lines")
    try:
        file = path.open("ab")
    except OSError as error:
        raise EvaluationError("cannot_write", path=path, reason=error.strerror or str(error)) from error
    with file:
        if tail and _parsed(tail.decode(errors="replace")) is None:  # a crash left half a line
            file.truncate(len(content) - len(tail))
        elif tail:
            file.write(b"\n")

        def append(value: dict[str, Any]) -> None:
            file.write(json_line(value).encode())
            file.flush()

        yield append


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes() if path.exists() else b""
    except OSError as error:
        reason = error.strerror or str(error)
        raise EvaluationError("benchmark_unreadable", name=path.name, reason=reason) from error


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        value = json.loads(line)
    except ValueError:  # damaged: the callers report it
        return None
    return value if isinstance(value, dict) else None
