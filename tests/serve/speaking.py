"""A tiny model that answers many at once, each with its own question: who gets another's words sees it."""

import re
import time

import torch

from core.image_llm.batching.transformers_batch import TransformersBatch
from tests.tiny_model import TinyImageLLM

LONG = "count"  # a question with this word gets hundreds of words
PACE = 0.002  # seconds for a token


def said_to(question: str, turns: int = 1) -> str:
    """The answer to a question, the so manieth of its conversation."""
    if LONG in question:
        return " ".join(str(number) for number in range(400))
    return f"Answer {turns} to {question!r}: a square moves."


def spelt(logits, cache):
    """The same [V], with the next token of this conversation's answer far before all others."""
    logits = torch.full_like(logits, -1000.0)
    logits[cache.left.pop(0)] = 1000.0
    return logits


class SpeakingBatch(TransformersBatch):
    def step(self, embeds):
        time.sleep(PACE)
        rows = zip(super().step(embeds), self.caches, strict=True)
        return torch.stack([spelt(logits, cache) for logits, cache in rows])


class SpeakingImageLLM(TinyImageLLM):
    """All is as in the tiny model, but the tokens that it chooses spell the answer."""

    def embed(self, parts, prefix):
        prompt = super().embed(parts, prefix)
        turns = re.findall(
            "<u>(.*?)</u>", "".join(part for part in parts if isinstance(part, str)), re.DOTALL
        )
        question = turns[-1].rpartition("\n")[2]
        answer = said_to(question, len(turns))
        self.__dict__.setdefault("_spoken", {})[prompt.ids] = [
            *self.tokenizer(answer)["input_ids"],
            self.tokenizer.eos_token_id,
        ]
        return prompt

    def read(self, prompt, held, cache):
        cache.left = list(self._spoken[prompt.ids])
        return super().read(prompt, held, cache)

    def new_batch(self):
        return SpeakingBatch(self.language_model)

    def forward(self, embeds, cache):
        time.sleep(PACE)
        return spelt(super().forward(embeds, cache), cache)
