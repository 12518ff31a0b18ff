"""A tiny model that answers many at once, each with its own question: who gets another's words sees it."""

import re
import time

import torch

from tests.tiny_model import TinyImageLLM

LONG = "count"  # a question with this word gets hundreds of words
PACE = 0.002  # seconds for a token


def said_to(question: str, turns: int = 1) -> str:
    """The answer to a question, the so manieth of its conversation."""
    if LONG in question:
        return " ".join(str(number) for number in range(400))
    return f"Answer {turns} to {question!r}: a square moves."


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

    def forward(self, embeds, cache):
        logits = torch.full_like(super().forward(embeds, cache), -1000.0)
        time.sleep(PACE)
        logits[cache.left.pop(0)] = 1000.0
        return logits
