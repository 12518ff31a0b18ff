"""The words that clips and questions are made of, in English and Chinese.

A *concept* is a thing with a picture; motions, colours, places and counts are closed lists. Their names are
those that compact knows (`core/compact/words`); where a concept's pictures are lies in `objects.tsv`.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.compact.words.names import closed_labels, object_names, table_rows

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


@cache
def concepts() -> tuple[Concept, ...]:
    """All concepts, in the order of compact's head of objects."""
    return tuple(
        Concept(
            id=row["id"],
            en=name.en,
            zh=name.zh,
            classifier=row["classifier"],
            kind=row["kind"],
            emoji=tuple(row["emoji"].split()),
            stamps=tuple(path.replace("%20", " ") for path in (row["stamps"] or "").split()),
        )
        for row, name in zip(table_rows(HERE / "objects.tsv"), object_names(), strict=True)
    )


def _closed(group: str) -> dict[str, tuple[str, str]]:
    """One of compact's closed lists: key -> (English, Chinese)."""
    return {label.key: (label.en, label.zh) for label in closed_labels(group)}


COLOURS = _closed("colour")  # of backgrounds; their pixels are chosen in render.py
MOTIONS = _closed("motion")  # how an object moves while it is on the screen, as predicates
PLACES = _closed("place")  # where something is, as said after "it is" / "它在"
COUNTS = {int(number): words for number, words in _closed("count").items()}
CHANGES = _closed("change")  # whether what is on the screen has just appeared


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
