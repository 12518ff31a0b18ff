"""Output for a person at a terminal: a progress bar, log messages and errors on stderr; JSON on stdout."""

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from core.progress import Progress

FAILED = 2  # exit code of a user's error


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar for what takes longer than a moment, where a person watches; gone when it is done."""
    from tqdm import tqdm

    layout = "{desc} |{bar:30}| {percentage:3.0f} %"
    with tqdm(total=100, bar_format=layout, file=sys.stderr, leave=False, delay=0.3, disable=None) as bar:

        def show(key: str, fraction: float) -> None:
            bar.set_description_str(key.replace("_", " "), refresh=False)
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
    print(json.dumps(value, ensure_ascii=False), file=target, flush=True)
