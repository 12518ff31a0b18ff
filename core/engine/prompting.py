"""The prompt of a conversation, embedded: visual prefixes of its clips, their cues, and the turns."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from core.dialogue.conversation import Conversation, Turn
from core.dialogue.moment import moment_line
from core.dialogue.prompt import ClipInPrompt, PromptPart, build_prompt, visual_prefix_parts
from core.engine.cues import clip_cues, found_for
from core.engine.kv_store import shared_beginning
from core.errors import SettingError
from core.image_llm.base import EmbeddedPrompt, ImageLLM
from core.language.detection import ANSWER_IN, detect
from core.text.cleaning import for_model


@dataclass(frozen=True)
class VisualPrefix:
    """The visual prefix of a clip, in the LLM's embedding space."""

    stretches: dict[str, Tensor]  # spatial [N, K], temporal [T * tokens_per_frame, K]
    seconds: tuple[float, ...]  # of the T frames
    notes: str = ""  # what the model has to say of the clip in words

    def parts(self, timestamps: bool, clip: int) -> list[PromptPart]:
        """Its tokens as parts of a prompt; clip: the number of the clip, from 0."""
        patches, temporal = (len(self.stretches.get(name, ())) for name in ("spatial", "temporal"))
        seconds = list(self.seconds) if temporal else []
        per_frame = temporal // len(self.seconds)
        return visual_prefix_parts(patches, seconds, timestamps, per_frame, clip)


def embedded_prompt(
    model: ImageLLM,
    conversation: Conversation,
    turn: Turn,
    prefixes: Sequence[VisualPrefix],
    timestamps: bool,
) -> EmbeddedPrompt:
    """The prompt for `turn` after the conversation's turns; prefixes: of the conversation's clips, in order.

    timestamps: put the frames' times into the prompt, if the model can read them. `turn` is told which cues
    are in it, and how long it is. Raises SettingError where the model cannot read so much.
    """
    cues = [clip_cues(model, subject, len(prefixes)) for subject in conversation.subjects]
    clips = [
        ClipInPrompt(
            prefix.parts(timestamps and model.timestamps, number), prefix.notes + cues[number].opening.text
        )
        for number, prefix in enumerate(prefixes)
    ]
    turns = [*conversation.turns, turn]
    found = [found_for(model, cues, turns, number, len(turns) - 1) for number in range(len(turns))]
    questions = [each.text + _as_asked(model, asked) for each, asked in zip(found, turns, strict=True)]
    answers = [model.readable(each.answer) for each in conversation.turns]
    turn.cues = tuple(cue for clip in cues for cue in clip.opening.cues) + found[-1].cues
    parts = build_prompt(model.template, clips, questions, answers)
    stretches = [prefix.stretches for prefix in prefixes]
    prompt = model.embed(parts, stretches[0] if len(stretches) == 1 else model.join(stretches))
    if len(prompt.ids) >= model.context_length:
        key = "conversation_too_long" if conversation.turns else "question_beyond_model"
        raise SettingError(key, limit=model.context_length)
    turn.prompt_tokens = len(prompt.ids)
    turn.visual_tokens = sum(token < 0 for token in prompt.ids)
    return prompt


@dataclass(frozen=True)
class PromptAhead:
    """A prompt with some question, whose first `length` tokens are there whatever the question is."""

    prompt: EmbeddedPrompt
    length: int


def prompt_ahead(
    model: ImageLLM, conversation: Conversation, prefixes: Sequence[VisualPrefix], timestamps: bool
) -> PromptAhead:
    """What is known of the prompt for the next turn. Raises as `embedded_prompt`.

    A tokenizer may take the end of a template and the beginning of a question as one token; so two questions
    that begin differently are put to the test.
    """
    one, other = (
        embedded_prompt(model, conversation, Turn(question), prefixes, timestamps)
        for question in ("What?", "?")
    )
    return PromptAhead(one, shared_beginning(one.ids, other.ids))


def _as_asked(model: ImageLLM, turn: Turn) -> str:
    """The question as the model reads it: in plain letters, behind the moment that it is about, and with the
    wanted language if it is another.

    Plain letters come first: they may make a control token. Answers stay as the model wrote them.
    """
    question = model.readable(for_model(turn.question))
    asked_in = detect(question)
    moment = "" if turn.moment is None else moment_line(turn.moment, asked_in)
    return moment + (question if asked_in == turn.language else question + ANSWER_IN[turn.language])
