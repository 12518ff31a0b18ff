"""From a conversation to the prompt that the LLM reads: its clips' visual prefixes, subtitles, and the turns.

Knows nothing of files, of stores, or of how an answer is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from core.chinese_script import common_script
from core.dialogue import (
    ClipInPrompt,
    Conversation,
    Cue,
    PromptPart,
    Turn,
    build_prompt_about,
    subtitle_lines,
    subtitle_text,
    visual_prefix_parts,
)
from core.errors import SettingError
from core.evidence import Evidence, without_doubt
from core.image_llm.base import EmbeddedPrompt, ImageLLM
from core.language import ANSWER_IN, detect

SUBTITLE_TOKENS = 4096  # at most, of what is said in the clips: reading more takes minutes on a CPU


@dataclass(frozen=True)
class VisualPrefix:
    """The visual prefix of a clip, in the LLM's embedding space."""

    stretches: dict[str, Tensor]  # spatial [M * N, K], temporal [T * tokens_per_frame, K]
    seconds: tuple[float, ...]  # of the T frames
    chapters: tuple[int, ...] = (0,)  # first frame of each of the M chapters
    evidence: Evidence | None = None  # as `ImageLLM.evidence` tells it

    def parts(self, timestamps: bool, clip: int) -> list[PromptPart]:
        """Where its tokens stand in a prompt, as those of the clip of this number."""
        patches, temporal = (len(self.stretches.get(name, ())) for name in ("spatial", "temporal"))
        seconds = list(self.seconds) if temporal else []
        per_frame = temporal // len(self.seconds)
        return visual_prefix_parts(patches, seconds, timestamps, per_frame, clip, self.chapters)


def embedded_prompt(
    model: ImageLLM,
    conversation: Conversation,
    turn: Turn,
    prefixes: Sequence[VisualPrefix],
    timestamps: bool,
) -> EmbeddedPrompt:
    """The prompt for `turn` after the conversation's turns; prefixes: of the conversation's clips, in order.

    timestamps: tell the frames' times, if the model can read them. Raises SettingError where the model cannot
    read so much.
    """
    clips = [
        ClipInPrompt(
            prefix.parts(timestamps and model.timestamps, number),
            _subtitle_text(model, subject.subtitles, len(prefixes)),
        )
        for number, (subject, prefix) in enumerate(zip(conversation.subjects, prefixes, strict=True))
    ]
    questions = [_as_asked(model, each) for each in (*conversation.turns, turn)]
    answers = [without_doubt(_as_read(model, each.answer)) for each in conversation.turns]
    parts = build_prompt_about(model.template, clips, questions, answers)
    stretches = [prefix.stretches for prefix in prefixes]
    prompt = model.embed(parts, stretches[0] if len(stretches) == 1 else model.join(stretches))
    if len(prompt.ids) >= model.context_length:
        raise SettingError("conversation_too_long", limit=model.context_length)
    return prompt


def _as_asked(model: ImageLLM, turn: Turn) -> str:
    """The question as the model reads it: with the wanted language where that is not its own."""
    question = _as_read(model, turn.question)
    return question if detect(question) == turn.language else question + ANSWER_IN[turn.language]


def _as_read(model: ImageLLM, text: str) -> str:
    """What was asked or answered, without control tokens and in characters that the model knows."""
    text = model.without_control_tokens(text)
    return text if model.reads_traditional else common_script(text)


def _subtitle_text(model: ImageLLM, cues: tuple[Cue, ...], clips: int) -> str:
    """What is said in one of so many clips; thinned out evenly, as pictures are, where it is too much.

    How much there may be does not depend on the turns: a prompt that changed at its beginning could not
    go on from what the KV cache holds.
    """
    if not cues or not model.reads_subtitles:
        return ""

    def tokens(lines: list[str]) -> int:
        return len(model.tokenizer(subtitle_text(lines), add_special_tokens=False)["input_ids"])

    room = min(model.context_length // 4, SUBTITLE_TOKENS) // clips
    lines = [model.without_control_tokens(line) for line in subtitle_lines(cues)]
    kept, used = len(lines), tokens(lines)
    while kept and used > room:
        kept = min(kept - 1, kept * room // used)
        lines = [lines[index * len(lines) // kept] for index in range(kept)]
        used = tokens(lines)
    return subtitle_text(lines)
