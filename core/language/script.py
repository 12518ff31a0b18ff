"""Simplified and traditional Chinese characters: which a text has, and each as the other."""

import re
from collections.abc import Iterable
from functools import cache

from opencc import OpenCC

from core.language.detection import CHINESE

SIMPLIFIED, TRADITIONAL = "Hans", "Hant"  # as ISO 15924 names them
# Pronouns that only traditional texts distinguish; OpenCC leaves them as they are.
_PRONOUNS = str.maketrans({"妳": "你", "牠": "它", "祂": "它"})
# 著 is 着 in simplified characters, but in what is about writing and in "remarkable" it is 著 in both.
_ASPECT = re.compile("(?<![显顯原名编編论論专專撰巨译譯拙遗遺合土昭卓新旧舊大])著(?![名作称稱者书書述录錄])")


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


def in_script(text: str, script: str) -> str:
    """A text of common script in the characters of a script."""
    return traditional(text) if script == TRADITIONAL else text


def script_of(texts: Iterable[str]) -> str:
    """Of the first of these texts that has characters of one script alone; simplified where none has any."""
    return next((script for text in texts if (script := _script(text))), SIMPLIFIED)


def _script(text: str) -> str | None:
    if is_traditional(text):
        return TRADITIONAL
    return SIMPLIFIED if any(not _in_big5(character) for character in CHINESE.findall(text)) else None


def _in_big5(character: str) -> bool:
    """Whether it is in the character set that traditional texts are written with."""
    try:
        return bool(character.encode("big5"))
    except UnicodeEncodeError:
        return False
