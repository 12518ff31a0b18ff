"""A row as the LLM reads it, the tokens that it is trained on, and several of them as one batch.

The prompt is the one that the engine builds. Trained are the answers' tokens and the token that ends an
answer (the paper's prediction tokens), whether or not the chat template writes that one down.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from core.dialogue.prompt import ClipInPrompt, PromptPart, build_prompt
from core.engine.kv_store import shared_beginning
from core.engine.prompting import VisualPrefix
from core.features.pooling import PooledFeatures
from core.image_llm.base import EmbeddedPrompt, ImageLLM, first_ids
from core.text.cleaning import for_model
from core.training.data.rows import TrainingRow

IGNORED = -100  # label of tokens without loss


@dataclass(frozen=True)
class Example:
    """A row with the features of its clip."""

    row: TrainingRow
    features: PooledFeatures


@dataclass(frozen=True)
class TrainingSequence:
    """An embedded dialogue of L tokens, and what comes after each: labels [L], IGNORED where it is given."""

    prompt: EmbeddedPrompt
    labels: Tensor
    first_of: dict[str, int]  # id of the first token of each stretch of the visual prefix


def sequence_of(model: ImageLLM, example: Example) -> TrainingSequence:
    """The whole dialogue, up to the end of its last answer, with a visual prefix without gradients."""
    features = example.features
    prefix = model.visual_prefix(features)
    with torch.no_grad():
        notes = model.notes(features)
    visual = VisualPrefix(prefix, tuple(features.seconds.tolist()), notes).parts(model.timestamps, 0)
    clip = ClipInPrompt(visual, notes)
    questions = [model.readable(for_model(turn.question)) for turn in example.row.turns]
    answers = [model.readable(turn.answer) for turn in example.row.turns]
    whole = model.embed(_answered(model, clip, questions, answers), prefix)
    end = min(model.end_ids) if model.tokenizer.eos_token_id is None else model.tokenizer.eos_token_id
    labels = torch.full((len(whole.ids),), IGNORED)  # Shape: (L,)
    for count in range(1, len(questions) + 1):
        asked = build_prompt(model.template, [clip], questions[:count], answers[: count - 1])
        answered = _answered(model, clip, questions[:count], answers[:count])
        start, stop = (
            shared_beginning(whole.ids, model.prompt_ids(parts, prefix)) for parts in (asked, answered)
        )
        labels[start - 1 : stop - 1] = torch.tensor(whole.ids[start:stop])
        if whole.ids[stop - 1] not in model.end_ids:
            labels[stop - 1] = end
    return TrainingSequence(whole, labels, first_ids(prefix))


def _answered(
    model: ImageLLM, clip: ClipInPrompt, questions: list[str], answers: list[str]
) -> list[PromptPart]:
    """The prompt for the last question with its answer."""
    *before, last = answers
    opening = "" if last.startswith(model.template.before_answer) else model.template.before_answer
    asked = build_prompt(model.template, [clip], questions, before)
    return [*asked, opening + last + model.template.after_answer]


@dataclass(frozen=True)
class TrainingBatch:
    """B sequences, filled up on the right to the longest: behind a causal LLM's last label nothing counts."""

    embeds: Tensor  # [B, L, K]
    labels: Tensor  # [B, L]
    beside: dict[str, Any]  # as ImageLLM.hidden takes it


def collate(
    sequences: Sequence[TrainingSequence], embeds: Sequence[Tensor], besides: Sequence[dict[str, Any]]
) -> TrainingBatch:
    """embeds: [L, K] of each sequence; besides: what `ImageLLM.beside` gives for each."""
    length = max(len(each.labels) for each in sequences)
    joined: dict[str, Any] = {}
    for name, first in besides[0].items():
        those = [each[name] for each in besides]
        if isinstance(first, list):  # of layers, something for each visual token
            joined[name] = [torch.cat(layer) for layer in zip(*those, strict=True)]
        else:
            joined[name] = torch.cat([F.pad(each, (0, length - each.shape[-1])) for each in those], dim=-2)
    labels = [F.pad(each.labels, (0, length - len(each.labels)), value=IGNORED) for each in sequences]
    filled = [F.pad(each, (0, 0, 0, length - len(each))) for each in embeds]  # Shape: (L, K) each
    return TrainingBatch(torch.stack(filled), torch.stack(labels), joined)
