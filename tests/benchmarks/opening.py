"""Opening a clip that was opened before, against opening it for the first time."""

from itertools import count
from pathlib import Path

from core.engine.video_chat import VideoChat
from tests.benchmarks.timing import Finding, in_turn


def findings(chat: VideoChat, clip: Path, folder: Path, repeats: int = 7) -> list[Finding]:
    """chat: whose model is used; each cold opening has an empty folder of its own."""
    numbers = count()

    def cold() -> None:
        VideoChat(chat.model, folder / f"cold-{next(numbers)}").open(clip)

    chat.open(clip)
    first, again = in_turn(repeats, cold, lambda: chat.open(clip))
    ratio = again.median / first.median
    return [Finding("reopen_ratio", ratio, "at most 0.05", f"again {again}, cold {first}")]
