"""Writing an answer token by token: a plain generator that takes a stop event.

Knows nothing of prompts, clips or conversations: it continues what a KV cache holds.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

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


def _as_it_is(logits: Tensor) -> Tensor:
    return logits


def generate_ids(
    model: ImageLLM,
    logits: Tensor,
    cache,
    settings: GenerationSettings,
    stop: threading.Event,
    weigh: Callable[[Tensor], Tensor] = _as_it_is,
) -> Iterator[int]:
    """Token ids of the answer, without the token that ends it.

    logits: [V], what the model said after the prompt, which `cache` holds. weigh: what is made of these, and
    of all further logits, before a token is chosen. Every id that is yielded but the last has been fed to
    the cache. Ends within one token after `stop` is set.
    """
    random = torch.Generator()
    if settings.seed is not None:
        random.manual_seed(settings.seed)
    else:
        random.seed()
    for index in range(settings.max_new_tokens):
        token = _choose(weigh(logits), settings, random)
        if token in model.end_ids or stop.is_set():
            return
        yield token
        if index + 1 < settings.max_new_tokens and not stop.is_set():
            logits = model.forward(model.embed_ids([token]), cache)


def stream_text(model: ImageLLM, ids: Iterator[int]) -> Iterator[str]:
    """Pieces of text as soon as they are whole: a character of several tokens waits for its last.

    Bytes that are no character, which a small LLM writes at times, are left out.
    What opens an answer in the template (a space after "Assistant:") is not part of it, though the LLM
    writes it.
    """
    seen: list[int] = []
    sent = ""

    def whole() -> str:
        text = model.tokenizer.decode(seen, skip_special_tokens=True)
        return text.removeprefix(model.template.before_answer)

    for token in ids:
        seen.append(token)
        text = whole()
        if not text.endswith("\ufffd"):
            yield from _rest(text, sent)
            sent = text.replace("\ufffd", "")
    yield from _rest(whole(), sent)


def _rest(text: str, sent: str) -> Iterator[str]:
    """What of a text's whole characters has not been sent, if anything."""
    if rest := text.replace("\ufffd", "")[len(sent) :]:
        yield rest


def _choose(logits: Tensor, settings: GenerationSettings, random: torch.Generator) -> int:
    if settings.temperature == 0.0:
        return int(logits.argmax())
    probabilities, order = (logits.float() / settings.temperature).softmax(dim=-1).sort(descending=True)
    outside = probabilities.cumsum(dim=-1) - probabilities >= settings.top_p  # the first is always kept
    probabilities = probabilities.masked_fill(outside, 0.0)
    return int(order[torch.multinomial(probabilities, 1, generator=random)])
