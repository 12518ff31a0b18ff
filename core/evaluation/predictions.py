"""A model's answers to the rows of a benchmark, kept as JSON lines.

* A row that was answered is never asked again; one that failed is retried by the next run.
* An answer belongs to the questions as they were put and to the run (model, settings) that gave it.
  Answers of different runs are never mixed.

A line is {"id", "questions", "answers", "run"}, with "error" instead of "answers" where it failed, so answers
of any other model can be scored as well.
"""

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import EvaluationError, ReelTalkError
from core.evaluation.benchmarks.choices import choice_question
from core.evaluation.benchmarks.rows import BenchmarkRow
from core.evaluation.benchmarks.video_folder import VideoFolder
from core.evaluation.json_lines import read_json_lines

if TYPE_CHECKING:
    from core.engine.settings import ChatSettings
    from core.engine.video_chat import VideoChat
    from core.video.sampling import SamplingPlan

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prediction:
    id: str  # of the row
    questions: tuple[str, ...]  # as they were put
    answers: tuple[str, ...]  # one to each question; none where it failed
    run: str  # which model and settings
    error: str | None = None

    def as_json(self) -> dict[str, Any]:
        left_out = "answers" if self.error is not None else "error"
        return {name: value for name, value in asdict(self).items() if name != left_out}


@dataclass(frozen=True)
class Predictions:
    """The last answer to each row, or its first failure where it has none; by the row's id."""

    by_id: dict[str, Prediction]
    problems: list[str]

    def unanswered(self, rows: list[BenchmarkRow]) -> list[BenchmarkRow]:
        """The rows that are still to be asked."""
        return [row for row in rows if row.id not in self.by_id or self.by_id[row.id].error is not None]


def load_predictions(path: Path, rows: list[BenchmarkRow], run: str | None = None) -> Predictions:
    """The predictions for these rows. Raises EvaluationError for answers of several runs, or not of `run`."""
    file = read_json_lines(path)
    problems = list(file.problems)
    asked = {row.id: put_questions(row) for row in rows}
    by_id: dict[str, Prediction] = {}
    for line in file.lines:
        prediction = _prediction(line)
        if prediction is None:
            problems.append(f"A line of {path.name} is no prediction: {str(line)[:80]}")
        elif asked.get(prediction.id) != prediction.questions:
            problems.append(
                f"{path.name} answers {prediction.id}, which is not asked, or not in these words."
            )
        elif prediction.error is not None:
            by_id.setdefault(prediction.id, prediction)
        elif run is not None and run != prediction.run:
            raise EvaluationError("predictions_mixed", name=path.name, theirs=prediction.run, ours=run)
        else:
            run = prediction.run
            by_id[prediction.id] = prediction
    return Predictions(by_id, problems)


def put_questions(row: BenchmarkRow) -> tuple[str, ...]:
    """The questions of a row as a model gets them: with the options, where there are some."""
    if not row.candidates:
        return row.questions
    return tuple(choice_question(question, row.candidates) for question in row.questions)


def predict(
    chat: "VideoChat",
    rows: list[BenchmarkRow],
    videos: VideoFolder,
    plan: "SamplingPlan",
    settings: "ChatSettings",
    run: str,
) -> Iterator[Prediction]:
    """Ask the rows in order, every question in a conversation of its own; failures become `error`."""
    for row in rows:
        questions = put_questions(row)
        answers: tuple[str, ...] = ()
        failure = None
        try:
            part = replace(plan, start=row.start, end=row.end)
            answers = _answers(chat, videos.find(row.videos), questions, part, settings)
        except ReelTalkError as error:
            failure = str(error)
        except Exception as error:  # a bug in one row is no reason to lose the others: reported and logged
            _log.exception("row %s failed", row.id)
            failure = f"{type(error).__name__}: {error}"
        yield Prediction(row.id, questions, answers, run, failure)


def _answers(
    chat: "VideoChat", video: Path, questions: tuple[str, ...], plan: "SamplingPlan", settings: "ChatSettings"
) -> tuple[str, ...]:
    clip = chat.open(video, plan)
    answers = []
    for question in questions:
        conversation = chat.start(clip)
        try:
            answers.append("".join(chat.ask(conversation, question, settings)))
        finally:
            chat.forget(conversation.id)
    return tuple(answers)


def _prediction(line: dict[str, Any]) -> Prediction | None:
    """None where the line is no prediction."""
    id, run, error = line.get("id"), line.get("run"), line.get("error")
    questions, answers = _texts(line.get("questions")), _texts(line.get("answers", []))
    if not (isinstance(id, str) and isinstance(run, str) and (error is None or isinstance(error, str))):
        return None
    if questions is None or answers is None or (error is None and len(answers) != len(questions)):
        return None
    return Prediction(id, questions, answers, run, error)


def _texts(value: Any) -> tuple[str, ...] | None:
    """None where it is no list of texts."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        return None
    return tuple(value)
