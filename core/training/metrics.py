"""What a training tells while it runs: lines of JSON, TensorBoard where it is installed, and a bar."""

import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.evaluation.json_lines import append_json_lines, read_json_lines
from core.kept import replacing
from core.text.lines import json_line
from core.training.loop import Score, Step

METRICS_FILE = "metrics.jsonl"


class Metrics:
    """Of one run, as it goes on."""

    def __init__(self, append: Callable[[dict[str, Any]], None], bar: Any, board: Any) -> None:
        """append: writes a line; bar: of tqdm; board: TensorBoard's writer, or None."""
        self._append, self._bar, self._board = append, bar, board

    def step(self, step: Step) -> None:
        values = {
            "loss": step.score.loss,
            "accuracy": step.score.accuracy,
            "rate": step.rate,
            "gradient_norm": step.norm,
            "samples_per_second": step.rows / step.seconds,
            "tokens_per_second": step.tokens / step.seconds,
            "seconds": step.seconds,
        }
        self._tell(step.number, values)
        shown = ("loss", "samples_per_second", "tokens_per_second")
        self._bar.set_postfix({name: f"{values[name]:.3g}" for name in shown}, refresh=False)
        self._bar.update()

    def evaluated(self, step: int, score: Score) -> None:
        """Of rows that are not trained on."""
        self._tell(step, {"eval_loss": score.loss, "eval_accuracy": score.accuracy})

    def _tell(self, step: int, values: dict[str, float]) -> None:
        self._append({"step": step, **values})
        if self._board:
            for name, value in values.items():
                self._board.add_scalar(name, value, step)


@contextmanager
def metrics_in(folder: Path, begin: int, steps: int) -> Iterator[Metrics]:
    """begin: the step that the run goes on from; what a stopped run told beyond it is forgotten."""
    from tqdm import tqdm

    path = folder / METRICS_FILE
    kept = [line for line in read_json_lines(path).lines if line["step"] <= begin]
    with replacing(path) as temporary:
        temporary.write_text("".join(json_line(line) for line in kept), encoding="utf-8")
    board: Any = None
    if importlib.util.find_spec("tensorboard"):
        from torch.utils.tensorboard import SummaryWriter

        board = SummaryWriter(str(folder / "tensorboard"), purge_step=begin + 1)
    with (
        append_json_lines(path) as append,
        tqdm(total=steps, initial=begin, unit="step", file=sys.stderr, disable=None) as bar,
    ):
        yield Metrics(append, bar, board)
    if board:
        board.close()


def story_of(folder: Path) -> tuple[float, Score | None, Score | None]:
    """Of a whole run, whether or not it was stopped: seconds of its steps, first and last score."""
    lines = read_json_lines(folder / METRICS_FILE).lines
    scores = [Score(line["eval_loss"], line["eval_accuracy"]) for line in lines if "eval_loss" in line]
    seconds = sum(line.get("seconds", 0.0) for line in lines)
    return seconds, scores[0] if scores else None, scores[-1] if scores else None
