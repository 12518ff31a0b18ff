"""Exact slot match: whether an answer states the right facts, for our own questions.

An answer is right if it states exactly the wanted facts of the asked kind, no fewer and no more, in whatever
wording. Nothing is guessed from an answer that states none.
"""

import re
from functools import cache

from core.lab.clips.virtual_photos import class_concepts
from core.lab.questions.nouns import plural
from core.lab.questions.questions import Question
from core.lab.questions.words import COLOURS, COUNTS, MOTIONS, concepts
from core.language.script import common_script

EITHER = "|"  # between facts of which any is right
WHEN_TOLERANCE = 1.0  # s, beside the rounding of the answer to whole seconds
_TIME = re.compile(r"(\d+):(\d\d)")

# The wordings of each fact; the longest match wins, and each part of the text counts once.
_MOTION_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "left": ("left",),
        "right": ("right",),
        "up": ("up", "upwards", "upward"),
        "down": ("down", "downwards", "downward"),
        "closer": ("closer", "nearer"),
        "away": ("away",),
        "still": ("does not move", "do not move", "still", "not moving"),
    },
    "zh": {
        "left": ("向左", "往左"),
        "right": ("向右", "往右"),
        "up": ("向上", "往上"),
        "down": ("向下", "往下"),
        "closer": ("越来越近", "靠近"),
        "away": ("越来越远", "远离"),
        "still": ("没有移动", "静止", "没动"),
    },
}
_PLACE_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "left": ("left",),
        "right": ("right",),
        "top": ("top",),
        "bottom": ("bottom",),
        "middle": ("middle",),
    },
    "zh": {
        "left": ("左边",),
        "right": ("右边",),
        "top": ("上方", "上边"),
        "bottom": ("下方", "下边"),
        "middle": ("中间",),
    },
}
_REFUSAL_WORDS = {"en": ("cannot tell",), "zh": ("看不出来",)}
assert set(_MOTION_WORDS["en"]) == set(MOTIONS), "every motion can be recognised in an answer"


def is_right(question: Question, answer: str) -> bool:
    """Whether the answer states exactly what the question's slot wants, in the question's language."""
    language, skill, slot = question.language, question.skill, question.slot
    answer = common_script(answer)
    if skill in ("name", "describe"):
        found = set(_stated(answer, "object", language))
        if len(slot) == 1 and EITHER in slot[0]:
            return bool(found) and found <= set(slot[0].split(EITHER))
        wanted = set(slot)
        if skill == "describe":
            found |= set(_stated(answer, "colour", language)) | set(_stated(answer, "motion", language))
            found -= {"still"}
        return found == wanted
    if skill == "after":
        stated = _stated(answer, "object", language)
        return (stated[:1] if language == "en" else stated[-1:]) == list(slot)
    if skill in ("first", "last", "order"):
        return _stated(answer, "object", language) == list(slot)
    if skill == "background":
        return _stated(answer, "colour", language) == list(slot)
    if skill == "when":
        times = [60 * int(minutes) + int(seconds) for minutes, seconds in _TIME.findall(answer)]
        wanted_time = float(slot[0])
        return len(times) == 1 and abs(times[0] - int(wanted_time)) <= WHEN_TOLERANCE
    if skill == "presence":
        return _yes_or_no(answer, language) == slot[0]
    if skill == "refuse":
        return any(words in answer for words in _REFUSAL_WORDS[language])
    if skill == "count":  # no number is stated by a name that has one in it, as 三角尺 has
        answer = _matcher("object", language)[1].sub("", answer)
    return _stated(answer, skill, language) == list(slot)


def _yes_or_no(answer: str, language: str) -> str | None:
    text = answer.strip().lower()
    for said, words in (("no", ("no", "没有", "不是")), ("yes", ("yes", "有", "是"))):
        if text.startswith(words):
            return said
    return None


def _stated(answer: str, kind: str, language: str) -> list[str]:
    """The facts of a kind in an answer, in their order; repeats of the same fact count once."""
    table, pattern = _matcher(kind, language)
    found = [table[match.group(0).lower()] for match in pattern.finditer(answer)]
    return list(dict.fromkeys(found))


@cache
def _matcher(kind: str, language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """(words -> fact, a pattern that finds the longest of the words)."""
    column = 0 if language == "en" else 1
    table: dict[str, str] = {}
    if kind == "object":
        for concept in (*concepts(), *class_concepts()):  # an answer may name any thing that the model knows
            table.setdefault(concept.name(language), concept.id)
            if language == "en":
                table.setdefault(plural(concept), concept.id)
        table |= {words[column]: "" for words in COLOURS.values() if words[column] not in table}
    elif kind == "colour":
        table = {words[column]: colour for colour, words in COLOURS.items()}
        if language == "en":
            table["grey"] = "gray"
    elif kind == "count":
        table = {words[column]: str(number) for number, words in COUNTS.items()}
        table |= {str(number): str(number) for number in COUNTS}
        if language == "zh":
            table["二"] = "2"
    else:
        source = _MOTION_WORDS if kind == "motion" else _PLACE_WORDS
        table = {words: fact for fact, all_words in source[language].items() for words in all_words}
    table = {words.lower(): fact for words, fact in table.items() if fact}
    edge = r"\b" if language == "en" else ""
    alternatives = "|".join(re.escape(words) for words in sorted(table, key=len, reverse=True))
    return table, re.compile(f"{edge}(?:{alternatives}){edge}", re.IGNORECASE)
