"""Tokens a second of an answer, against `generate` of transformers on the same LLM and prompt."""

import threading
from types import SimpleNamespace
from typing import Any

import torch

from core.dialogue import build_prompt
from core.engine import VideoChat
from core.generation import GenerationSettings, generate_ids
from tests.benchmarks.timing import Finding, in_turn

TOKENS = 64


def findings(chat: VideoChat, repeats: int = 5) -> list[Finding]:
    model = chat.model
    prompt = model.embed(build_prompt(model.template, [], ["Tell me a long story about the sea."], []), {})
    settings = GenerationSettings(max_new_tokens=TOKENS)
    endless: Any = SimpleNamespace(  # both write to their last token, whatever they would say
        end_ids=frozenset(), forward=model.forward, embed_ids=model.embed_ids
    )

    def ours() -> None:
        cache = model.new_cache()
        logits = model.read(prompt, 0, cache)
        for _ in generate_ids(endless, logits, cache, settings, threading.Event()):
            pass

    def plain() -> None:
        with torch.inference_mode():
            model.language_model.generate(
                inputs_embeds=prompt.embeds[None],
                attention_mask=torch.ones(1, len(prompt.ids), dtype=torch.long),
                max_new_tokens=TOKENS,
                min_new_tokens=TOKENS,
                do_sample=False,
            )

    ours()
    plain()
    mine, theirs = in_turn(repeats, ours, plain)
    speeds = f"ours {TOKENS / mine.median:.0f} tokens/s, generate {TOKENS / theirs.median:.0f} tokens/s"
    return [Finding("generation_ratio", theirs.median / mine.median, "at least 2.0", speeds)]
