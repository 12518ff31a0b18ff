"""Questions that real people ask, carelessly, each with what makes an answer right.

They are made of what is seen in the clips (`truth.tsv`) and of what was written by hand (`questions.json`).
Those for practice may be used to choose a threshold; those of the test never, and no wording is in both.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import cycle, islice
from random import Random
from typing import Any

from core.lab.questions.words import LANGUAGES
from core.lab.real_life.footage import TABLES
from core.lab.real_life.truth import (
    BACKGROUND,
    SOME,
    UNCLEAR,
    Names,
    Split,
    Truth,
    named,
    truths,
    without,
    words,
)

# How many of each kind are asked in each language: of the test; half as many for practice.
KINDS = {
    "things": 14,
    "presence": 12,
    "people": 12,
    "number": 8,
    "place": 8,
    "scene": 12,
    "colour": 8,
    "doing": 6,
    "refusal": 10,
    "small_talk": 8,
    "general": 6,
}
NOT_COUNTED = frozenset(  # nobody asks whether there is "a grass"
    (
        *("grass", "water", "snow", "sand", "text", "wood", "food", "coffee"),
        *("sky", "sea", "celery", "game", "sculpture", "ruin", "person"),
    )
)


@dataclass(frozen=True)
class Question:
    """One question about one clip. What counts depends on its kind; see `scoring.py`."""

    id: str
    clip: str
    kind: str
    language: str
    text: str
    right: tuple[Names, ...] = ()  # what may be named, as groups of words for one thing
    wrong: tuple[Names, ...] = ()  # what must not be named
    yes: bool | None = None
    people: str = ""
    invents: str = ""  # what a model would make up here: name, speech, date, later or digits


def questions(split: Split, most: int | None = None) -> list[Question]:
    """The questions of a split, by clip; `most` of each kind and language."""
    share = 1 if split == "test" else 2
    asked = [
        question
        for kind, number in KINDS.items()
        for language in LANGUAGES
        for question in islice(_of_kind(split, kind, language), min(number // share, most or number))
    ]
    order = [truth.id for truth in truths()]
    return sorted(asked, key=lambda question: order.index(question.clip))


def careless() -> list[tuple[str, str]]:
    """(language, question): what people type without much thought; no answer is the right one."""
    rows = (TABLES / "careless.tsv").read_text(encoding="utf-8").splitlines()
    return [(language, text) for language, text in (row.split("\t") for row in rows[1:])]


def _of_kind(split: Split, kind: str, language: str) -> Iterator[Question]:
    """As many as there are of a kind: about each clip that it can be asked about, in a fixed random order."""
    random = Random(f"{split}-{language}-{kind}")
    clips = [truth for truth in truths() if truth.split == split]
    random.shuffle(clips)
    if kind in ("small_talk", "general"):
        rows = [row for row in _written()[kind] if row["split"] == split]
        for truth, row in zip(clips, rows, strict=False):
            yield Question(
                _id(truth, kind, language), truth.id, kind, language, row[language],
                right=(tuple(row["right"][language]),),
            )  # fmt: skip
        return
    if kind == "refusal":
        yield from _refusals(clips, split, language)
        return
    if kind in ("people", "presence"):
        clips = _alternating(clips, random)
    phrasings = cycle(_written()[kind][split][language])
    for number, truth in enumerate(clips):
        question = _about(truth, kind, language, number, random)
        if question:
            yield question(next(phrasings))


def _refusals(clips: list[Truth], split: Split, language: str) -> Iterator[Question]:
    left = list(clips)
    for row in (row for row in _written()["refusal"] if row["split"] == split):
        truth = next(each for each in left if not row["people"] or each.people == "1")
        left.remove(truth)
        yield Question(
            _id(truth, "refusal", language), truth.id, "refusal", language, row[language],
            right=named("thing", truth.things, language), invents=row["invents"],
        )  # fmt: skip


def _about(truth: Truth, kind: str, language: str, number: int, random: Random) -> Any:
    """What makes a question of this wording; None where the kind cannot be asked about the clip."""
    things = named("thing", truth.things, language)
    places = named("place", truth.places, language)
    wrong = without(named("thing", truth.wrong, language), (*things, *places))
    person = words("thing", language)["person"]

    def make(**facts: Any) -> Any:
        name = _id(truth, kind, language)
        return lambda phrasing: Question(name, truth.id, kind, language, phrasing, **facts)

    if kind in ("things", "scene"):  # "a street" names what is in the picture as well as "a house"
        return make(right=(*things, *places), wrong=wrong)
    if kind == "people":
        return None if truth.people == UNCLEAR else make(right=(person,), yes=truth.people != "0")
    if kind == "number":
        countable = truth.people not in (UNCLEAR, SOME, "0")
        return make(people=truth.people) if countable else None
    if kind == "place":
        opposite = {"indoors": "outdoors", "outdoors": "indoors"}
        others = tuple(opposite[key] for key in truth.places if key in opposite)
        return make(right=places, wrong=without(named("place", others, language), places)) if places else None
    if kind == "doing":
        return make(right=named("action", truth.doing, language)) if truth.doing else None
    if kind == "colour":
        if not truth.colours:
            return None
        thing, colour = random.choice(sorted(truth.colours.items()))
        name = {"en": "background", "zh": "背景"} if thing == BACKGROUND else None
        asked = name[language] if name else words("thing", language)[thing][0]
        facts = make(right=named("colour", (colour,), language))
        return lambda phrasing: facts(phrasing.format(thing=asked))
    asked_for = truth.wrong if number % 2 else truth.things[:2]
    keys = [key for key in asked_for if key not in NOT_COUNTED]
    if not keys:
        return None
    names = words("thing", language)[random.choice(keys)]
    facts = make(right=(names,), yes=number % 2 == 0)
    return lambda phrasing: facts(phrasing.format(thing=names[0]))


def _alternating(clips: list[Truth], random: Random) -> list[Truth]:
    """With people and without them in turn, so that always yes is right for half of the questions only."""
    empty = [truth for truth in clips if truth.people == "0"]
    peopled = [truth for truth in clips if truth.people not in ("0", UNCLEAR)]
    return [truth for pair in zip(peopled, empty, strict=False) for truth in pair]


def _id(truth: Truth, kind: str, language: str) -> str:
    return f"{truth.id}/{kind}/{language}"


@cache
def _written() -> dict[str, Any]:
    written: dict[str, Any] = json.loads((TABLES / "questions.json").read_text(encoding="utf-8"))
    return written
