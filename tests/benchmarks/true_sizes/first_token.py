"""Visual tokens, seconds to the first token and peak memory: a family's own path for many pictures, and ours.

    python -m tests.benchmarks.true_sizes.first_token smolvlm 8 32 100

True layer sizes, random weights, nothing downloaded; frames are noise of 640 x 360. Each case runs in a
process of its own, because a process never forgets its peak. The numbers depend on the machine, their ratios
much less. The answers mean nothing.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
import torch

from core.dialogue.prompt import ClipInPrompt, build_prompt, visual_prefix_parts
from core.features.pooling import pool
from core.image_llm.hugging_face import HuggingFaceImageLLM
from tests.benchmarks.memory import peak_mebibytes
from tests.benchmarks.timing import Finding
from tests.benchmarks.true_sizes.models import build
from tests.tiny_checkpoints import tiny_families

QUESTION = "What happens in the video?"


def own_path(model: HuggingFaceImageLLM, frames: np.ndarray) -> int:
    """All frames as pictures of one message, through the model's own forward. The number of visual tokens."""
    tiny = tiny_families()[model.model_types[0]]
    count = len(model.visual_prefix(_pooled(model, frames[:1]))["spatial"])
    content = [*[{"type": "image"}] * len(frames), {"type": "text", "text": QUESTION}]
    text = model.tokenizer.apply_chat_template(
        [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
    )
    ids = model.tokenizer(text.replace(tiny.rendered, tiny.picture(count)), return_tensors="pt")["input_ids"]
    inputs = model.prepare(frames)
    with torch.inference_mode():
        model.language_model(input_ids=ids, **inputs, use_cache=True, logits_to_keep=1)
    return len(frames) * count


def our_path(model: HuggingFaceImageLLM, frames: np.ndarray) -> int:
    """Spatial and temporal tokens. The number of visual tokens."""
    prefix = model.visual_prefix(_pooled(model, frames))
    visual = visual_prefix_parts(len(prefix["spatial"]), list(range(len(frames))), model.timestamps)
    model.read(
        model.embed(build_prompt(model.template, [ClipInPrompt(visual)], [QUESTION], []), prefix),
        0,
        model.new_cache(),
    )
    return sum(len(stretch) for stretch in prefix.values())


def _pooled(model: HuggingFaceImageLLM, frames: np.ndarray) -> Any:
    patches = model.encode(frames)
    return pool(patches.x, patches.grid, torch.arange(len(frames), dtype=torch.float64))


def measure(case: str, path: str, count: int) -> dict[str, float]:
    model = build(case)
    frames = np.random.default_rng(0).integers(0, 256, (count, 360, 640, 3), dtype=np.uint8)
    run = {"own": own_path, "ours": our_path}[path]
    our_path(model, frames[:1])  # what a first call costs is not the path's
    started = time.monotonic()
    tokens = run(model, frames)
    seconds = time.monotonic() - started
    return {"tokens": tokens, "seconds": seconds, "gigabytes": peak_mebibytes() * 2**20 / 10**9}


def in_a_process(case: str, path: str, count: int) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.true_sizes.first_token", case, path, str(count)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:  # killed for its memory, as a rule: one case that cannot run leaves the others
        print(f"{case} {path} {count} failed ({done.returncode})", file=sys.stderr)
        return dict.fromkeys(("tokens", "seconds", "gigabytes"), float("nan"))
    return json.loads(done.stdout.splitlines()[-1])


def findings(case: str, counts: Iterable[int]) -> list[Finding]:
    """How many times fewer visual tokens, and how many times sooner a first token."""
    found = []
    for count in counts:
        own, ours = (in_a_process(case, path, count) for path in ("own", "ours"))
        speedup, memory = (own[key] / ours[key] for key in ("seconds", "gigabytes"))
        detail = f"{case}, {own['seconds']:.1f} : {ours['seconds']:.1f} s, {memory:.1f} times the memory"
        tokens = f"{own['tokens']:.0f} : {ours['tokens']:.0f}"
        goals = ("at least 10", "at least 5") if count == 32 else ("", "")
        found += [
            Finding(f"tokens_ratio_{count}_frames", own["tokens"] / ours["tokens"], goals[0], tokens),
            Finding(f"first_token_speedup_{count}_frames", speedup, goals[1], detail),
        ]
    return found


def main(case: str, counts: list[int]) -> None:
    print("| T | visual tokens, own : ours | seconds to first token, own : ours | peak GB, own : ours |")
    print("|---|---|---|---|")
    for count in counts:
        own, ours = (in_a_process(case, path, count) for path in ("own", "ours"))
        cells = [f"{own['tokens']:.0f} : {ours['tokens']:.0f}"]
        cells += [
            f"{own[key]:.1f} : {ours[key]:.1f} = {own[key] / ours[key]:.1f}"
            for key in ("seconds", "gigabytes")
        ]
        print(f"| {count} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    if sys.argv[2] in ("own", "ours"):
        print(json.dumps(measure(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
    else:
        main(sys.argv[1], [int(each) for each in sys.argv[2:]])
