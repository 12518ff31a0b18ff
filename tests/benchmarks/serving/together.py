"""Tokens a second of all answers that are written at the same time, against those of one after the other."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.video.sampling import SamplingPlan
from tests.benchmarks.timing import Finding

AT_ONCE = (1, 4, 8)
QUESTIONS = ("Describe the video.", "Describe what moves, where it is, and how it moves.")
LONGEST = 32  # tokens of an answer


def findings(chat: VideoChat, clip: Path, repeats: int = 3) -> list[Finding]:
    """Later turns, with what is read for each and with answers that come and go. CPU: of the whole process,
    which other work on the machine changes less.
    """
    opened = chat.open(clip, SamplingPlan(frames=16))
    settings = ChatSettings(max_new_tokens=LONGEST)

    def measured(count: int, together: bool) -> tuple[float, float]:
        """Tokens a second, and in a second of CPU."""
        conversations = [chat.start(opened) for _ in range(count)]
        for conversation in conversations:
            list(chat.ask(conversation, QUESTIONS[0], ChatSettings(max_new_tokens=1)))
        asks: list[Callable[[], list[str]]] = [
            lambda conversation=each: list(chat.ask(conversation, QUESTIONS[1], settings))  # type: ignore[misc]
            for each in conversations
        ]
        clocks = time.perf_counter, time.process_time
        began = [clock() for clock in clocks]
        with ThreadPoolExecutor(count if together else 1) as threads:
            list(threads.map(lambda ask: ask(), asks))
        wall, cpu = (clock() - since for clock, since in zip(clocks, began, strict=True))
        tokens = sum(conversation.turns[-1].tokens for conversation in conversations)
        for conversation in conversations:
            chat.forget(conversation.id)
        return tokens / wall, tokens / cpu

    measured(2, True)  # what a first call costs is not an answer's
    speeds: dict[tuple[int, bool], list[tuple[float, float]]] = {}
    for _ in range(repeats):
        for count in AT_ONCE:
            for together in (True, False):
                speeds.setdefault((count, together), []).append(measured(count, together))
    found = []
    for count in AT_ONCE:
        ours, theirs = (
            [median(each) for each in zip(*speeds[count, together], strict=True)]
            for together in (True, False)
        )
        detail = f"{ours[0]:.1f} tokens/s, {theirs[0]:.1f} in turn; by CPU {ours[1] / theirs[1]:.2f}"
        goal = {1: "1", 4: "at least 1.5"}.get(count, "")
        found.append(Finding(f"together_{count}_ratio", ours[0] / theirs[0], goal, detail))
    return found
