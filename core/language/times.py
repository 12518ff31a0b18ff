"""Times of a clip as people ask for them: "12:30", "1：30", "the last ten seconds", "第三分钟", "两分半"."""

import re
import unicodedata
from collections.abc import Iterator

from core.language.script import common_script

_FIGURES = "零一二三四五六七八九"
_ONES = {
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9},
    **{"ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15},
}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "ninety": 90}
_DIGITS = r"\d{1,4}(?:\.\d+)?"
_ZH = rf"(?:{_DIGITS}|[一二两三四五六七八九]?十[一二三四五六七八九]?|[零〇一二两三四五六七八九])"
_EN = rf"(?:{_DIGITS}|(?:{'|'.join(_TENS)})(?:[\s-](?:{'|'.join(_ONES)}))?|{'|'.join(_ONES)})"
_CLOCK = re.compile(r"(?<![\d:])(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,3}):(?P<s>\d{2})(?![\d:])")
# 分 alone is a minute where its number, a second or what is done then is beside it: 十分 is "very",
# 得3分 are points. 这一秒 is now.
_IN_ZH = re.compile(
    r"(?<![\d.零〇一二两三四五六七八九十百每下上这那几])(?P<nth>第\s?)?"
    rf"(?:(?P<h>{_ZH})\s?个?小时\s?(?:(?P<h_m>{_ZH})\s?分钟?)?)?"
    rf"(?:(?P<m>{_ZH})\s?(?:分钟|(?(nth)分(?!之)"
    rf"|分(?=\s?(?:半|处|时(?![尚髦间])|左右|的时候|那里|发生|出现|[说讲]|\d{{1,2}}(?!\d)|零?{_ZH}\s?秒))))(?P<half>半)?)?"
    rf"\s?[零第]?(?:(?P<s>{_ZH})\s?秒|(?<=分)(?P<bare_s>\d{{1,2}})(?!\d))?"
)
_IN_EN = re.compile(
    rf"(?<![\w.⁄-])(?:(?P<h>{_EN})[\s-]?(?:hours?|hrs?|h)(?![a-z])[\s,]*(?:and\s)?)?"
    rf"(?:(?P<m>{_EN})[\s-]?(?:minutes?|mins?|m)(?![a-z])[\s,]*(?:and\s)?)?"
    rf"(?:(?P<s>{_EN})[\s-]?(?:seconds?|secs?|s)(?![a-z]))?"
    r"|\bminute\s(?P<at_m>\d{1,3})\b|\bsecond\s(?P<at_s>\d{1,4})\b"
)
_UNITS = {"h": 3600, "m": 60, "h_m": 60, "at_m": 60, "s": 1, "bare_s": 1, "at_s": 1}  # seconds
_ALONE = re.compile(r"\b(last|final|first|opening) (?=(?:hour|minute|second)s?\b)")
# "6s" may be a telephone, "5m" a length; "at 90s" is a time.
_ONE_LETTER, _AT = re.compile(r"[\d.]+[smh]\s*"), re.compile(r"\b(?:at|after|around|from|to|until|by)\s$")
# How long something may take, or a part of a number.
_NO_TIME = re.compile(r"\b(?:in|within|for)\s$|hundred\s(?:and\s)?$|[用花]$")
_LAST = re.compile(r"(?:最后|末尾|结尾|倒数)的?\s?$|\b(?:last|final|closing)\s$")
_FIRST = re.compile(r"(?:前|开头|最初|(?<!镜)头|开始)的?\s?$|\b(?:first|opening)\s$")


def times_asked(text: str) -> list[float]:
    """The times that a text names, in seconds: "12:30", "1:02:05", "12分30秒", "90 seconds", "minute 3"."""
    return [seconds for seconds, _, _ in _named(text)]


def stretches_asked(text: str, end: float) -> list[tuple[float, float]]:
    """(start, end) of all that a text names, in seconds; of a moment both are the same. end: of the clip."""
    return [_stretch(*named, end) for named in _named(text)]


def number_of(text: str) -> float:
    """ "7.5" -> 7.5, "两" -> 2, "十二" -> 12, "二十" -> 20, "twenty-five" -> 25."""
    if text[0].isdecimal():
        return float(text)
    if text.isascii():
        return sum((_TENS | _ONES)[word] for word in re.split(r"[\s-]", text))
    text = text.replace("〇", "零").replace("两", "二")
    tens, ten, ones = text.rpartition("十")
    return 10 * (_FIGURES.index(tens) if tens else 1) * bool(ten) + (_FIGURES.index(ones) if ones else 0)


def _stretch(seconds: float, before: str, nth: bool, end: float) -> tuple[float, float]:
    if _LAST.search(before):
        return max(0.0, end - seconds), end
    if _FIRST.search(before):
        return 0.0, seconds
    return (max(0.0, seconds - 60), seconds) if nth else (seconds, seconds)


def _named(text: str) -> Iterator[tuple[float, str, bool]]:
    """(seconds, what stands before, whether it is a whole minute by its number)."""
    text = _ALONE.sub(r"\1 1 ", common_script(unicodedata.normalize("NFKC", text)).lower())
    for pattern in (_CLOCK, _IN_ZH, _IN_EN):
        for match in pattern.finditer(text):
            found = {name: value for name, value in match.groupdict().items() if value}
            part = {name: number_of(found[name]) * unit for name, unit in _UNITS.items() if name in found}
            before = text[: match.start()]
            if part and part.keys() & {"m", "s"} and pattern is not _CLOCK and _NO_TIME.search(before):
                continue
            if part and (_AT.search(before) or not _ONE_LETTER.fullmatch(match[0])):
                nth = "nth" in found and part.keys() == {"m"} and "half" not in found
                yield sum(part.values()) + 30 * ("half" in found), before, nth
        text = pattern.sub(lambda match: " " * len(match[0]), text)
