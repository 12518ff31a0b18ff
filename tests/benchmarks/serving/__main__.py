"""Many at once: visitors of `reeltalk serve` who each hold a conversation about one of a few clips.

    python -m tests.benchmarks.serving [--visitors 50] [--clips 10] [--model compact] [--at-once 8] [--json]

Tells the time to the first token, tokens a second of all together, and what was lost. Nobody gets another's
answer: each is compared with what the same question about the same clip gets when nobody else asks.
"""

import argparse
import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx
import openai

from core.folders import weights_folder
from core.serve.keys import add_key
from tests.benchmarks.clips import write_clip
from tests.benchmarks.timing import machine

EXAMPLES = Path(__file__).parents[3] / "assets" / "examples"
QUESTIONS = ("What is in the video?", "What colour is it?", "它往哪个方向移动？")
LONGEST = 48  # tokens of an answer


@dataclass(frozen=True)
class Answer:
    """What a visitor got. first, seconds: from the question to the first piece of text, and to the last."""

    clip: str
    answers: tuple[str, ...]  # to this question, and before it to those that came first
    first: float
    seconds: float
    tokens: int


@contextmanager
def serving(folder: Path, model: str, at_once: int, visitors: int) -> Iterator[tuple[str, str]]:
    """The address of a server that has seen no clip, and a key."""
    keys = folder / "keys.toml"
    token = add_key(keys, "visitors")
    keys.write_text(f"{keys.read_text().strip()}\nat_once = {visitors}\nper_minute = 100000\n")
    options = ["--model", model, "--keys", str(keys), "--at-once", str(at_once), "--queue", str(visitors)]
    command = [sys.executable, "-m", "core", "serve", "--port", "0", "--senses-at-once", "0", *options]
    folders = {"REELTALK_WEIGHTS": str(weights_folder()), "REELTALK_CACHE": str(folder / "cache")}
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **folders})
    try:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None, "the server did not start"
        threading.Thread(target=server.stdout.read, daemon=True).start()  # its log, which nobody needs
        yield found[0], token
    finally:
        server.terminate()
        server.wait(120)


async def visit(client: openai.AsyncOpenAI, model: str, clip: str, file: str) -> list[Answer]:
    """A conversation about a clip."""
    said: list[Any] = [{"type": "input_video", "input_video": {"file_id": file}}]
    messages: list[Any] = []
    answers: list[Answer] = []
    for question in QUESTIONS:
        messages.append({"role": "user", "content": [*said, {"type": "text", "text": question}]})
        said, since, first, text, tokens = [], time.monotonic(), 0.0, "", 0
        stream = await client.chat.completions.create(
            model=model,
            messages=messages,
            max_tokens=LONGEST,
            stream=True,
            stream_options={"include_usage": True},
        )
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                first = first or time.monotonic() - since
                text += chunk.choices[0].delta.content
            if chunk.usage:
                tokens = chunk.usage.completion_tokens
        messages.append({"role": "assistant", "content": text})
        before = answers[-1].answers if answers else ()
        answers.append(Answer(clip, (*before, text), first, time.monotonic() - since, tokens))
    return answers


async def measure(url: str, token: str, model: str, visitors: int, clips: list[Path]) -> dict[str, Any]:
    timeout = httpx.Timeout(3600)
    client = openai.AsyncOpenAI(base_url=url, api_key=token, max_retries=0, timeout=timeout)
    files = {clip.name: (await client.files.create(file=clip, purpose="user_data")).id for clip in clips}
    names = [clips[number % len(clips)].name for number in range(visitors)]
    since = time.monotonic()
    visits = await asyncio.gather(
        *(visit(client, model, name, files[name]) for name in names), return_exceptions=True
    )
    seconds = time.monotonic() - since
    alone = {name: await visit(client, model, name, files[name]) for name in files}
    answers = [answer for each in visits if isinstance(each, list) for answer in each]
    others = sum(answer.answers != alone[answer.clip][len(answer.answers) - 1].answers for answer in answers)
    first = [[each.first for each in answers if (len(each.answers) > 1) == later] for later in (False, True)]
    figures = {
        "visitors": visitors,
        "clips": len(clips),
        "answers": len(answers),
        "lost": visitors * len(QUESTIONS) - len(answers),
        "why": sorted({repr(each) for each in visits if not isinstance(each, list)}),
        "other_than_alone": others,
        "seconds": seconds,
        "tokens_per_second": sum(answer.tokens for answer in answers) / seconds,
        "tokens_per_second_alone": _speed([answer for each in alone.values() for answer in each]),
    }
    for name, times in zip(("first_question", "later_questions"), first, strict=True):
        figures |= {f"{name}_p50": median(times), f"{name}_p95": quantiles(times, n=20)[-1]}
    return figures


def _speed(answers: list[Answer]) -> float:
    return sum(answer.tokens for answer in answers) / sum(answer.seconds for answer in answers)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50)
    parser.add_argument("--clips", type=int, default=10)
    parser.add_argument("--model", default="compact")
    parser.add_argument("--at-once", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clips = sorted(EXAMPLES.glob("*.mp4"))[: wanted.clips]
        lengths = range(5, 5 + wanted.clips - len(clips))  # seconds, so that no two are alike
        clips += [write_clip(folder / f"{seconds}s.mp4", seconds) for seconds in lengths]
        with serving(folder, wanted.model, wanted.at_once, wanted.visitors) as (url, token):
            figures = asyncio.run(measure(url, token, wanted.model, wanted.visitors, clips))
    if wanted.json:
        print(json.dumps({"machine": machine(), **figures}, indent=1))
        return
    print(machine())
    for name, value in figures.items():
        print(
            f"{name.replace('_', ' '):<26} {value:.2f}" if isinstance(value, float) else f"{name:<26} {value}"
        )


if __name__ == "__main__":
    main()
