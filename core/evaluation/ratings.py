"""A judge's ratings of a benchmark's predictions, kept as JSON lines, so that each is paid for once.

A rating that failed is requested again by the next run; ratings of another judge or answer are not reused.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from core.evaluation.benchmarks.rows import BenchmarkRow
from core.evaluation.json_lines import read_json_lines
from core.evaluation.judge import BEST, Case, Rating
from core.evaluation.predictions import Prediction


def cases(rows: Iterable[BenchmarkRow], predictions: dict[str, Prediction]) -> list[Case]:
    """Every aspect of every row that has an answer."""
    return [
        Case(row.id, aspect, row.questions, row.answer, predictions[row.id].answers)
        for row in rows
        if row.id in predictions and predictions[row.id].error is None
        for aspect in row.aspects
    ]


def load_ratings(path: Path, judge: str, wanted: list[Case]) -> tuple[list[Rating], list[str]]:
    """(this judge's ratings of the wanted cases, messages about damaged lines)."""
    file = read_json_lines(path)
    problems = list(file.problems)
    by_key = {(case.id, case.aspect): case for case in wanted}
    found: dict[Case, Rating] = {}
    for line in file.lines:
        case = by_key.get((str(line.get("id")), str(line.get("aspect"))))
        if case is None or line.get("judge") != judge or line.get("answers") != list(case.answers):
            continue
        score, right = line.get("score"), line.get("right")
        if line.get("error") is not None:
            continue
        if not isinstance(score, int) or not 0 <= score <= BEST or not isinstance(right, bool | None):
            problems.append(f"A line of {path.name} is no rating: {str(line)[:80]}")
        else:
            found[case] = Rating(case, score, right, str(line.get("reason", "")))
    return list(found.values()), problems


def as_json(rating: Rating, judge: str) -> dict[str, Any]:
    said = {"score": rating.score, "right": rating.right, "reason": rating.reason, "error": rating.error}
    return {
        "id": rating.case.id,
        "aspect": rating.case.aspect,
        "judge": judge,
        "answers": list(rating.case.answers),
        **{name: value for name, value in said.items() if value not in (None, "")},
    }
