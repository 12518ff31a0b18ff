"""Rolling captions: each shows the last line of the one before again, and one more below.

Automatic subtitles come so. Read as they are, everything is said twice or three times. Here each line is kept
once, from when it appeared; a line that somebody says twice appears twice, and is kept twice.
"""

from itertools import pairwise

from core.dialogue.repairs import RepairLog
from core.dialogue.shown import Shown

GAP = 0.1  # s at most between two that belong together
SHARE = 1 / 3  # of the pairs of neighbours that overlap in rolling captions; a refrain stays below
FEWEST = 2


def unrolled(shown: list[Shown], log: RepairLog) -> list[Shown]:
    """Each line once, if these are rolling captions; else as they were. shown: in order, with text."""
    overlaps = [_overlap(before, after) for before, after in pairwise(shown)]
    rolling = sum(bool(lines) for lines in overlaps)
    if rolling < FEWEST or rolling < SHARE * len(overlaps):
        return shown
    result = [Shown(each.start, each.end, list(each.lines)) for each in shown[:1]]
    for each, lines in zip(shown[1:], overlaps, strict=True):
        if lines:
            log.add("rolling", lines)
            result[-1].end = each.end if lines == len(each.lines) else each.start
        if lines < len(each.lines):
            result.append(Shown(each.start, each.end, each.lines[lines:]))
    return result


def _overlap(before: Shown, after: Shown) -> int:
    """How many of the first lines of one are the last lines of the other."""
    if after.start - before.end > GAP:
        return 0
    most = min(len(before.lines), len(after.lines))
    return next((n for n in range(most, 0, -1) if before.lines[-n:] == after.lines[:n]), 0)
