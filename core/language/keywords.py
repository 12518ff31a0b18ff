"""The words that a text is about."""

import logging

from core.language.detection import WORD, detect

_STOP_WORDS = frozenset(
    "a an and are at be can comes did does do first for from has have how in is it its "  # noqa: SIM905
    "last me of on or the there they this to video was were what when where which who with you not no "
    "yes".split()
)


def keywords(text: str, limit: int = 5) -> list[str]:
    """At most `limit` of them, each once; in Chinese the most important first, in English in their order."""
    if detect(text) == "zh":
        import jieba.analyse

        jieba.setLogLevel(logging.WARNING)
        return jieba.analyse.extract_tags(text, topK=limit, allowPOS=("n", "nr", "ns", "nz"))
    words = [word.lower() for word in WORD.findall(text)]
    return list(dict.fromkeys(word for word in words if word not in _STOP_WORDS))[:limit]
