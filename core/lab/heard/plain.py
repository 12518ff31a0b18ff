"""Text in which facts are looked for: small letters, simplified characters, every number in digits."""

import re

from core.language.script import common_script

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: number for number, word in enumerate(_ONES)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6}
_WORD = "|".join([*_WORDS, *_SCALES])
_ENGLISH = re.compile(rf"\b(?:{_WORD})(?:(?:[\s-]+|\s+and\s+)(?:{_WORD}))*\b")
_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10_000}
_CHINESE = re.compile(f"[{''.join([*_DIGITS, *_UNITS])}]+")


def plain(text: str) -> str:
    """ "Twenty-five dogs" -> "25 dogs", 一千二百元 -> 1200元, "40,000" -> "40000"."""
    text = re.sub(r"(?<=\d),(?=\d{3})", "", common_script(text).lower())
    text = _ENGLISH.sub(lambda found: str(_english(re.findall(_WORD, found[0]))), text)
    return _CHINESE.sub(lambda found: _chinese(found[0]), text)


def _english(words: list[str]) -> int:
    whole, part = 0, 0
    for word in words:
        if word == "hundred":
            part = max(1, part) * _SCALES[word]
        elif word in _SCALES:
            whole, part = whole + max(1, part) * _SCALES[word], 0
        else:
            part += _WORDS[word]
    return whole + part


def _chinese(digits: str) -> str:
    if not any(digit in _UNITS for digit in digits):  # a year, a room
        return "".join(str(_DIGITS[digit]) for digit in digits)
    whole, part, digit = 0, 0, 0
    for each in digits:
        if each == "万":
            whole, part, digit = whole + max(1, part + digit) * _UNITS[each], 0, 0
        elif each in _UNITS:
            part, digit = part + max(1, digit) * _UNITS[each], 0
        else:
            digit = _DIGITS[each]
    return str(whole + part + digit)
