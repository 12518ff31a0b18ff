"""How fast compact's LLM reads and writes, against transformers on the same LLM, and against the memory.

Each token that is written reads all weights once, so the memory's bandwidth is what it could reach at best.
"""

import threading
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from core.compact.base_files import LLMS
from core.compact.llm.base_llm import GgufWeights, MergedWeights
from core.compact.llm.decoders import Decoder
from core.compact.llm.preparing import torch_llm
from core.compact.trained_parts import ASSETS, LanguageParts
from core.dialogue.prompt import ClipInPrompt, build_prompt
from core.engine.decoding.pool import DecodingPool
from core.engine.decoding.turns import Turns
from core.engine.generation import GenerationSettings, generate_ids
from core.engine.video_chat import VideoChat
from core.image_llm.hardware import pick_dtype
from core.weights import fetch
from tests.benchmarks.timing import Finding, Times, in_turn

TOKENS = 64
READ = (350, 25)  # about a clip with a question, and a later question


def findings(chat: VideoChat, repeats: int = 5) -> list[Finding]:
    model: Any = chat.model
    llm = _in_torch(model.name)
    prompt = model.embed(
        build_prompt(model.template, [ClipInPrompt([])], ["Tell me a long story about the sea."], []), {}
    )
    settings = GenerationSettings(max_new_tokens=TOKENS)
    endless: Any = SimpleNamespace(end_ids=frozenset())  # it writes to its last token, whatever it would say

    def ours() -> None:
        cache = model.new_cache()
        logits = model.read(prompt, 0, cache)
        pool = DecodingPool(model, Turns())
        with pool.writing(cache) as row:
            feed = partial(pool.feed, row)
            for _ in generate_ids(endless, logits, feed, settings, threading.Event()):
                pass

    def transformers() -> None:
        with torch.inference_mode():
            llm.generate(
                inputs_embeds=prompt.embeds[None].to(llm.dtype),
                attention_mask=torch.ones(1, len(prompt.ids), dtype=torch.long),
                max_new_tokens=TOKENS,
                min_new_tokens=TOKENS,
                do_sample=False,
            )

    for call in (ours, transformers):  # what a first call costs is not a token's
        call()
    of_ours, of_theirs = in_turn(repeats, ours, transformers)
    speed = TOKENS / of_ours.median
    share = speed * _bytes_a_token(model.decoder) / _bandwidth()
    detail = f"tokens/s: {speed:.1f}, transformers in {llm.dtype} {TOKENS / of_theirs.median:.1f}"
    reading = [_reading(model, count, repeats) for count in READ]
    return [
        Finding("tokens_a_second", speed, "at least 12; compact-mini 30", str(of_ours)),
        Finding("generation_ratio", of_theirs.median / of_ours.median, "at least 2.0", detail),
        Finding("share_of_memory_bandwidth", share, "", f"of {_bandwidth() / 1e9:.0f} GB/s read by torch"),
        *(
            Finding(f"seconds_to_read_{count}_tokens", times.median, "", str(times))
            for count, times in zip(READ, reading, strict=True)
        ),
    ]


def _reading(model: Any, count: int, repeats: int) -> Times:
    """Of so many tokens, behind nothing."""
    embeds = model.embed_ids([1000 + number for number in range(count)])
    return in_turn(repeats, lambda: model.forward(embeds, model.new_cache()))[0]


def _in_torch(size: str) -> Any:
    """The same LLM as a model of transformers."""
    base, parts = GgufWeights(fetch(LLMS[size])), LanguageParts.of(ASSETS / size)
    merged = MergedWeights(base, parts.updates, parts.config.lora_scale)
    return torch_llm(base, merged, pick_dtype("auto", "cpu")).eval()


def _bytes_a_token(decoder: Decoder) -> int:
    """The graph's weights, each of which a token needs once."""
    graph: Path = decoder.folder / "decoder.bin"  # type: ignore[attr-defined]
    return graph.stat().st_size


def _bandwidth() -> float:
    """Bytes a second that this processor reads: the best of five sums over a gigabyte."""
    memory = torch.ones(2**27, dtype=torch.float64)
    seconds = []
    for _ in range(5):
        started = time.perf_counter()
        memory.sum()
        seconds.append(time.perf_counter() - started)
    return memory.nbytes / min(seconds)
