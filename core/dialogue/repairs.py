"""What was put right while a file of subtitles was read: each kind as a key, and how often.

As with errors, the page says it in the visitor's language and the command line in English.
"""

from collections import Counter
from dataclasses import dataclass

REPAIRS: dict[str, str] = {
    "damaged": "Characters that are damaged and could not be read: {count}.",
    "line_ends": "The ends of lines were doubled, which is put right.",
    "header": "WEBVTT is missing at the beginning; the file was read as VTT all the same.",
    "full_width": "Times in full-width signs, read as plain ones: {count}.",
    "arrow": "Arrows in another form than -->, read as that: {count}.",
    "decimal": "Times with another decimal sign than the format has: {count}.",
    "numbers": "Cues without a number of their own: {count}.",
    "ends": "Cues that ended before they began, now shown for a moment: {count}.",
    "order": "The cues were not in order of time, and are now.",
    "rolling": "Lines that rolling captions repeat, kept once: {count}.",
}


@dataclass(frozen=True)
class Repair:
    """One kind of repair. key: of `REPAIRS`."""

    key: str
    count: int

    def __str__(self) -> str:
        return REPAIRS[self.key].format(count=self.count)


class RepairLog:
    """Collects repairs while a file is read."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, key: str, count: int = 1) -> None:
        if count:
            self._counts[key] += count

    def all(self) -> tuple[Repair, ...]:
        """In the order of `REPAIRS`."""
        return tuple(Repair(key, self._counts[key]) for key in REPAIRS if self._counts[key])
