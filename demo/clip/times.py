"""Times of a clip: as people write them, and found again in a text."""

import re
from collections.abc import Iterator

# 0:07, 1:02:03; 7 s, 7.5 seconds, second 7; 7秒, 第7秒, 1分5秒.
_TIME = re.compile(
    r"(?<![\d:.])(?:(?:(?P<h>\d{1,2}):)?(?P<m>\d{1,2}):(?P<s>[0-5]\d)(?![\d:])"
    r"|(?:第\s?)?(?:(?P<zh_m>\d{1,2})\s?分钟?\s?)?(?P<zh_s>\d{1,4}(?:\.\d+)?)\s?秒"
    r"|(?P<en_s>\d{1,4}(?:\.\d+)?)\s?(?:s|secs?|seconds?)(?![A-Za-z0-9])"
    r"|\b[Ss]econd\s(?P<at_s>\d{1,4})\b)"
)


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
        part = {name: float(value) for name, value in match.groupdict().items() if value}
        minutes = 60 * part.get("h", 0) + part.get("m", 0) + part.get("zh_m", 0)
        moment = 60 * minutes + sum(part.get(name, 0) for name in ("s", "zh_s", "en_s", "at_s"))
        if moment <= duration:
            yield match, moment
