"""A sense that needs no library: tests put it into the registry, and the child finds it by its module."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.dialogue.conversation import Cue
from core.progress import Progress
from core.senses.sense import NothingThere, Sense, SenseOptions, Tell
from core.video.clip import VideoLimits


class PlainSense(Sense):
    """What it does is said by the language: "auto" finds two lines, others nothing, hang, or die.

    With "fetch" it tells of a download first, in the words of core/weights.py.
    """

    name = "hearing"
    source = "heard"

    def fingerprint(self, options: SenseOptions) -> str:
        return options.language

    def prepare(self, options: SenseOptions, progress: Progress) -> dict[str, Any]:
        if options.language == "fetch":
            progress("downloading_file", 0.5, name="model.bin", done=1, total=2)
        return {}

    def work(
        self, path: Path, limits: VideoLimits, options: SenseOptions, prepared: dict[str, Any], tell: Tell
    ) -> Iterator[Cue]:
        print("a library prints to stdout")
        if options.language == "nothing":
            raise NothingThere("nothing_said")
        yield Cue(2.0, 3.0, "second", 0.9, "en", "heard")
        tell(0.5)
        if options.language == "hang":
            time.sleep(600)
        if options.language == "die":
            raise MemoryError
        yield Cue(0.0, 1.0, "first", 0.9, "en", "heard")
