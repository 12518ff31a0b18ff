"""Tokens a second of an answer, against `generate` of transformers on the same LLM and prompt.

Beside what the engine does on this machine: the LLM in torch alone, and the decoder without rounding.
"""

import threading
from types import SimpleNamespace
from typing import Any

import torch

from core.compact.llm.openvino_decoder import OpenVinoDecoder
from core.dialogue.prompt import ClipInPrompt, build_prompt
from core.engine.generation import GenerationSettings, generate_ids
from core.engine.video_chat import VideoChat
from core.image_llm.base import ImageLLM
from tests.benchmarks.timing import Finding, in_turn

TOKENS = 64


def findings(chat: VideoChat, repeats: int = 5) -> list[Finding]:
    model = chat.model
    prompt = model.embed(
        build_prompt(model.template, [ClipInPrompt([])], ["Tell me a long story about the sea."], []), {}
    )
    settings = GenerationSettings(max_new_tokens=TOKENS)
    endless: Any = SimpleNamespace(  # all write to their last token, whatever they would say
        end_ids=frozenset(), forward=model.forward, embed_ids=model.embed_ids
    )

    def with_decoder(decoder: OpenVinoDecoder | None) -> None:
        chosen, model.decoder = model.decoder, decoder
        cache = model.new_cache()
        for _ in generate_ids(endless, model.read(prompt, 0, cache), cache, settings, threading.Event()):
            pass
        model.decoder = chosen

    def plain() -> None:
        with torch.inference_mode():
            model.language_model.generate(
                inputs_embeds=prompt.embeds[None],
                attention_mask=torch.ones(1, len(prompt.ids), dtype=torch.long),
                max_new_tokens=TOKENS,
                min_new_tokens=TOKENS,
                do_sample=False,
            )

    calls = {"generate": plain, "ours": lambda: with_decoder(model.decoder)}
    calls |= _others(model, with_decoder)
    for call in calls.values():  # what a first call costs is not a token's
        call()
    times = dict(zip(calls, in_turn(repeats, *calls.values()), strict=True))
    speeds = ", ".join(f"{name} {TOKENS / each.median:.0f}" for name, each in times.items())
    ratio = times["generate"].median / times["ours"].median
    return [Finding("generation_ratio", ratio, "at least 2.0", f"tokens/s: {speeds}")]


def _others(model: ImageLLM, with_decoder: Any) -> dict[str, Any]:
    """What else there is on this machine, where that is not what the engine does."""
    if model.decoder is None:
        return {}
    exact = OpenVinoDecoder(model.language_model, exact=True)
    return {"torch": lambda: with_decoder(None), "decoder in float32": lambda: with_decoder(exact)}
