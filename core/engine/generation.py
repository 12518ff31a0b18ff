"""Writing an answer token by token: a plain generator that takes a stop event."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from tokenizers.decoders import DecodeStream
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList, TemperatureLogitsWarper, TopPLogitsWarper

from core.dialogue.conversation import Turn
from core.errors import SettingError
from core.image_llm.base import ImageLLM


@dataclass(frozen=True)
class GenerationSettings:
    """How an answer is chosen."""

    max_new_tokens: int = 96
    temperature: float = 0.0  # 0: always the likeliest token
    top_p: float = 0.9  # at a temperature, only from the likeliest tokens that make up this share
    seed: int | None = None  # at a temperature, the same seed gives the same answer

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise SettingError(
                "bad_setting", name="max_new_tokens", value=self.max_new_tokens, reason="at least 1"
            )
        if not 0.0 <= self.temperature <= 2.0:
            raise SettingError("bad_setting", name="temperature", value=self.temperature, reason="0 to 2")
        if not 0.0 < self.top_p <= 1.0:
            raise SettingError("bad_setting", name="top_p", value=self.top_p, reason="above 0, at most 1")


def generate_ids(
    model: ImageLLM,
    logits: Tensor,
    feed: Callable[[int], Tensor],
    settings: GenerationSettings,
    stop: threading.Event,
    processor: LogitsProcessor | None = None,
) -> Iterator[int]:
    """Token ids of the answer, without the token that ends it.

    logits: [V], the model's output after the prompt. feed: gives the logits after one more token. processor:
    the model's own, applied before temperature and top-p. Every id that is yielded but the last has been fed.
    Ends within one token after `stop` is set.
    """
    random = torch.Generator()
    if settings.seed is not None:
        random.manual_seed(settings.seed)
    else:
        random.seed()
    processors: Any = LogitsProcessorList([] if processor is None else [processor])
    if settings.temperature > 0:
        processors += [TemperatureLogitsWarper(settings.temperature), TopPLogitsWarper(settings.top_p)]
    written: list[int] = []
    while len(written) < settings.max_new_tokens:
        scores = processors(torch.tensor([written], dtype=torch.long), logits[None].float())[0]  # Shape: (V,)
        if settings.temperature > 0:
            token = int(torch.multinomial(scores.softmax(dim=-1), 1, generator=random))
        else:
            token = int(scores.argmax())
        if token in model.end_ids or stop.is_set():
            return
        written.append(token)
        yield token
        if len(written) < settings.max_new_tokens and not stop.is_set():
            logits = feed(token)


def counted(ids: Iterator[int], turn: Turn, written: list[int]) -> Iterator[int]:
    """The ids, which also go to `written`; the turn is told how many there are."""
    for token in ids:
        written.append(token)
        turn.tokens += 1
        yield token


def stream_text(model: ImageLLM, ids: Iterator[int]) -> Iterator[str]:
    """Pieces of text as soon as they are whole: a character of several tokens waits for its last.

    Bytes that are no character, which a small LLM writes at times, are left out. What opens an answer in the
    template (a space after "Assistant:") is not part of it, though the LLM writes it.
    """
    stream = DecodeStream(skip_special_tokens=True)
    opening, begun = model.template.before_answer, ""
    for token in ids:
        piece = (stream.step(model.tokenizer.backend_tokenizer, token) or "").replace("\ufffd", "")
        if opening:
            begun += piece
            if len(begun) < len(opening) and opening.startswith(begun):  # it may still be the opening
                continue
            piece, opening, begun = begun.removeprefix(opening), "", ""
        if piece:
            yield piece
    if begun:
        yield begun
