"""Many questions about many clips, row by row: JSON lines in, the same rows with answers out.

A row is `{"video": path, "question": text}` with whatever else its owner keeps there. Rows are
independent conversations, come out in order, each as soon as it is done, and a row that fails has
"error" instead of "answer".
"""

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from core.errors import ReelTalkError, SettingError

if TYPE_CHECKING:
    from core.dialogue.conversation import Cue
    from core.engine.settings import ChatSettings
    from core.engine.video_chat import VideoChat
    from core.video.sampling import SamplingPlan

Row = dict[str, Any]
Sensing = Callable[[Path], "Mapping[str, tuple[Cue, ...]]"]  # the cues of a clip by source
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Line:
    """One line of a batch file that is not blank. `number` is the one that an editor shows."""

    number: int
    text: str


def split_lines(texts: Iterable[str]) -> list[Line]:
    """The lines of a batch file that are not blank."""
    return [Line(number, text) for number, text in enumerate(texts, 1) if text.strip()]


def answer_rows(
    chat: "VideoChat",
    lines: Iterable[Line],
    folder: Path,
    plan: "SamplingPlan",
    settings: "ChatSettings",
    sensed: Sensing,
) -> Iterator[Row]:
    """One row out for each line in. Paths of videos are relative to `folder`; sensed: the cues of one."""
    for line in lines:
        row: Row = {}
        try:
            row = _parse(line)
            _check(row, line.number)
            video = _file(row["video"], folder, line.number)
            row["answer"] = _answer(chat, video, row["question"], plan, settings, sensed)
        except ReelTalkError as error:
            row["error"] = str(error)
        except Exception as error:  # a bug in one row is no reason to lose the others: reported and logged
            _log.exception("row %d failed", line.number)
            row["error"] = f"{type(error).__name__}: {error}"
        yield row


def _parse(line: Line) -> Row:
    try:
        row = json.loads(line.text)
    except (ValueError, RecursionError) as error:
        raise SettingError("batch_row_invalid", row=line.number, reason="it is not JSON") from error
    if not isinstance(row, dict):
        raise SettingError("batch_row_invalid", row=line.number, reason="it is not a JSON object")
    row.pop("answer", None)  # of an earlier run, as is the error: the outcome is this run's
    row.pop("error", None)
    return row


def _check(row: Row, number: int) -> None:
    for name in ("video", "question"):
        if not isinstance(row.get(name), str):
            raise SettingError("batch_row_invalid", row=number, reason=f'its "{name}" is not a text')


def _file(video: str, folder: Path, number: int) -> Path:
    """The file that a row means by a path, or an address that begins with file://."""
    address = ADDRESS.match(video)
    if address is None:
        return folder / video
    parts = urlsplit(video)
    if parts.scheme == "file" and parts.netloc in ("", "localhost"):
        return Path(url2pathname(parts.path))
    reason = f"{address[0]} is not opened here; download the video and name the file"
    raise SettingError("batch_row_invalid", row=number, reason=reason)


def _answer(
    chat: "VideoChat",
    video: Path,
    question: str,
    plan: "SamplingPlan",
    settings: "ChatSettings",
    sensed: Sensing,
) -> str:
    conversation = chat.start(chat.open(video, plan))
    conversation.cues = sensed(video)
    try:
        return "".join(chat.ask(conversation, question, settings))
    finally:
        chat.forget(conversation.id)
