"""`reeltalk evaluate`: a model is measured on a published benchmark."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.options import (
    AdapterOption,
    BitsOption,
    DeviceOption,
    DtypeOption,
    FramesOption,
    ModelChoice,
    ModelOption,
    PickleOption,
    load_chat,
    sampling_plan,
)
from core.errors import EvaluationError
from core.evaluation.benchmarks.registry import BENCHMARKS
from core.image_llm.load_options import LoadOptions

if TYPE_CHECKING:
    from core.evaluation.benchmarks.rows import BenchmarkRow
    from core.evaluation.judge import Rating
    from core.evaluation.predictions import Prediction


def evaluate(
    name: Annotated[str, typer.Argument(metavar="BENCHMARK", help=f"One of: {', '.join(BENCHMARKS)}.")],
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Its official files, or a folder of them.")
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="OUT.jsonl", help="The answers: a row that is there already is not asked again."
        ),
    ],
    videos: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where the videos lie, at any depth. Without it, only the answers in OUT.jsonl are scored.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    model: ModelOption = None,
    adapter: AdapterOption = None,
    device: DeviceOption = "auto",
    dtype: DtypeOption = "auto",
    bits: BitsOption = None,
    allow_pickle: PickleOption = False,
    frames: FramesOption = None,
    max_new_tokens: Annotated[int | None, typer.Option(metavar="N", help="Longest answer.")] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only the first N rows, for a try.")
    ] = None,
    judge: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A model that rates open answers; its key is read from $REELTALK_JUDGE_KEY. "
            "Ratings are kept in OUT.ratings.jsonl.",
        ),
    ] = None,
    judge_url: Annotated[
        str, typer.Option(metavar="URL", help="Any endpoint in OpenAI's form, up to /v1.")
    ] = "http://127.0.0.1:8000/v1",
) -> None:
    """Answer a published benchmark, score the answers, and write all of it to OUT.report.json, too."""
    from tqdm import tqdm

    from core.evaluation.benchmarks.registry import read_benchmark
    from core.evaluation.benchmarks.video_folder import VideoFolder
    from core.evaluation.json_lines import append_json_lines
    from core.evaluation.packages import require
    from core.evaluation.predictions import load_predictions, predict
    from core.evaluation.report import make_report

    if name not in BENCHMARKS:
        raise typer.BadParameter(f"there is no benchmark {name}. Known: {', '.join(BENCHMARKS)}")
    require("sacrebleu", "pycocoevalcap")
    benchmark = read_benchmark(name, files)
    rows = benchmark.rows[:limit]
    predictions = load_predictions(out, benchmark.rows)
    waiting = predictions.unanswered(rows)
    if waiting and videos is not None:
        from core.engine.settings import ChatSettings

        plan, settings = sampling_plan(frames), ChatSettings()
        if max_new_tokens is not None:
            settings = replace(settings, max_new_tokens=max_new_tokens)
        chat = load_chat(ModelChoice(model, adapter, LoadOptions(device, dtype, bits, allow_pickle)))
        exact = "" if bits is None else f", {bits} bits"
        run = (
            f"{model or chat.model.name} ({chat.model.fingerprint}){_adapter_name(adapter)}{exact}, "
            f"{plan.frames} frames, at most {settings.max_new_tokens} tokens"
        )
        load_predictions(out, benchmark.rows, run)  # raises where what is there is of another run
        with append_json_lines(out) as append, tqdm(total=len(waiting), file=sys.stderr, unit="row") as bar:
            for prediction in predict(chat, waiting, VideoFolder(videos), plan, settings, run):
                append(prediction.as_json())
                bar.update()
        predictions = load_predictions(out, benchmark.rows)
    problems = [*benchmark.problems, *predictions.problems]
    ratings = [] if judge is None else _rate(judge, judge_url, out, rows, predictions.by_id, problems)
    runs = {prediction.run for prediction in predictions.by_id.values()}
    title = f"{name}: {'; '.join(sorted(runs)) or 'no answers'}"
    report = make_report(title, rows, predictions.by_id, judge, ratings, problems)
    _write(out.with_suffix(".report.json"), json.dumps(report.as_json(), ensure_ascii=False, indent=1))
    print(report.as_text())


def _adapter_name(adapter: Path | None) -> str:
    """Which adapter answered, by its folder's name and the digest of its weights."""
    if adapter is None:
        return ""
    from core.features.adapter import WEIGHTS_FILE
    from core.video.read_video import hash_file

    return f" with adapter {adapter.name} ({hash_file(adapter / WEIGHTS_FILE)[:8]})"


def _rate(
    judge: str,
    url: str,
    out: Path,
    rows: "list[BenchmarkRow]",
    predictions: "dict[str, Prediction]",
    problems: list[str],
) -> "list[Rating]":
    """All ratings of the answers by this judge: those kept, and those asked for now."""
    from tqdm import tqdm

    from core.evaluation.json_lines import append_json_lines
    from core.evaluation.judge import Judge, JudgeSettings
    from core.evaluation.ratings import as_json, cases, load_ratings

    path = out.with_suffix(".ratings.jsonl")
    wanted = cases(rows, predictions)
    ratings, damaged = load_ratings(path, judge, wanted)
    problems += damaged
    kept = {rating.case for rating in ratings}
    waiting = [case for case in wanted if case not in kept]
    if waiting:
        asked = Judge(JudgeSettings(judge, url, os.environ.get("REELTALK_JUDGE_KEY")))
        with (
            append_json_lines(path) as append,
            tqdm(total=len(waiting), file=sys.stderr, unit="rating") as bar,
        ):
            for rating in asked.rate_all(waiting):
                append(as_json(rating, judge))
                ratings.append(rating)
                bar.update()
    return ratings


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise EvaluationError("cannot_write", path=path, reason=error.strerror or str(error)) from error
