"""What a step of training costs: g_t alone, against all weights of the same LLM.

    python -m tests.benchmarks.true_sizes.training llava-2-layers

True layer sizes, random weights, few layers, float32; 8 frames of noise of 640 x 360, answers of 100 tokens.
Each case runs in a process of its own, because a process never forgets its peak.
"""

import json
import subprocess
import sys
import time
from itertools import pairwise

import numpy as np
import torch

from core.features.pooling import pool
from core.training.data.rows import TrainingRow, TrainingTurn
from core.training.sequences import Example
from core.training.settings import TrainingSettings
from core.training.student import Student
from tests.benchmarks.memory import peak_mebibytes
from tests.benchmarks.true_sizes.models import build

FRAMES, ROWS, STEPS = 8, 2, 3
SETTINGS = TrainingSettings("random", ("rows",), "out")
TURN = TrainingTurn("What happens in the video?", "a" * 100)  # the tokenizer's tokens are bytes


def measure(case: str, whole: bool) -> dict[str, float]:
    """whole: all weights of the LLM are trained too, as they are without the recipe."""
    model = build(case, "float32")
    frames = np.random.default_rng(0).integers(0, 256, (FRAMES, 360, 640, 3), dtype=np.uint8)
    started = time.monotonic()
    patches = model.encode(frames)
    features = pool(patches.x, patches.grid, torch.arange(FRAMES, dtype=torch.float64))
    encoding = time.monotonic() - started
    student = Student(model, SETTINGS)
    if whole:
        model.language_model.get_decoder().requires_grad_(True)
        model.language_model.get_output_embeddings().requires_grad_(True)
    optimiser = torch.optim.AdamW(student.trained().values(), lr=1e-6)
    examples = [Example(TrainingRow("1", "clip", (TURN,)), features)] * ROWS
    steps: list[tuple[float, ...]] = []
    for _ in range(STEPS):
        marks = [time.monotonic()]
        loss, _, _ = student(examples)
        marks.append(time.monotonic())
        loss.backward()
        marks.append(time.monotonic())
        optimiser.step()
        marks.append(time.monotonic())
        steps.append(tuple(end - start for start, end in pairwise(marks)))
        optimiser.zero_grad()
    best = min(steps, key=sum)  # the first one warms up
    parts = dict(zip(("forwards", "backwards", "update"), best, strict=True))
    return parts | {"encoding": encoding, "gigabytes": peak_mebibytes() * 2**20 / 10**9}


def in_a_process(case: str, what: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.benchmarks.true_sizes.training", case, what]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def main(cases: list[str]) -> None:
    print("| | trained | steps a minute | forwards, backwards, update | a clip's features, once | peak |")
    print("|---|---|---|---|---|---|")
    for case in cases:
        for what in ("g_t", "LLM"):
            found = in_a_process(case, what)
            parts = [found[name] for name in ("forwards", "backwards", "update")]
            seconds = " + ".join(f"{part:.1f}" for part in parts)
            cells = [case, what, f"{60 / sum(parts):.1f}", f"{seconds} s", f"{found['encoding']:.1f} s"]
            print(f"| {' | '.join(cells)} | {found['gigabytes']:.1f} GB |", flush=True)


if __name__ == "__main__":
    if sys.argv[2:] in (["g_t"], ["LLM"]):
        print(json.dumps(measure(sys.argv[1], whole=sys.argv[2] == "LLM")))
    else:
        main(sys.argv[1:])
