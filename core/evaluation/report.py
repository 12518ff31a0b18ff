"""The scores of a benchmark, as tables for people and as JSON.

* Open questions: the text metrics, their means over all answers (a row with two questions has two answers).
* Multiple choice: accuracy is the share of right letters among the rows that were answered; an answer that
  states no letter is not right, and is counted.
* A judge's ratings: a line per aspect with the judge's name; see judge.py for how they are averaged.
* Whatever could not be scored is counted and listed.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from core.evaluation.benchmarks.choices import chosen
from core.evaluation.benchmarks.rows import BenchmarkRow
from core.evaluation.judge import VIDEO_CHATGPT, Rating
from core.evaluation.metrics import Pair, TextScores, bleu, text_scores
from core.evaluation.predictions import Prediction

SHOWN = 10  # problems in the text; the JSON has all
ALL = "all"

Cell = str | int | float | None


@dataclass(frozen=True)
class Table:
    title: str
    columns: list[str]
    lines: list[list[Cell]]

    def as_text(self) -> str:
        """Markdown. Fractions are in percent, except a judge's scores."""
        percent = ["score" not in column for column in self.columns]
        lines = ["| " + " | ".join(self.columns) + " |", "|" + "---|" * len(self.columns)]
        for line in self.lines:
            cells = (_shown(cell, share) for cell, share in zip(line, percent, strict=True))
            lines.append("| " + " | ".join(cells) + " |")
        return "\n".join([f"## {self.title}", "", *lines])


@dataclass(frozen=True)
class Report:
    title: str
    tables: list[Table]
    problems: list[str]

    def as_text(self) -> str:
        parts = [f"# {self.title}", *(table.as_text() for table in self.tables)]
        if self.problems:
            shown = [f"- {problem}" for problem in self.problems[:SHOWN]]
            if len(self.problems) > SHOWN:
                shown.append(f"- and {len(self.problems) - SHOWN} more")
            parts.append("\n".join([f"## Problems: {len(self.problems)}", "", *shown]))
        return "\n\n".join(parts)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def make_report(
    title: str,
    rows: list[BenchmarkRow],
    predictions: dict[str, Prediction],
    judge: str | None,
    ratings: list[Rating],
    problems: list[str],
) -> Report:
    """The scores of these rows. problems: of the files; those of the rows are added."""
    problems = [*problems, *_unscored(rows, predictions), *_unrated(ratings)]
    scored = [row for row in rows if row.id in predictions and predictions[row.id].error is None]
    answers = {row.id: predictions[row.id].answers for row in scored}
    open_rows = [row for row in rows if not row.candidates]
    choice_rows = [row for row in rows if row.candidates]
    tables = []
    if open_rows:
        tables.append(_open_table(open_rows, answers))
    if choice_rows:
        tables.append(_choice_table(choice_rows, answers))
        problems += [
            f"{row.id}: the answer states no letter: {answers[row.id][0][:80]!r}"
            for row in choice_rows
            if row.id in answers and _letter(row, answers) is None
        ]
    if judge is not None:
        tables.append(_judge_table(judge, ratings))
    return Report(title, tables, problems)


def _unscored(rows: list[BenchmarkRow], predictions: dict[str, Prediction]) -> list[str]:
    told = []
    for row in rows:
        prediction = predictions.get(row.id)
        if prediction is None:
            told.append(f"{row.id}: not answered yet")
        elif prediction.error is not None:
            told.append(f"{row.id}: {prediction.error}")
    return told


def _unrated(ratings: list[Rating]) -> list[str]:
    return [f"{each.case.id}, {each.case.aspect}: {each.error}" for each in ratings if each.error is not None]


def _open_table(rows: list[BenchmarkRow], answers: dict[str, tuple[str, ...]]) -> Table:
    pairs: list[Pair] = []
    groups: list[str] = []
    for row in rows:
        for answer in answers.get(row.id, ()):
            pairs.append((answer, row.answer))
            groups.append(row.group)
    scores = text_scores(pairs)
    lines: list[list[Cell]] = []
    for group in _groups(rows):
        chosen_ones = [index for index, each in enumerate(groups) if group in (each, ALL)]
        line: list[Cell] = [group, *_counts(rows, answers, group)]
        lines.append(line + _means([pairs[i] for i in chosen_ones], [scores[i] for i in chosen_ones]))
    columns = ["kind", "rows", "answered", "exact match", "token F1", "BLEU-4", "ROUGE-L", "CIDEr"]
    return Table("Open questions", columns, lines)


def _means(pairs: list[Pair], scores: list[TextScores]) -> list[Cell]:
    if not pairs:
        return [None] * 5
    count = len(scores)
    return [
        sum(each.exact for each in scores) / count,
        sum(each.f1 for each in scores) / count,
        bleu(pairs),
        sum(each.rouge_l for each in scores) / count,
        sum(each.cider for each in scores) / count,
    ]


def _choice_table(rows: list[BenchmarkRow], answers: dict[str, tuple[str, ...]]) -> Table:
    lines: list[list[Cell]] = []
    for group in _groups(rows):
        answered = [row for row in rows if group in (row.group, ALL) and row.id in answers]
        letters = [_letter(row, answers) for row in answered]
        right = sum(letter == row.right for letter, row in zip(letters, answered, strict=True))
        accuracy = right / len(answered) if answered else None
        lines.append([group, *_counts(rows, answers, group), letters.count(None), accuracy])
    return Table("Multiple choice", ["kind", "rows", "answered", "no letter", "accuracy"], lines)


def _letter(row: BenchmarkRow, answers: dict[str, tuple[str, ...]]) -> int | None:
    return chosen(answers[row.id][0], len(row.candidates))


def _judge_table(judge: str, ratings: list[Rating]) -> Table:
    lines: list[list[Cell]] = []
    means: dict[str, float] = {}
    for aspect in dict.fromkeys(each.case.aspect for each in ratings):
        here = [each for each in ratings if each.case.aspect == aspect]
        scores = [each.score for each in here if each.score is not None]
        verdicts = [each.right for each in here if each.right is not None]
        if scores:
            means[aspect] = sum(scores) / len(scores)
        right = sum(verdicts) / len(verdicts) if verdicts else None
        lines.append([aspect, judge, len(scores), len(here) - len(scores), means.get(aspect), right])
    if all(aspect in means for aspect in VIDEO_CHATGPT):
        mean = sum(means[aspect] for aspect in VIDEO_CHATGPT) / len(VIDEO_CHATGPT)
        lines.append(["mean of the five", judge, None, None, mean, None])
    columns = ["aspect", "judge", "rated", "failed", "score of 5", "right"]
    return Table("Rated by a judge", columns, lines)


def _groups(rows: Iterable[BenchmarkRow]) -> list[str]:
    """All kinds there are, then all together."""
    return [*sorted({row.group for row in rows}), ALL]


def _counts(rows: list[BenchmarkRow], answers: dict[str, tuple[str, ...]], group: str) -> list[Cell]:
    here = [row for row in rows if group in (row.group, ALL)]
    return [len(here), sum(row.id in answers for row in here)]


def _shown(cell: Cell, percent: bool) -> str:
    if isinstance(cell, float):
        return f"{100 * cell:.1f}" if percent else f"{cell:.2f}"
    return "" if cell is None else str(cell)
