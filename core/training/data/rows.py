"""Files of instruction data -> rows of one type. Which format a row has is told by its fields.

| fields | where such rows come from |
|---|---|
| `video`, `conversations` of `from`, `value` | LLaVA, LLaVA-Video-178K, ShareGPT4Video, (Chinese-)Valley |
| `q`, `a`, `video_id` | VideoInstruct-100K |
| `messages` of `role`, `content`; `videos`, or in pieces of `content` | ms-swift, Qwen-VL, TRL |
| `video`, `question`, `answer` | ours: what `reeltalk ask --batch` writes |

A file is a JSON list or has a JSON object on each line. What cannot be used is told with its place.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import TrainingError
from core.text.encodings import decode
from core.text.lines import lines_of

SYSTEM = "system"  # what may stand before the first question; the model's own takes its place
MARKS = re.compile(r"\s*<(?:video|image)>\s*")  # where a picture stands in a question
KINDS = ("video", "image")  # of pieces
QUESTIONS, ANSWERS = ("human", "user"), ("gpt", "assistant")
Fields = dict[str, Any]


@dataclass(frozen=True)
class TrainingTurn:
    question: str
    answer: str


@dataclass(frozen=True)
class TrainingRow:
    """A dialogue about a clip; every answer is trained on."""

    place: str  # in the file, for people
    video: str  # as the file names it
    turns: tuple[TrainingTurn, ...]


@dataclass(frozen=True)
class Problem:
    """A row or a clip that is left out, and why."""

    place: str
    reason: str


@dataclass(frozen=True)
class DataFile:
    """One file of --data."""

    path: Path
    weight: float  # how often a row of it is seen in an epoch
    sha256: str
    rows: tuple[TrainingRow, ...]


class RowError(ValueError):
    """Why a row cannot be used."""


def data_file(named: str) -> tuple[Path, float]:
    """`FILE`, or `FILE:WEIGHT`. Raises TrainingError for a weight that is none."""
    path, _, weight = named.rpartition(":")
    try:
        number = float(weight)
    except ValueError:
        return Path(named), 1.0
    if not path:
        return Path(named), 1.0
    if not 0 < number <= 100:
        raise TrainingError("training_data_unreadable", name=named, reason="its weight is not above 0")
    return Path(path), number


def read_data(named: Sequence[str], problems: list[Problem]) -> list[DataFile]:
    """The files of --data. What cannot be used of them is added to `problems`. Raises TrainingError."""
    return [_read(*data_file(each), problems) for each in named]


def _read(path: Path, weight: float, problems: list[Problem]) -> DataFile:
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise TrainingError("training_data_unreadable", name=path.name, reason=reason) from error
    rows = []
    for number, fields in _records(path, content):
        place = f"{number} of {path.name}"
        try:
            rows.append(_row(place, fields))
        except RowError as error:
            problems.append(Problem(place, str(error)))
    if not rows:
        reason = f"none of its rows can be used. {problems[-1].reason if problems else ''}".strip(" .")
        raise TrainingError("training_data_unreadable", name=path.name, reason=reason)
    return DataFile(path, weight, hashlib.sha256(content).hexdigest(), tuple(rows))


def _records(path: Path, content: bytes) -> Iterator[tuple[int, Any]]:
    """Each row's number, from 1, and what stands there; None for a line that is damaged."""
    if content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[":
        try:
            yield from enumerate(json.loads(decode(content).text), 1)
        except ValueError as error:
            raise TrainingError("training_data_unreadable", name=path.name, reason=str(error)) from error
        return
    for number, line in enumerate(lines_of(content).texts, 1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError:
                yield number, None


def _row(place: str, fields: Any) -> TrainingRow:
    if not isinstance(fields, dict):
        raise RowError("it is not a JSON object")
    for marks, read in FORMATS.items():
        if all(name in fields for name in marks):
            turns = tuple(read(fields))
            if not turns:
                raise RowError("nothing is asked in it")
            return TrainingRow(place, _video(fields), turns)
    known = "; ".join(", ".join(marks) for marks in FORMATS)
    raise RowError(f"its fields are of no known format ({known})")


def _video(fields: Fields) -> str:
    """The name of its video or picture."""
    named = [fields.get(name) for name in ("video", "videos", "video_id", "image", "images")]
    for value in (*named, [piece[kind] for piece in _pieces(fields) for kind in KINDS if piece.get(kind)]):
        if isinstance(value, list) and len(value) > 1:
            raise RowError("it is about several clips")
        value = value[0] if isinstance(value, list) and value else value
        if isinstance(value, str) and value.strip():
            return value.strip().removeprefix("file://")
    raise RowError("it names no video")


def _pieces(fields: Fields) -> Iterator[Fields]:
    """Of messages in pieces: {"type": "video", "video": ...}, {"type": "text", "text": ...}."""
    messages = fields.get("messages")
    for message in messages if isinstance(messages, list) else ():
        content = message.get("content") if isinstance(message, dict) else None
        yield from (each for each in content if isinstance(each, dict)) if isinstance(content, list) else ()


def _text(content: Any) -> Any:
    """What is said in a message, be it in pieces."""
    if not isinstance(content, list):
        return content
    texts = (each.get("text") for each in content if isinstance(each, dict))
    return "\n".join(each for each in texts if isinstance(each, str))


def _conversations(fields: Fields) -> Iterator[TrainingTurn]:
    yield from _dialogue(fields["conversations"], "from", "value")


def _messages(fields: Fields) -> Iterator[TrainingTurn]:
    yield from _dialogue(fields["messages"], "role", "content")


def _video_instruct(fields: Fields) -> Iterator[TrainingTurn]:
    yield _turn(fields["q"], fields["a"])


def _ours(fields: Fields) -> Iterator[TrainingTurn]:
    yield _turn(fields["question"], fields["answer"])


def _dialogue(messages: Any, role: str, words: str) -> Iterator[TrainingTurn]:
    """Question and answer in turn."""
    if not isinstance(messages, list) or not all(isinstance(each, dict) for each in messages):
        raise RowError("its conversation is not a list of messages")
    if messages and messages[0].get(role) == SYSTEM:
        messages = messages[1:]
    roles = [each.get(role) for each in messages]
    if len(messages) % 2 or any(
        each not in (ANSWERS if number % 2 else QUESTIONS) for number, each in enumerate(roles)
    ):
        raise RowError(f"questions and answers do not follow each other: {', '.join(map(str, roles))}")
    for question, answer in zip(messages[::2], messages[1::2], strict=True):
        yield _turn(_text(question.get(words)), _text(answer.get(words)))


def _turn(question: Any, answer: Any) -> TrainingTurn:
    if not isinstance(question, str) or not isinstance(answer, str):
        raise RowError("a question or an answer is not a text")
    turn = TrainingTurn(MARKS.sub("\n", question).strip(), answer.strip())
    if not turn.question or not turn.answer:
        raise RowError("a question or an answer is empty")
    return turn


FORMATS: dict[tuple[str, ...], Callable[[Fields], Iterator[TrainingTurn]]] = {
    ("conversations",): _conversations,
    ("messages",): _messages,
    ("q", "a", "video_id"): _video_instruct,
    ("video", "question", "answer"): _ours,
}
