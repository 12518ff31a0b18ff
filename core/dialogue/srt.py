"""SRT as it is found on people's disks: what is wrong is put right where it can be told how."""

import re
import unicodedata

from core.dialogue.repairs import RepairLog
from core.dialogue.shown import Shown, read_times

# HTML of the usual players, overrides of ASS, and its hard spaces and breaks.
_TAG = r"</?(?:i|b|u|s|em|strong|font|c|v|lang|ruby|rt|span)(?:[\s.][^<>]*)?>"
_MARKUP = re.compile(rf"{_TAG}|\{{\\[^{{}}]*\}}", re.IGNORECASE)
_BREAK = re.compile(r"\\[Nnh]|<br\s*/?>", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(\d{1,7})\s*[.)]?\s*")


def read_srt(text: str, log: RepairLog) -> list[Shown]:
    """Every line of times with the text below it, whether there are blank lines or not."""
    shown: list[Shown] = []
    above: list[str] = []  # lines since the last times
    number = 0
    for line in text.split("\n"):
        found = read_times(line, ",", log)
        if found is None:
            above.append(line)
            continue
        place = _place_of_number(above, number)
        number = number + 1 if place is None else _as_number(above[place]) or 0
        log.add("numbers", place is None)
        if shown:
            shown[-1].lines = _plain(above[:place])
        shown.append(found)
        above = []
    if shown:
        shown[-1].lines = _plain(above)
    return shown


def _place_of_number(above: list[str], before: int) -> int | None:
    """Where the number of the next cue stands in the lines above its times; before: the last cue's.

    A number alone may be what somebody says. It is taken for one of a cue where one has to stand: right above
    the times and apart from the text, or where it goes on counting.
    """
    place = next((index for index in reversed(range(len(above))) if above[index].strip()), None)
    value = None if place is None else _as_number(above[place])
    if place is None or value is None:
        return None
    apart = place == 0 or not above[place - 1].strip()
    right_above = place == len(above) - 1
    return place if (right_above and apart) or value == before + 1 else None


def _as_number(line: str) -> int | None:
    match = _NUMBER.fullmatch(unicodedata.normalize("NFKC", line))
    return int(match[1]) if match else None


def _plain(lines: list[str]) -> list[str]:
    return [line for raw in lines if (line := _MARKUP.sub("", _BREAK.sub(" ", raw)).strip())]
