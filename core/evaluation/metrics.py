"""Similarity of a text to a reference, in English and Chinese.

* Words: case, width and punctuation do not count; Chinese is segmented by jieba.
* Exact match and token F1 also pass over English articles. F1 is that of the two bags of words.
* BLEU-4 by sacrebleu (of a corpus; exponential smoothing), ROUGE-L (F with beta 1.2) and CIDEr by
  pycocoevalcap, all three over our words. CIDEr weighs words by how rare they are among all references given,
  so it means nothing for one row. None of the three is informative for answers of a word or two.
"""

import logging
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from core.evaluation.packages import require

_HAN = "㐀-鿿豈-﫿"
_PIECES = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:['.][^\W_{_HAN}]+)*")
_ARTICLES = frozenset(("a", "an", "the"))

Pair = tuple[str, str]  # answer, reference


@dataclass(frozen=True)
class TextScores:
    """Of one answer; all but CIDEr in 0..1, CIDEr in 0..10."""

    exact: float
    f1: float
    rouge_l: float
    cider: float


def words(text: str) -> list[str]:
    """The words of a text in lower case, without punctuation; Chinese is segmented."""
    import jieba

    jieba.setLogLevel(logging.WARNING)
    found: list[str] = []
    for piece in _PIECES.findall(unicodedata.normalize("NFKC", text).lower()):
        found += jieba.lcut(piece) if re.match(f"[{_HAN}]", piece) else [piece]
    return found


def exact_match(answer: str, reference: str) -> bool:
    """Whether they are the same words in the same order, but for articles. No words match none."""
    return _telling(answer) == _telling(reference) != []


def token_f1(answer: str, reference: str) -> float:
    """F1 of the two bags of words, without articles, in 0..1."""
    ours, wanted = Counter(_telling(answer)), Counter(_telling(reference))
    common = (ours & wanted).total()
    return 2 * common / (ours.total() + wanted.total()) if common else 0.0


def text_scores(pairs: list[Pair]) -> list[TextScores]:
    """Scores of each answer. CIDEr takes the rarity of words from all references together."""
    require("pycocoevalcap")
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    if not pairs:
        return []
    answers = {number: [_spaced(answer)] for number, (answer, _) in enumerate(pairs)}
    references = {number: [_spaced(reference)] for number, (_, reference) in enumerate(pairs)}
    _, rouge = Rouge().compute_score(references, answers)
    _, cider = Cider().compute_score(references, answers)
    return [
        TextScores(float(exact_match(*pair)), token_f1(*pair), float(rouge_l), float(each))
        for pair, rouge_l, each in zip(pairs, rouge, cider, strict=True)
    ]


def bleu(pairs: list[Pair]) -> float:
    """BLEU-4 of all answers together, in 0..1."""
    require("sacrebleu")
    from sacrebleu import corpus_bleu

    answers = [_spaced(answer) for answer, _ in pairs]
    references = [_spaced(reference) for _, reference in pairs]
    return corpus_bleu(answers, [references], tokenize="none", force=True).score / 100


def _telling(text: str) -> list[str]:
    return [word for word in words(text) if word not in _ARTICLES]


def _spaced(text: str) -> str:
    return " ".join(words(text))
