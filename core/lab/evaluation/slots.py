"""Whether an answer states the right facts, for our own questions, in whatever wording.

An answer is right if it states exactly the wanted facts of the asked kind, no fewer and no more; of another
kind it may tell more. Nothing is guessed from an answer that states none.
"""

import re
from functools import cache

from core.lab.evaluation.refusals import is_refusal
from core.lab.evaluation.wordings import stated, without_objects
from core.lab.questions.questions import Question
from core.lab.questions.words import COLOURS, MOTIONS, concepts
from core.language.script import common_script

EITHER = "|"  # between facts of which any is right
WHEN_TOLERANCE = 1.0  # s, beside the rounding of the answer to whole seconds
_TIME = re.compile(r"(\d+):(\d\d)")
_SECONDS = re.compile(r"(\d+)(?:\.\d+)? ?(?:seconds?\b|s\b|秒)")
_FROM_THE_START = re.compile(
    r"from the (?:start|beginning)|at the beginning|一开始|从开头|从头", re.IGNORECASE
)
_SEQUENCE = re.compile(r"\bthen\b|\bfollowed\b|\bafter that\b|然后|接着|之后|后来", re.IGNORECASE)
_NO = {
    "en": re.compile(
        r"(?:no|nope|none|not|never)\b|there (?:is|are|was|were) (?:no|not)\b|there (?:isn|aren|wasn)'?t"
        r"|(?:i|the video|it) (?:see|saw|shows?) (?:no|nobody|nothing)\b"
        r"|(?:i|the video|it) (?:do|does|did|can)(?: ?not|n'?t)\b|nobody|nothing",
        re.IGNORECASE,
    ),
    "zh": re.compile("(?:视频里|画面里|画面中)?(?:没|不|无|看不到|未)"),
}
_YES = {
    "en": re.compile(
        r"yes|yeah|yep|there (?:is|are|was|were)\b|(?:i|the video|it) (?:can )?(?:see|saw|shows?|does)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile("(?:视频里|画面里|画面中)?(?:有|是|能|看到|可以|对)"),
}
_NUMBERS = {
    "en": ("one single", "two pair couple both", "three", "four", "five", "six", "seven", "eight", "nine"),
    "zh": ("一", "二 两 俩", "三", "四", "五", "六", "七", "八", "九"),
}
_NUMBER_OF = {
    language: {word: str(number) for number, words in enumerate(rows, 1) for word in words.split()}
    for language, rows in _NUMBERS.items()
}


def is_right(question: Question, answer: str) -> bool:
    """Whether the answer states what the question's slot wants, in the question's language."""
    language, skill, slot = question.language, question.skill, question.slot
    answer = common_script(answer)
    if skill == "refuse":
        return is_refusal(answer, language)
    if skill == "presence":
        return _yes_or_no(answer, language) == slot[0]
    if skill == "when":
        return _is_time(answer, float(slot[0]))
    if skill == "count":
        return _counts(answer, language) == list(slot)
    if skill == "background":
        return stated(without_objects(answer, language), "colour", language) == list(slot)
    if skill in ("motion", "place"):
        return stated(answer, skill, language) == list(slot)
    shown = stated(answer, "object", language)
    if skill == "name" and len(slot) == 1 and EITHER in slot[0]:
        return bool(shown) and set(shown) <= set(slot[0].split(EITHER))
    if skill == "name":
        return set(shown) == set(slot)
    if skill == "describe":
        return _is_described(answer, set(shown), set(slot), language)
    if skill == "after":
        return _what_is_after(question, shown) == slot[0]
    if skill == "order" or not _SEQUENCE.search(answer):
        return shown == list(slot)
    return (shown[:1] if skill == "first" else shown[-1:]) == list(slot)  # the whole order was told


def _is_described(answer: str, shown: set[str], wanted: set[str], language: str) -> bool:
    """Things are those, no other; a colour or a motion that is wanted is told, and no other motion."""
    motions = set(stated(answer, "motion", language)) - {"still"}
    colours = set(stated(answer, "colour", language))
    things = wanted & _objects()
    return (
        shown - colours == things - colours
        and wanted & COLOURS.keys() - things <= colours
        and motions == wanted & MOTIONS.keys() - things
    )


@cache
def _objects() -> frozenset[str]:
    return frozenset(concept.id for concept in concepts())


def _what_is_after(question: Question, shown: list[str]) -> str | None:
    """The one thing that an answer names and its question does not; else as our own answers are built."""
    asked = set(stated(common_script(question.text), "object", question.language))
    others = [each for each in shown if each not in asked]
    if asked and shown:
        return others[0] if len(others) == 1 else None
    return (shown[0] if question.language == "en" else shown[-1]) if shown else None


def _is_time(answer: str, wanted: float) -> bool:
    """Whether the first time that it tells is that one; it may tell until when, too."""
    times = [60 * int(minutes) + int(seconds) for minutes, seconds in _TIME.findall(answer)]
    times = times or [int(seconds) for seconds in _SECONDS.findall(answer)]
    times = times or ([0] if _FROM_THE_START.search(answer) else [])
    return bool(times) and len(times) <= 2 and abs(times[0] - int(wanted)) <= WHEN_TOLERANCE


def _yes_or_no(answer: str, language: str) -> str | None:
    """By its first words."""
    text = answer.strip().replace("’", "'")
    for said, patterns in (("no", _NO), ("yes", _YES)):
        if patterns[language].match(text):
            return said
    return None


def _counts(answer: str, language: str) -> list[str]:
    """The numbers that it tells, as digits or words; times are none, and neither are parts of names."""
    text = without_objects(_TIME.sub(" ", answer), language)
    words = _NUMBER_OF[language]
    if language == "en":
        pattern = rf"\b(?:{'|'.join(words)}|\d+)\b"
    else:  # a number stands before a measure word, or alone: 一直 is none
        measures = "|".join({concept.classifier for concept in concepts()} | {"个", "位", "种"})
        pattern = rf"(?:[{''.join(words)}]|\d+)(?= ?(?:{measures})|[\s。，！]*$)"
    found = [words.get(word.lower(), word) for word in re.findall(pattern, text, re.IGNORECASE)]
    if not found and language == "en" and not is_refusal(answer, language):
        return ["1"] if re.search(r"\ban?\b", text, re.IGNORECASE) else []
    return list(dict.fromkeys(found))
