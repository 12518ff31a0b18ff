"""Simplified and traditional Chinese characters: which a text has, and each as the other."""

import re
from functools import cache

from opencc import OpenCC

# Pronouns that only traditional texts distinguish; OpenCC leaves them as they are.
_PRONOUNS = str.maketrans({"妳": "你", "牠": "它", "祂": "它"})
# 著 is 着 in simplified characters, but in what is about writing and in "remarkable" it is 著 in both.
_ASPECT = re.compile("(?<![显顯原名编編论論专專巨译譯拙遗遺合土昭卓新旧舊大])著(?![名作称稱者书書述录錄])")


@cache
def _converter(name: str) -> OpenCC:
    return OpenCC(name)


def common_script(text: str) -> str:
    """The text in simplified characters; what is no Chinese stays as it is. As many characters as before."""
    return _converter("t2s").convert(_ASPECT.sub("着", text)).translate(_PRONOUNS)


def traditional(text: str) -> str:
    """In traditional characters as Taiwan writes them; the words stay the same."""
    return _converter("s2tw").convert(text)


def is_traditional(text: str) -> bool:
    """Whether it has characters that simplified Chinese has not."""
    return common_script(text) != text


def in_script_of(example: str, text: str) -> str:
    """A text of common script in the characters that `example` is written in."""
    return traditional(text) if is_traditional(example) else text
