"""Simplified and traditional Chinese characters: which a text has, and each as the other.

For models that know simplified ones only: people who write traditional characters are understood, and read
the answers in the characters that they wrote. Knows nothing of models.
"""

from collections.abc import Iterator
from functools import cache

from opencc import OpenCC

# A character's other form can depend on its neighbours ("面条" is 麵條, "后面" is 後面): it is settled when
# so many more have come.
LOOK_AHEAD = 4
# Pronouns that are kept apart in traditional texts only; OpenCC leaves them as they are.
_PRONOUNS = str.maketrans({"妳": "你", "牠": "它", "祂": "它"})


@cache
def _converter(name: str) -> OpenCC:
    return OpenCC(name)


def common_script(text: str) -> str:
    """The text in simplified characters; what is no Chinese stays as it is. As many characters as before."""
    return _converter("tw2s").convert(text).translate(_PRONOUNS)


def traditional(text: str) -> str:
    """In traditional characters as Taiwan writes them; the words stay the same."""
    return _converter("s2tw").convert(text)


def in_script_of(example: str, text: str) -> str:
    """A text of common script in the characters that `example` is written in."""
    return traditional(text) if is_traditional(example) else text


def is_traditional(text: str) -> bool:
    """Whether it has characters that simplified Chinese has not."""
    return common_script(text) != text


def streamed_in_traditional(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces of a text, each as soon as its traditional characters are settled."""
    text = sent = ""
    for piece in pieces:
        text += piece
        settled = traditional(text)[: max(len(sent), len(text) - LOOK_AHEAD)]
        if rest := settled[len(sent) :]:
            sent = settled
            yield rest
    if rest := traditional(text)[len(sent) :]:
        yield rest
