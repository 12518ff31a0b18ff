"""Turns about a clip as one training sequence: what the LLM reads, and the tokens that it is trained on.

A sequence is a clip's part of the prompt, followed by several turns. *Independent* turns attend to the clip
but not to each other, so that every answer must be found in it; in a *dialogue* they follow each other. Only
answers are trained (the paper's prediction tokens).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from core.dialogue.prompt import ChatTemplate, ClipInPrompt, PromptPart, VisualStretch, build_prompt

STRIDE = 32  # lengths are its multiples: kernels are kept by shape, and few shapes mean little memory
IGNORED = -100  # label of tokens without loss
VISUAL = -1  # id of a visual token
CLIP = 0  # segment that every turn attends to


@dataclass(frozen=True)
class Asked:
    """A question with its right answer, as the LLM reads and writes them."""

    question: str
    answer: str


@dataclass
class TrainingSequence:
    """Four lists of one length L, and the visual tokens in their order [V, K]."""

    ids: list[int]
    labels: list[int]
    segments: list[int]  # CLIP, or the number of the group of turns that a token belongs to
    positions: list[int]
    visual: Tensor


class SequenceMaker:
    """Makes sequences with a model's own template and tokenizer."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, template: ChatTemplate) -> None:
        self._template = template
        self._tokens = cache(lambda text: tuple(tokenizer(text, add_special_tokens=False)["input_ids"]))

    def make(
        self,
        clips: Sequence[ClipInPrompt],
        prefixes: Sequence[dict[str, Tensor]],
        groups: Sequence[Sequence[Asked]],
    ) -> TrainingSequence:
        """groups: turns that follow each other; prefixes: the stretches of each clip's visual prefix."""
        of_clips = build_prompt(self._template, clips, [""], [])[:-1]
        sequence = TrainingSequence([], [], [], [], _in_order(of_clips, prefixes))
        for part in of_clips:
            ids = [VISUAL] * part.count if isinstance(part, VisualStretch) else list(self._tokens(part))
            _extend(sequence, ids, said=False, segment=CLIP)
        start = len(sequence.ids)
        for number, turns in enumerate(groups, 1):
            for turn, asked in enumerate(turns):
                before = self._template.before_question if turn else ""
                read = (*self._tokens(before), *self._tokens(asked.question + self._template.after_question))
                said = self._tokens(asked.answer + self._template.after_answer)
                _extend(sequence, list(read), False, number, None if turn else start)
                _extend(sequence, list(said), True, number)
        return sequence


def _in_order(parts: Sequence[PromptPart], prefixes: Sequence[dict[str, Tensor]]) -> Tensor:
    """The visual tokens of these parts of a prompt, [V, K]."""
    stretches = {
        f"{name} {clip}" if clip > 1 else name: tokens
        for clip, prefix in enumerate(prefixes, 1)
        for name, tokens in prefix.items()
    }
    those = [part for part in parts if isinstance(part, VisualStretch)]
    if not those:
        return next(iter(stretches.values()))[:0]
    return torch.cat([stretches[part.name][part.start : part.start + part.count] for part in those])


def _extend(
    sequence: TrainingSequence, ids: list[int], said: bool, segment: int, position: int | None = None
) -> None:
    if position is None:
        position = sequence.positions[-1] + 1 if sequence.positions else 0
    sequence.ids += ids
    sequence.labels += ids if said else [IGNORED] * len(ids)
    sequence.segments += [segment] * len(ids)
    sequence.positions += range(position, position + len(ids))


@dataclass(frozen=True)
class Batch:
    """One sequence, padded on the right to length L; B is 1."""

    ids: Tensor  # [B, L]
    labels: Tensor  # [B, L], already shifted: labels[:, i] is what comes after ids[:, i]
    positions: Tensor  # [B, L]
    mask: Tensor  # bool [B, 1, L, L]: attention
    visual: Tensor  # [V, K]


def batch_of(sequence: TrainingSequence, padding: int) -> Batch:
    """padding: the id that fills it up."""
    length = math.ceil(len(sequence.ids) / STRIDE) * STRIDE

    def padded(row: list[int], value: int) -> Tensor:
        return torch.tensor([row + [value] * (length - len(row))])  # Shape: (B, L)

    segments = padded(sequence.segments, -1)
    causal = torch.ones(length, length, dtype=torch.bool).tril()  # Shape: (L, L)
    seen = segments[:, None, :]  # Shape: (B, 1, L)
    allowed = causal & ((seen == CLIP) | (seen == segments[:, :, None]))  # Shape: (B, L, L)
    return Batch(
        padded(sequence.ids, padding),
        padded(sequence.labels[1:], IGNORED),
        padded(sequence.positions, 0),
        allowed[:, None],
        sequence.visual,
    )
