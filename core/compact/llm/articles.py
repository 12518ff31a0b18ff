"""English articles that agree with the word behind them: "an apple", "a unicorn".

A small LLM chooses the article before it has chosen the word.
"""

import re
from collections.abc import Iterator

_ARTICLE = re.compile(r"\b([Aa])n?(?= (\w+))")
_UNSETTLED = re.compile(r"\b[Aa]n?( \w*)?$")  # an article whose word is not whole yet
# By the sound that a word begins with: "a unicorn", "a one-way street", but "an hourglass", "an X-ray".
_CONSONANT = re.compile(r"(?:[^aeiou]|eu|one|uni(?!n|m)|u[kst][eu]|ufo)", re.IGNORECASE)
_VOWEL = re.compile(r"(?:hour|honest|honou?r|heir|x$)", re.IGNORECASE)


def with_articles(text: str) -> str:
    """The text with "a" or "an" as the word behind each wants it."""
    return _ARTICLE.sub(lambda found: found[1] + ("n" if _begins_with_vowel(found[2]) else ""), text)


def streamed_with_articles(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces of a text, an article as soon as the word behind it is whole."""
    text = sent = ""
    for piece in pieces:
        text += piece
        open_end = _UNSETTLED.search(text)
        settled = with_articles(text[: open_end.start()] if open_end else text)
        if rest := settled[len(sent) :]:
            sent = settled
            yield rest
    if rest := with_articles(text)[len(sent) :]:
        yield rest


def _begins_with_vowel(word: str) -> bool:
    return bool(_VOWEL.match(word)) or not _CONSONANT.match(word)
