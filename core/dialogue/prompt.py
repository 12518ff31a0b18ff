"""The prompt of an Image LLM: strings, and places for stretches of the visual prefix.

The text around them is the model family's chat template. A *stretch* is the run of spatial or of temporal
tokens of one clip.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class VisualStretch:
    """A place in a prompt that tokens of the visual prefix fill: `count` of them from `start` on."""

    name: str  # "spatial" or "temporal"; of a further clip with its number, see `stretch_name`
    start: int
    count: int


PromptPart = str | VisualStretch


@dataclass(frozen=True)
class ChatTemplate:
    """The text that a family puts around messages."""

    before_visual: str  # opens the first user message
    after_visual: str  # between the visual prefix and the first question
    before_question: str  # opens every later user message
    after_question: str  # closes a user message and opens the answer
    after_answer: str  # closes an answer
    before_answer: str = ""  # opens an answer that is already written, where the LLM writes this by itself
    opens_clip: str = ""  # the end of before_visual that every clip has before it, where there are several
    closes_clip: str = ""  # the beginning of after_visual that every clip has behind it


@dataclass(frozen=True)
class ClipInPrompt:
    """A clip in a prompt: its stretches of the visual prefix, and behind them what there is in words."""

    visual: list[PromptPart]
    text: str = ""  # the model's own notes, and subtitles


def build_prompt(
    template: ChatTemplate, clips: Sequence[ClipInPrompt], questions: list[str], answers: list[str]
) -> list[PromptPart]:
    """The prompt for the last of `questions`, after the finished turns (`answers` has one less).

    Of several clips each stands behind its number.
    """
    if len(clips) == 1:
        opening: list[PromptPart] = [template.before_visual, *clips[0].visual, template.after_visual]
        opening += [clips[0].text] if clips[0].text else []
        return opening + _dialogue_parts(template, questions, answers)
    opening = [template.before_visual.removesuffix(template.opens_clip)]
    for number, clip in enumerate(clips, 1):
        last = template.after_visual if number == len(clips) else template.closes_clip + "\n"
        opening += [f"Video {number}:\n{template.opens_clip}", *clip.visual, last]
        opening += [clip.text] if clip.text else []
    return opening + _dialogue_parts(template, questions, answers)


def _dialogue_parts(template: ChatTemplate, questions: list[str], answers: list[str]) -> list[PromptPart]:
    """All that follows the clips."""
    assert len(questions) == len(answers) + 1, "a prompt ends with an open question"
    parts: list[PromptPart] = []
    for question, answer in zip(questions, answers, strict=False):
        opening = "" if answer.startswith(template.before_answer) else template.before_answer
        parts += [
            question + template.after_question,
            opening + answer + template.after_answer + template.before_question,
        ]
    return [*parts, questions[-1] + template.after_question]


def timestamp(seconds: float) -> str:
    """A time as people read it and as the model writes it: 7.4 -> "0:07", 3725 -> "1:02:05"."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"


def stretch_name(name: str, clip: int) -> str:
    """The name of a stretch of the visual prefix: that of the first clip (0) has no number."""
    return f"{name} {clip + 1}" if clip else name


def visual_prefix_parts(
    patches: int, seconds: list[float], timestamps: bool, per_frame: int = 1, clip: int = 0
) -> list[PromptPart]:
    """A clip's visual prefix: all spatial tokens, then those of the T frames, each behind its time in text.

    per_frame: temporal tokens of a frame. Without patches or without frames, that stretch is left out.
    """
    spatial, temporal = stretch_name("spatial", clip), stretch_name("temporal", clip)
    parts: list[PromptPart] = [VisualStretch(spatial, 0, patches)] if patches else []
    if seconds and not timestamps:
        return [*parts, VisualStretch(temporal, 0, len(seconds) * per_frame)]
    for index, start in enumerate(stretch_starts(seconds)):
        parts += [timestamp(start), VisualStretch(temporal, index * per_frame, per_frame)]
    return parts


def stretch_starts(seconds: list[float]) -> list[float]:
    """Where the segment that each sampled frame stands for begins: half-way from the frame before."""
    halves = [(before + after) / 2 for before, after in pairwise(seconds)]
    first = seconds[:1] if len(seconds) < 2 else [seconds[0] - (halves[0] - seconds[0])]
    return [max(0.0, start) for start in (*first, *halves)]
