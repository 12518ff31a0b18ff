"""The words that clips and questions are made of, in English and Chinese.

A *concept* is a thing with a picture; motions, colours, places and counts are closed lists. The
object list is data (`objects.tsv`).
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HERE = Path(__file__).parent
LANGUAGES = ("en", "zh")


@dataclass(frozen=True)
class Concept:
    """One nameable thing and where its pictures are."""

    id: str
    en: str
    zh: str
    classifier: str  # Chinese measure word: 一只猫
    kind: str  # animal, plant, food, vehicle, ...
    emoji: tuple[str, ...]
    stamps: tuple[str, ...]  # paths below the Tux Paint stamps folder

    def name(self, language: str) -> str:
        return self.en if language == "en" else self.zh


def table_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table with tabs, by the names of their columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def concepts() -> tuple[Concept, ...]:
    """All concepts, in the order of the file."""
    return tuple(
        Concept(
            id=row["id"],
            en=row["en"],
            zh=row["zh"],
            classifier=row["classifier"],
            kind=row["kind"],
            emoji=tuple(row["emoji"].split()),
            stamps=tuple(path.replace("%20", " ") for path in (row["stamps"] or "").split()),
        )
        for row in table_rows(HERE / "objects.tsv")
    )


# Colours of backgrounds: name -> (English, Chinese). Their pixels are chosen in render.py.
COLOURS: dict[str, tuple[str, str]] = {
    "red": ("red", "红色"),
    "orange": ("orange", "橙色"),
    "yellow": ("yellow", "黄色"),
    "green": ("green", "绿色"),
    "blue": ("blue", "蓝色"),
    "purple": ("purple", "紫色"),
    "pink": ("pink", "粉色"),
    "brown": ("brown", "棕色"),
    "black": ("black", "黑色"),
    "white": ("white", "白色"),
    "gray": ("gray", "灰色"),
}

# How an object moves while it is on the screen: key -> (English predicate, Chinese predicate).
MOTIONS: dict[str, tuple[str, str]] = {
    "left": ("moves to the left", "向左移动"),
    "right": ("moves to the right", "向右移动"),
    "up": ("moves up", "向上移动"),
    "down": ("moves down", "向下移动"),
    "closer": ("comes closer", "越来越近"),
    "away": ("moves away", "越来越远"),
    "still": ("does not move", "没有移动"),
}

# Where something is: key -> (English, Chinese), used after "it is" / "它在".
PLACES: dict[str, tuple[str, str]] = {
    "left": ("on the left", "左边"),
    "right": ("on the right", "右边"),
    "top": ("at the top", "上方"),
    "bottom": ("at the bottom", "下方"),
    "middle": ("in the middle", "中间"),
}

COUNTS: dict[int, tuple[str, str]] = {
    1: ("one", "一"),
    2: ("two", "两"),
    3: ("three", "三"),
    4: ("four", "四"),
}

# Whether what is on the screen has just appeared: key -> (English, Chinese).
CHANGES: dict[str, tuple[str, str]] = {
    "new": ("appears", "出现"),
    "same": ("stays", "还在"),
}


def word(table: dict, key: object, language: str) -> str:
    """The word of one of the closed lists above in a language."""
    return table[key][LANGUAGES.index(language)]


# What people call things of a kind in a question; of all other kinds ANY_KIND.
KINDS: dict[str, tuple[str, str]] = {
    "animal": ("animal", "动物"),
    "plant": ("plant", "植物"),
    "food": ("food", "食物"),
    "vehicle": ("vehicle", "交通工具"),
    "building": ("building", "建筑"),
    "tool": ("tool", "工具"),
    "instrument": ("instrument", "乐器"),
}
ANY_KIND = ("thing", "东西")
