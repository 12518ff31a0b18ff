"""Opening a clip for the first time until its beginning is read ahead, and opening it again."""

from itertools import count
from pathlib import Path

from core.engine.video_chat import VideoChat
from tests.benchmarks.timing import Finding, in_turn


def findings(chat: VideoChat, clip: Path, folder: Path, repeats: int = 7) -> list[Finding]:
    """chat: whose model is used; each cold opening has an empty folder of its own."""
    numbers = count()

    def cold() -> None:
        VideoChat(chat.model, folder / f"cold-{next(numbers)}").open(clip)

    def ready() -> None:
        new = VideoChat(chat.model, folder / f"ready-{next(numbers)}")
        for _ in new.read_ahead(new.start(new.open(clip))):
            pass

    chat.open(clip)
    first, again, whole = in_turn(repeats, cold, lambda: chat.open(clip), ready)
    ratio = again.median / first.median
    return [
        Finding("seen_and_read_ahead_seconds", whole.median, "at most 9; compact-mini 5", str(whole)),
        Finding("reopen_ratio", ratio, "at most 0.05", f"again {again}, cold {first}"),
    ]
