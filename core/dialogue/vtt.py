"""WebVTT: blocks between blank lines, with comments, styles, entities, voices and times inside lines.

https://www.w3.org/TR/webvtt1/ . Beside what it says, commas in times and a missing header are read.
"""

import html
import re
from collections.abc import Iterator

from core.dialogue.repairs import RepairLog
from core.dialogue.shown import Shown, read_times

HEADER = "WEBVTT"
_NO_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_TAG = re.compile(r"</?[A-Za-z0-9.][^>]*(?:>|$)|</>")  # a time in angles, too
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[A-Za-z][A-Za-z0-9]*);")


def is_vtt(text: str) -> bool:
    return text.lstrip()[: len(HEADER)].upper() == HEADER


def read_vtt(text: str, log: RepairLog) -> list[Shown]:
    """The cues in the order of the file. Markup goes first and entities then: "&lt;b&gt;" is text."""
    shown: list[Shown] = []
    for number, block in enumerate(_blocks(text)):
        if number == 0:
            if is_vtt(block[0]):
                block = block[1:]  # the rest of it are settings, unless a blank line is missing
            else:
                log.add("header")
        cue: Shown | None = None
        for line in [] if block and _NO_CUE.match(block[0]) else block:
            if (found := read_times(line, ".", log)) is not None:
                cue = found
                shown.append(cue)
            elif cue is not None and (plain := _plain(line)):
                cue.lines.append(plain)
    return shown


def _blocks(text: str) -> Iterator[list[str]]:
    """Runs of lines that are not empty. A line of a space is not: automatic captions have them."""
    block: list[str] = []
    for line in [*text.lstrip("\n").split("\n"), ""]:
        if line:
            block.append(line)
        elif block:
            yield block
            block = []


def _plain(line: str) -> str:
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), _TAG.sub("", line)).strip()
