"""How fast it is, as ratios of things measured in the same run.

    python -m tests.benchmarks [--json] [--mini] [opening turns together sampling writing frames ...]

Of compact, or of compact-mini; frames, starting and threads are the last three. Downloads nothing but what it
needs. Asserts nothing: a level that is missed is told, not hidden.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from core.engine.video_chat import VideoChat
from tests.benchmarks import opening, sampling, starting, threads, turns, writing
from tests.benchmarks.clips import repeated, write_clip
from tests.benchmarks.serving import together
from tests.benchmarks.timing import Finding, machine
from tests.benchmarks.true_sizes import first_token


def parts(model: str, folder: Path) -> dict[str, Callable[[], list[Finding]]]:
    """The questions by name; each measures when it is called."""
    short, minute = folder / "10s.mp4", folder / "60s.mp4"
    write_clip(short, 10)
    write_clip(minute, 60)
    chat = VideoChat.load(model)
    chat = VideoChat(chat.model, folder / "engine")  # whatever was opened on this machine before

    def long_and_short() -> list[Finding]:
        ten_minutes = repeated(minute, 10, folder / "600s.mp4")
        return [*sampling.findings(minute, "60 s"), *sampling.findings(ten_minutes, "10 min", repeats=1)]

    return {
        "opening": lambda: opening.findings(chat, short, folder),
        "turns": lambda: turns.findings(chat, minute),
        "together": lambda: together.findings(chat, short),
        "sampling": long_and_short,
        "writing": lambda: writing.findings(chat),
        "frames": lambda: first_token.findings("smolvlm-256m", (8, 32, 64)),
        "starting": lambda: starting.findings(model, str(short)),
        "threads": lambda: threads.findings(model, str(short)),
    }


def main(model: str, wanted: list[str], as_json: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        questions = parts(model, Path(folder))
        if unknown := set(wanted) - set(questions):
            sys.exit(f"unknown: {', '.join(sorted(unknown))}. Known: {', '.join(questions)}")
        found = []
        print(machine(), file=sys.stderr if as_json else sys.stdout)
        for name in wanted or questions:
            of_question = questions[name]()
            found += of_question
            if not as_json:
                print(f"\n{name}\n\n| what | measured | goal | from |\n|---|---|---|---|")
                for each in of_question:
                    print(f"| {each.key} | {each.value:.2f} | {each.goal} | {each.detail} |", flush=True)
    if as_json:
        print(json.dumps({"machine": machine(), **{each.key: each.value for each in found}}, indent=1))


if __name__ == "__main__":
    options = sys.argv[1:]
    named = [each for each in options if not each.startswith("--")]
    main("compact-mini" if "--mini" in options else "compact", named, "--json" in options)
