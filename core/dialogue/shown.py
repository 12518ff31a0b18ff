"""Lines of text that a file shows between two times, before they become cues.

Times are read as people and programs write them, and what is not as the format has it is told.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from itertools import zip_longest

from core.dialogue.repairs import RepairLog

_TIME = r"(?:(\d{1,3})\s*:\s*)?(\d{1,3})\s*:\s*(\d{1,2})(?:\s*([,.:;])\s*(\d{1,9}))?"
_ARROW = r"\s*((?:[-–—=−]\s*){1,3}>|→|⟶|⇒)\s*"
_TIMES = re.compile(rf"\s*{_TIME}{_ARROW}{_TIME}(\s+\S.*|\s*)$")
MOMENT = 2.0  # s that a cue is shown whose end makes no sense


@dataclass
class Shown:
    """Lines without markup, from `start` to `end` (s)."""

    start: float
    end: float
    lines: list[str] = field(default_factory=list)


def read_times(line: str, decimal: str, log: RepairLog) -> Shown | None:
    """A line of times, as yet without text; None where it is no such line. decimal: the format's own sign."""
    plain = unicodedata.normalize("NFKC", line)
    match = _TIMES.match(plain)
    if match is None:
        return None
    arrow, rest = match[6], match[12].strip()
    if arrow != "-->" and rest:  # somebody speaks of times
        return None
    log.add("full_width", plain.replace("\xa0", " ") != line.replace("\xa0", " "))
    log.add("arrow", arrow != "-->")
    log.add("decimal", any(sign not in (None, decimal) for sign in (match[4], match[10])))
    return Shown(_seconds(match, 1), _seconds(match, 7))


def _seconds(match: re.Match[str], first: int) -> float:
    hours, minutes, seconds, _, fraction = (match[group] for group in range(first, first + 5))
    whole = 3600 * int(hours or 0) + 60 * int(minutes) + int(seconds)
    return whole + float(f"0.{fraction or 0}")


def in_order(shown: list[Shown], log: RepairLog) -> list[Shown]:
    """By time, each with an end behind its start."""
    ordered = sorted(shown, key=lambda each: each.start)
    log.add("order", [each.start for each in ordered] != [each.start for each in shown])
    for each, after in zip_longest(ordered, ordered[1:]):
        if each.end <= each.start:
            each.end = each.start + MOMENT
            if after is not None and each.start < after.start:
                each.end = min(each.end, after.start)
            log.add("ends")
    return ordered
