"""Time to the first token of a conversation's later turns, and of a first one that was read ahead."""

from pathlib import Path

from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.video.sampling import SamplingPlan
from tests.benchmarks.timing import Finding, Times

QUESTIONS = ("What is in the video?", "它往哪个方向移动？", "What colour is the background?")
SHORT = ChatSettings(max_new_tokens=12)


def first_tokens(chat: VideoChat, clip: Path, frames: int, turns: int, ahead: bool = False) -> list[float]:
    """Seconds to the first token of each turn of a new conversation, whose beginning may be read ahead."""
    conversation = chat.start(chat.open(clip, SamplingPlan(frames=frames)))
    if ahead:
        for _ in chat.read_ahead(conversation):
            pass
    for number in range(turns):
        for _ in chat.ask(conversation, QUESTIONS[number % len(QUESTIONS)], SHORT):
            pass
    chat.forget(conversation.id)
    waited = [turn.seconds_to_first_token for turn in conversation.turns]
    return [seconds for seconds in waited if seconds is not None]


def findings(chat: VideoChat, clip: Path, repeats: int = 5) -> list[Finding]:
    first_tokens(chat, clip, 16, 2)  # what a first call costs is not a turn's
    first_tokens(chat, clip, 256, 1)
    few, many, prepared = [], [], []
    for _ in range(repeats):
        few.append(first_tokens(chat, clip, 16, 10))
        many.append(first_tokens(chat, clip, 256, 2))
        prepared.append(first_tokens(chat, clip, 16, 1, ahead=True))
    first, second, tenth = (Times(tuple(run[turn] for run in few)) for turn in (0, 1, 9))
    second_of_many = Times(tuple(run[1] for run in many))
    later, growth, tenth_ratio = (
        second.median / first.median,
        second_of_many.median / second.median,
        tenth.median / second.median,
    )
    first_ahead = Times(tuple(run[0] for run in prepared))
    of_many = f"T = 256: {second_of_many}, T = 16: {second}"
    return [
        Finding("later_turn_ratio", later, "at most 0.25", f"2nd {second}, 1st {first}"),
        Finding(
            "first_turn_read_ahead_ratio",
            first_ahead.median / first.median,
            "at most 0.5",
            f"read ahead {first_ahead}, not {first}",
        ),
        Finding("later_turn_growth_16_to_256_frames", growth, "at most 1.3", of_many),
        Finding("tenth_turn_ratio", tenth_ratio, "at most 1.5", f"10th {tenth}, 2nd {second}"),
    ]
