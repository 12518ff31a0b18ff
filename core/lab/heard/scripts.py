"""What is said and written in each clip, and what is asked about it: `data/en.json` and `data/zh.json`.

Nothing was tuned on them. "right" of a question is a regular expression for the facts of an answer, over the
answer as `plain.py` writes it; "at" names the line or the text whose beginning is asked for.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

Kind = Literal["said", "written", "when", "refused"]
KINDS: tuple[Kind, ...] = ("said", "written", "when", "refused")
LANGUAGES = ("en", "zh")
FOLDER = Path(__file__).parent / "data"


@dataclass(frozen=True)
class Question:
    kind: Kind
    text: str
    right: str = ""  # of "said" and "written": a regular expression
    at: tuple[str, int] = ("", 0)  # of "when": "said" or "written", and which of them


@dataclass(frozen=True)
class Text:
    """Text that stands in the picture for some seconds; an empty one is a picture without text."""

    look: str  # "slide", "sign" or "subtitle"
    text: str
    seconds: float


@dataclass(frozen=True)
class Script:
    """One clip."""

    id: str
    language: str
    said: tuple[str, ...]
    written: tuple[Text, ...]
    questions: tuple[Question, ...]


@cache
def scripts() -> tuple[Script, ...]:
    """All, speech and writing in each language in turn, so that a run that is stopped has asked of each."""
    made = [
        _script(language, row)
        for language in LANGUAGES
        for row in json.loads((FOLDER / f"{language}.json").read_text(encoding="utf-8"))
    ]
    groups = [
        [each for each in made if each.language == language and bool(each.said) == speaks]
        for language in LANGUAGES
        for speaks in (True, False)
    ]
    return tuple(each for turn in zip_longest(*groups) for each in turn if each is not None)


def first(chosen: Iterable[Script], most: int | None) -> list[tuple[Script, Question]]:
    """The questions about these clips, at most so many of each kind and language."""
    asked: list[tuple[Script, Question]] = []
    counts: dict[tuple[str, str], int] = {}
    for script in chosen:
        for question in script.questions:
            key = question.kind, script.language
            counts[key] = counts.get(key, 0) + 1
            if most is None or counts[key] <= most:
                asked.append((script, question))
    return asked


def _script(language: str, row: dict[str, Any]) -> Script:
    texts = tuple(Text(text["as"], text["text"], text["seconds"]) for text in row.get("written", ()))
    questions = tuple(
        Question(each["kind"], each["q"], each.get("right", ""), tuple(each.get("at", ("", 0))))
        for each in row["ask"]
    )
    return Script(f"{row['id']}-{language}", language, tuple(row.get("said", ())), texts, questions)
