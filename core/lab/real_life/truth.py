"""What is seen in each clip, as a person wrote it down after looking at its frames: `truth.tsv`.

It is written with keys; `words.tsv` has what people call each of them in English and Chinese.
"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from core.lab.questions.words import table_rows
from core.lab.real_life.footage import TABLES

Split = Literal["practice", "test"]
Names = tuple[str, ...]  # what people call one thing
SOME, UNCLEAR, MANY = "some", "-", "many"
BACKGROUND = "background"


@dataclass(frozen=True)
class Truth:
    """What is seen in one clip."""

    id: str
    split: Split
    things: tuple[str, ...]  # keys; the first is what the clip is about
    wrong: tuple[str, ...]  # what is not there, though a careless model may well say so
    people: str  # "0" to "5", many, some (people, but how many is unclear), or - (whether is unclear)
    places: tuple[str, ...]
    colours: dict[str, str]  # of things that have one colour
    doing: tuple[str, ...]


@cache
def truths() -> tuple[Truth, ...]:
    return tuple(
        Truth(
            id=row["id"],
            split="practice" if row["split"] == "practice" else "test",
            things=tuple(row["things"].split()),
            wrong=tuple(row["wrong"].split()),
            people=row["people"],
            places=tuple(row["place"].split()),
            colours=dict(pair.split("=") for pair in row["colours"].split()),
            doing=tuple((row["doing"] or "").split()),
        )
        for row in table_rows(TABLES / "truth.tsv")
    )


@cache
def words(group: str, language: str) -> dict[str, Names]:
    """key -> what people call it, the commonest first; group: thing, place, colour or action."""
    rows = table_rows(TABLES / "words.tsv")
    return {row["key"]: tuple(row[language].split(";")) for row in rows if row["group"] == group}


def named(group: str, keys: tuple[str, ...], language: str) -> tuple[Names, ...]:
    """The names of some keys of a group."""
    return tuple(words(group, language)[key] for key in keys)


def without(names: tuple[Names, ...], allowed: tuple[Names, ...]) -> tuple[Names, ...]:
    """Names less those that are right as well: where a woman is seen, "person" is not wrong for a man."""
    right = {name for group in allowed for name in group}
    kept = (tuple(name for name in group if name not in right) for group in names)
    return tuple(group for group in kept if group)
