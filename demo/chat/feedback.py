"""What visitors think of answers: a file of JSON lines that the operator can read.

A line holds the rating, the question and the answer it is about, and nothing that says who rated. A reason
that comes later, or a rating that is taken back, is another line with the same id: the last one counts.
"""

import errno
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from core import Turn, append_whole, json_line

Rating = Literal["up", "down"]
MOST_BYTES = 100 * 10**6  # of the file: strangers write to it


class FeedbackFile:
    """Lines are appended one at a time; the file and its folder are made when the first one comes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()

    def add(self, id: str, turn: Turn, model: str, rating: Rating | None, reason: str = "") -> None:
        """rating None: taken back. Raises OSError where the file cannot be written."""
        line = {
            "id": id,
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "rating": rating,
            "reason": reason,
            "model": model,
            "language": turn.language,
            "question": turn.question,
            "answer": turn.answer.strip(),
        }
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > MOST_BYTES:
                raise OSError(errno.EFBIG, "there are more ratings than are kept", self.path)
            append_whole(self.path, json_line(line).encode())
