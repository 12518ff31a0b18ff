"""Whether an answer about what is said or written is right, and whether the cues had what it takes."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from core.dialogue.conversation import Cue
from core.lab.evaluation.held_out import Score, table_rows_of
from core.lab.heard.plain import plain
from core.lab.heard.scripts import KINDS, LANGUAGES, Question
from core.lab.real_life.naming import in_language
from core.language.times import times_asked

NEAR = 2.0  # seconds
SOURCES = {"said": "heard", "written": "read"}
REFUSES = {
    "en": re.compile(
        r"\b(?:can(?:not|['’]t)|(?:do|does|did|is|are|was|were|has|have|could)(?:n['’]t| not)|never|nothing|"
        r"nobody|no one|none|unknown|not (?:said|mentioned|given|written|shown|clear)|"
        r"no (?:\w+ ){0,3}(?:is|are|was|were|mention|word|information))\b"
    ),
    "zh": re.compile(
        r"没有?(?:[^，。]{0,12})(?:提|说|写|讲|显示|出现|告诉|看到|听到|标|信息)|未[提说写]|不知道|不清楚|不确定|"
        r"看不|听不|读不|无法|没法|说不上|不晓得|没有"
    ),
}


def is_right(
    question: Question, language: str, answer: str, start: float, cues: Mapping[str, Sequence[Cue]]
) -> bool:
    """start: of the line whose time is asked for, in s. cues: by source, what the model was given."""
    if not answer.strip() or not in_language(answer, language):
        return False
    if question.kind == "when":
        times = times_asked(answer)
        return bool(times) and abs(times[0] - start) <= NEAR
    if question.kind == "refused":
        given = plain(" ".join([question.text, *(cue.text for source in cues.values() for cue in source)]))
        told = re.sub(r"\d+:\d+", " ", plain(answer))
        invented = set(re.findall(r"\d+", told)) - set(re.findall(r"\d+", given))
        return bool(REFUSES[language].search(told)) and not invented
    return bool(re.search(question.right, plain(answer)))


def was_sensed(question: Question, start: float, cues: Mapping[str, Sequence[Cue]]) -> bool | None:
    """Whether the cues have the fact, or a line at the time; None where there is nothing to be found."""
    if question.kind == "refused":
        return None
    if question.kind == "when":
        found = cues.get(SOURCES[question.at[0]], ())
        return any(abs(cue.start - start) <= NEAR for cue in found)
    text = plain(" ".join(cue.text for cue in cues.get(SOURCES[question.kind], ())))
    return bool(re.search(question.right, text))


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """A Markdown table with 95 % intervals: answers, what the senses got, and answers where they got it."""
    counted: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in rows:
        kind, language = row["kind"], row["language"]
        counted[kind, language].append(row["right"])
        if row["sensed"] is not None:
            counted[f"{kind}: in the cues", language].append(row["sensed"])
        if row["sensed"]:
            counted[f"{kind}: answered, where in the cues", language].append(row["right"])
    found = {key: Score(sum(results), len(results)) for key, results in counted.items()}
    parts = [
        part
        for kind in KINDS
        for part in (kind, f"{kind}: in the cues", f"{kind}: answered, where in the cues")
    ]
    return "\n".join(table_rows_of(found, parts, LANGUAGES))
