"""Which language a text is in, and its keywords. English and Chinese; knows nothing of models."""

import logging
import re

_CHINESE = re.compile(r"[㐀-鿿豈-﫿]")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")

LANGUAGES = ("en", "zh")

# Appended to a question whose answer is wanted in the other language.
ANSWER_IN = {"en": " Answer in English.", "zh": " 请用中文回答。"}

_ENGLISH_STOP_WORDS = frozenset(
    "a an and are at be can comes did do does first for from has have how in is it its "  # noqa: SIM905
    "last me of on or the there they this to video was were what when where which who with you not no "
    "yes".split()
)


def detect(text: str) -> str:
    """Chinese ("zh") where its characters make up a fair share of the text's words, else "en"."""
    chinese = len(_CHINESE.findall(text))
    latin = len(_WORD.findall(text))
    return "zh" if chinese > 0 and chinese >= latin else "en"


def keywords(text: str, limit: int = 5) -> list[str]:
    """The words that a text is about, most telling first, each once."""
    if detect(text) == "zh":
        import jieba.analyse

        jieba.setLogLevel(logging.WARNING)
        return jieba.analyse.extract_tags(text, topK=limit, allowPOS=("n", "nr", "ns", "nz"))
    words = [word.lower() for word in _WORD.findall(text)]
    return list(dict.fromkeys(word for word in words if word not in _ENGLISH_STOP_WORDS))[:limit]
