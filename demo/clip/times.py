"""Times of a clip: as people write them, and found again in a text."""

import re
from collections.abc import Iterator

_FIGURES = "零一二三四五六七八九"
_NUMBER_ZH = r"(?:\d{1,4}(?:\.\d+)?|[零〇一二两三四五六七八九十]{1,3})"
# 0:07, 0:07.5, 1:02:03, 0：07; 7 s, 7.5 seconds, second 7, 1 minute 5 seconds, 2 to 5 s;
# 7秒, 第七秒, 1分5秒, 两分半, 第3分钟; 2到5秒.
_TIME = re.compile(
    r"(?<![\d:：.])(?:(?:(?P<h>\d{1,2})[:：])?(?P<m>\d{1,2})[:：](?P<s>[0-5]\d(?:\.\d{1,3})?)(?![\d:：])"
    rf"|(?<![每下上前后几零〇一二两三四五六七八九十百])(?:第\s?)?(?:(?P<zh_m>{_NUMBER_ZH})\s?分钟?\s?第?)?(?P<zh_s>{_NUMBER_ZH})\s?秒(?!差)"
    rf"|(?P<zh_half>{_NUMBER_ZH})\s?分(?:钟)?半|第\s?(?P<zh_at_m>{_NUMBER_ZH})\s?分钟"
    r"|(?:(?P<en_m>\d{1,3})\s?(?:m|min|minutes?)\s(?:and\s)?)?"
    r"(?P<en_s>\d{1,4}(?:\.\d+)?)\s?(?:s|secs?|seconds?)(?![A-Za-z0-9])"
    r"|\b[Ss]econd\s(?P<at_s>\d{1,4})\b"
    rf"|第?(?P<from_s>{_NUMBER_ZH})(?=\s?(?:[-–—~～至到]|to|and)\s?(?:{_NUMBER_ZH})\s?(?:秒|s\b|sec)))"
)
_MINUTES = ("m", "zh_m", "en_m", "zh_half", "zh_at_m")
_SECONDS = ("s", "zh_s", "en_s", "at_s", "from_s")


def clock(seconds: float, decimals: int = 0) -> str:
    """A time as people read it: 7.4 -> "0:07" or "0:07.4", 3725 -> "1:02:05"."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    text = f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
    fraction = int(seconds * 10**decimals) % 10**decimals
    return f"{text}.{fraction:0{decimals}}" if decimals else text


def times_in(text: str, duration: float) -> Iterator[tuple[re.Match[str], float]]:
    """Every time in the text that lies within the clip: where it stands, and its seconds.

    A single picture, which has no duration, has no times either.
    """
    if duration == 0:
        return
    for match in _TIME.finditer(text):
        part = {name: _number(value) for name, value in match.groupdict().items() if value}
        minutes = 60 * part.get("h", 0) + sum(part.get(name, 0) for name in _MINUTES)
        moment = 60 * minutes + sum(part.get(name, 0) for name in _SECONDS) + 30 * ("zh_half" in part)
        if moment <= duration:
            yield match, moment


def _number(text: str) -> float:
    """ "7.5" -> 7.5, "两" -> 2, "十二" -> 12, "二十" -> 20."""
    if text[0].isdecimal():
        return float(text)
    text = text.replace("〇", "零").replace("两", "二")
    tens, ten, ones = text.rpartition("十")
    figures = [_FIGURES.index(figure) for figure in ones]
    value = sum(figure * 10**place for place, figure in enumerate(reversed(figures)))
    return value + (10 * (_FIGURES.index(tens[-1]) if tens else 1) if ten else 0)
