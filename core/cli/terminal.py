"""Output for a person at a terminal: a progress bar, log messages and errors on stderr; JSON on stdout."""

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from core.progress import Progress
from core.text.lines import json_line

FAILED = 2  # exit code of a user's error
# What a bar says of progress that has values; the key itself says the rest.
PROGRESS = {
    "downloading_file": "downloading {name}: {done:,} of {total:,} MB",
    "encoding_clips": "encoding clips: {done:,} of {total:,}",
}


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar for what takes longer than a moment, where a person watches; gone when it is done."""
    from tqdm import tqdm

    layout = "{desc} |{bar:30}| {percentage:3.0f} %"
    with tqdm(total=100, bar_format=layout, file=sys.stderr, leave=False, delay=0.3, disable=None) as bar:

        def show(key: str, fraction: float, **values: object) -> None:
            bar.set_description_str(PROGRESS.get(key, key.replace("_", " ")).format(**values), refresh=False)
            bar.n = round(100 * fraction)
            bar.update(0)
            bar.refresh()

        yield show


def print_error(message: str) -> None:
    """On one line."""
    print("error:", " ".join(message.split()), file=sys.stderr)


@contextmanager
def told_on_stderr() -> Iterator[None]:
    """Show log messages of model loading (how much memory it takes) within this context."""
    log, shown = logging.getLogger("core.image_llm"), logging.StreamHandler(sys.stderr)
    before = log.level
    log.addHandler(shown)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(shown)
        log.setLevel(before)


def print_json(value: dict[str, Any], target: TextIO | None = None) -> None:
    print(json_line(value), end="", file=target, flush=True)
