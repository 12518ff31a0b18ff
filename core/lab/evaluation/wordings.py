"""The facts that an answer states of a kind, such as motions, found by their words in either language."""

import re
from functools import cache

from core.compact.words.names import name_table
from core.lab.clips.virtual_photos import class_concepts
from core.lab.questions.nouns import plural
from core.lab.questions.words import COLOURS, MOTIONS, PLACES, concepts

# The wordings of each fact; the longest match wins, and each part of the text counts once.
_MOTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "left": ("left", "leftward", "leftwards", "from right to left", "from the right to the left"),
        "right": ("right", "rightward", "rightwards", "from left to right", "from the left to the right"),
        "up": (
            "up",
            "upwards",
            "upward",
            "rises",
            "rising",
            "from bottom to top",
            "from the bottom to the top",
        ),
        "down": ("down", "downwards", "downward", "falls", "falling", "from top to bottom"),
        "closer": (
            "closer",
            "nearer",
            "approaches",
            "approaching",
            "towards the camera",
            "toward the camera",
        ),
        "away": ("away", "farther", "further", "recedes"),
        "still": (
            *(
                "does not move",
                "do not move",
                "doesn't move",
                "don't move",
                "not move",
                "not moving",
                "still",
            ),
            *("still", "stationary", "stays where it is", "stays about where it is", "no movement"),
            *("not appear to move", "not seem to move", "that it moves"),
        ),
    },
    "zh": {
        "left": ("向左", "往左", "朝左", "从右向左", "从右到左", "从右往左"),
        "right": ("向右", "往右", "朝右", "从左向右", "从左到右", "从左往右"),
        "up": ("向上", "往上", "朝上", "上升", "从下往上", "从下向上"),
        "down": ("向下", "往下", "朝下", "下降", "下落", "从上往下", "从上向下"),
        "closer": ("越来越近", "靠近", "接近", "变近"),
        "away": ("越来越远", "远离", "远去", "变远"),
        "still": (
            *("没有移动", "静止", "没动", "没有动", "不动", "没怎么动", "没在动", "基本没有移动"),
            "没有明显移动",
        ),
    },
}
_PLACES: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "left": ("left",),
        "right": ("right",),
        "top": ("top", "upper"),
        "bottom": ("bottom", "lower"),
        "middle": ("middle", "center", "centre"),
    },
    "zh": {
        "left": ("左边", "左侧", "左面", "左方", "左手边"),
        "right": ("右边", "右侧", "右面", "右方", "右手边"),
        "top": ("上方", "上边", "上面", "顶部", "上部"),
        "bottom": ("下方", "下边", "下面", "底部", "下部"),
        "middle": ("中间", "中央", "正中", "中部", "中心"),
    },
}
assert set(_MOTIONS["en"]) == set(MOTIONS), "every motion can be recognised in an answer"
assert set(_PLACES["en"]) == set(PLACES), "and every place"

# An answer about one may tell the other beside it: "the cat on the left moves up".
_ASIDE = {
    "motion": {
        "en": re.compile(
            r"\b(?:on|at|in|near) the (?:\w+ )?(?:left|right|top|bottom|middle|cent(?:er|re))\b", re.I
        ),
        "zh": re.compile("在(?:画面)?的?[左右上下中](?:边|侧|面|方|间|部)"),
    },
    "place": {
        "en": re.compile(
            r"\b(?:mov|com|go)\w+ (?:from [\w ]+? )?(?:to the |to )?(?:left|right|up|down)\w*", re.I
        ),
        "zh": re.compile("[向往朝][左右上下](?:边|侧|方)?"),
    },
}


def stated(answer: str, kind: str, language: str) -> list[str]:
    """The facts of a kind in an answer, in their order; repeats of the same fact count once."""
    if kind == "object" and language == "zh":
        answer = _measured().sub(" ", answer)
    if kind in _ASIDE:
        answer = _ASIDE[kind][language].sub(" ", answer)
    table, pattern = _matcher(kind, language)
    found = [table[match.group(0).lower()] for match in pattern.finditer(answer)]
    return list(dict.fromkeys(found))


@cache
def _measured() -> re.Pattern[str]:
    """A number with a measure word, which may be a thing's name by itself: 一碗米饭 shows no bowl."""
    measures = {concept.classifier for concept in concepts()}
    return re.compile(rf"[一二两三四五六七八九十几\d](?:{'|'.join(sorted(measures, key=len, reverse=True))})")


def without_objects(answer: str, language: str) -> str:
    """Without names of things, in which a number or a colour is none: 三角尺 is not three, 黑猫 not black."""
    column = 0 if language == "en" else 1
    colours = {words[column] for words in COLOURS.values()}
    pattern = _matcher("object", language)[1]
    return pattern.sub(lambda match: match[0] if match[0].lower() in colours else " ", answer)


@cache
def _matcher(kind: str, language: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """(words -> fact, a pattern that finds the longest of the words)."""
    column = 0 if language == "en" else 1
    table: dict[str, str] = {}
    if kind == "object":
        table = _names(language)
    elif kind == "colour":
        table = {words[column]: colour for colour, words in COLOURS.items()}
        table |= {"grey": "gray"} if language == "en" else {}
    else:
        source = _MOTIONS if kind == "motion" else _PLACES
        table = {words: fact for fact, all_words in source[language].items() for words in all_words}
    edge = r"\b" if language == "en" else ""
    alternatives = "|".join(re.escape(words) for words in sorted(table, key=len, reverse=True))
    return table, re.compile(f"{edge}(?:{alternatives}){edge}", re.IGNORECASE)


def _names(language: str) -> dict[str, str]:
    """Any name that the model may say -> the id of the thing."""
    table: dict[str, str] = {}
    for concept in (*concepts(), *class_concepts()):
        table.setdefault(concept.name(language).lower(), concept.id)
        if language == "en":
            table.setdefault(plural(concept).lower(), concept.id)
    for name in name_table().names:
        for text in (name.en, name.plural) if language == "en" else (name.zh,):
            table.setdefault(text.lower(), f"name:{name.en}")
    return table
