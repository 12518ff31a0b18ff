"""The lines that a question needs: those with its rare words, their neighbours, and the times it names.

BM25 over jieba's words and over English words without their endings.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from core.dialogue.conversation import Cue
from core.language.script import common_script
from core.language.times import stretches_asked

BEST = 6  # lines that share words with the question, at most
AROUND = 1  # neighbours on each side
BEFORE, AFTER = 8.0, 20.0  # seconds around a time that is asked for
_CHINESE = re.compile(r"[㐀-鿿豈-﫿]+")
_LATIN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")
_ENDINGS = ("ingly", "edly", "ings", "ing", "ied", "ies", "ed", "es", "ly", "s", "e", "y")
_COMMON = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "could",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "him",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "just",
        "me",
        "more",
        "my",
        "no",
        "not",
        "of",
        "on",
        "or",
        "our",
        "out",
        "she",
        "so",
        "some",
        "tell",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "they",
        "this",
        "to",
        "up",
        "us",
        "video",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
        "say",
        "says",
        "said",
        "talk",
        "about",
        "happen",
        "happens",
        "mention",
        "mentioned",
        "clip",
        "please",
        "的",
        "了",
        "是",
        "在",
        "我",
        "你",
        "他",
        "她",
        "它",
        "们",
        "吗",
        "呢",
        "吧",
        "啊",
        "和",
        "与",
        "就",
        "都",
        "也",
        "有",
        "没有",
        "这",
        "那",
        "个",
        "什么",
        "怎么",
        "哪",
        "哪里",
        "谁",
        "多少",
        "几",
        "时候",
        "什么时候",
        "视频",
        "里",
        "中",
        "说",
        "说了",
        "讲",
        "到",
        "过",
        "被",
        "把",
        "请",
        "告诉",
        "一下",
        "一个",
        "这个",
        "那个",
        "为什么",
        "怎样",
        "如何",
    ]
)
_ENDS = re.compile(r"\b(?:end|ends|ended|ending|finally|conclusion|last)\b|最后|结尾|结束|末尾|总结")
_STARTS = re.compile(
    r"\b(?:begin|begins|beginning|start|starts|opening|intro|introduction|first)\b|开头|开始|开场|最初"
)
_BACK = re.compile(
    r"\b(?:that|this|it|then|before|after|else|more|he|she|they|why)\b|之前|之后|然后|还|那|它|他|她|这",
    re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """What a text is found by."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    text = common_script(text.lower())
    found = [_stem(word) for word in _LATIN.findall(text) if word not in _COMMON]
    for stretch in _CHINESE.findall(text):
        found += [word for word in jieba.cut_for_search(stretch) if word not in _COMMON]
    return found


def goes_back(question: str) -> bool:
    """Whether a question leans on the one before: it says "that", or has hardly a word of its own."""
    return bool(_BACK.search(common_script(question))) or len(words(question)) < 2


class CueIndex:
    """The cues of one source of one clip, to be searched."""

    def __init__(self, cues: Sequence[Cue]) -> None:
        import bm25s

        self._cues = cues
        tokens = [words(cue.text) for cue in cues]
        self._scores = None
        if any(tokens):
            self._scores = bm25s.BM25()
            self._scores.index(tokens, show_progress=False)
        self._known = {token for line in tokens for token in line}

    def find(self, question: str, before: str = "", answer: str = "") -> Iterator[int]:
        """Indices of cues, the most needed first, each once.

        before, answer: the question and answer that this one leans on; empty where it does not.
        """
        given: set[int] = set()
        for index in self._wanted(question, before, answer):
            if 0 <= index < len(self._cues) and index not in given:
                given.add(index)
                yield index

    def _wanted(self, question: str, before: str, answer: str) -> Iterator[int]:
        end = max((cue.end for cue in self._cues), default=0.0)
        for start, stop in stretches_asked(question, end) or stretches_asked(answer, end):
            yield from self._at(start, stop)
        hits = self._best(f"{question} {before}")
        yield from hits
        edges = common_script(question.lower())
        if _ENDS.search(edges):
            yield from self._at(end, end)
        if _STARTS.search(edges):
            yield from self._at(0.0, 0.0)
        for distance in range(1, AROUND + 1):
            for index in hits:
                yield from (index + distance, index - distance)

    def _at(self, start: float, stop: float) -> list[int]:
        """The cues in a stretch, in order, and those around it, the nearest first."""
        away = {
            number: max(cue.start - stop, start - cue.end, 0.0)
            for number, cue in enumerate(self._cues)
            if cue.end >= start - BEFORE and cue.start <= stop + AFTER
        }
        return sorted(away, key=lambda number: (away[number], abs(self._cues[number].start - start)))

    def _best(self, text: str) -> list[int]:
        query = [word for word in words(text) if word in self._known]
        if self._scores is None or not query:
            return []
        scores = self._scores.get_scores(query)  # Shape: (number of cues,)
        best = scores.argsort()[::-1][:BEST].tolist()
        return [number for number in best if scores[number] > 0]


@lru_cache(32)
def index_of(cues: tuple[Cue, ...]) -> CueIndex:
    """Made once for each clip and source that is talked about."""
    return CueIndex(cues)


def _stem(word: str) -> str:
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
