"""`python -m core evaluate` measures a model on held-out clips, `evaluate-benchmark` on published benchmarks.

Imports nothing heavy until it runs.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.command_options import (
    AdapterOption,
    BitsOption,
    DeviceOption,
    DtypeOption,
    FramesOption,
    ModelChoice,
    ModelOption,
    PickleOption,
    load_chat,
)
from core.evaluation.benchmarks import BENCHMARKS
from core.image_llm.load_options import LoadOptions

if TYPE_CHECKING:
    from core.evaluation.judge import Rating
    from core.evaluation.predictions import Prediction
    from core.evaluation.rows import BenchmarkRow
    from core.image_llm.compact.model import CompactImageLLM
    from core.training.run import TrainingSettings


def evaluate(
    split: Annotated[
        Literal["validation", "test", "style", "outdoors", "photographs", "imagenet"],
        typer.Option(
            help="test: unseen clips, backgrounds and phrasings; style: also an unseen style of art; "
            "outdoors: filmed badly, before photographs; photographs: the names of what these show; "
            "imagenet: those of 16 pictures of ImageNet's own."
        ),
    ] = "test",
    per_skill: Annotated[int, typer.Option(min=1, help="Questions of each skill and language.")] = 60,
    skill: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Only this skill; may be given again.")
    ] = None,
    assets: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Trained parts of the compact model; default: those shipped."),
    ] = None,
    untrained: Annotated[bool, typer.Option(help="The compact model before any training.")] = False,
    ablation: Annotated[
        bool, typer.Option(help="Every part of the recipe alone and together: tables and figures.")
    ] = False,
    effects: Annotated[
        bool, typer.Option(help="What each option of the training loop brings, in short runs: tables.")
    ] = False,
    features: Annotated[
        Path, typer.Option(metavar="DIR", help="Encoded training clips, for --ablation and --effects.")
    ] = Path("data/features"),
    edition: Annotated[
        int, typer.Option(min=1, help="Of the training clips, for these two; see `core train --edition`.")
    ] = 1,
    rows: Annotated[
        Path, typer.Option(metavar="DIR", help="Where these two keep what they trained and asked.")
    ] = Path("runs/ablation"),
    art: Annotated[Path, typer.Option(metavar="DIR", help="The pictures that `make art` fetched.")] = Path(
        "data/art"
    ),
    clips: Annotated[Path, typer.Option(metavar="DIR", help="Where the clips' files are written.")] = Path(
        "data/held_out"
    ),
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.jsonl", help="Every question and its answer.")
    ] = None,
) -> None:
    """Score the compact model by exact slot match, per skill and language, with 95 % intervals."""
    import os
    import sys

    from tqdm import tqdm

    from core.engine import VideoChat, cache_folder, no_progress
    from core.evaluation import held_out
    from core.image_llm.compact.model import ASSETS, load_compact
    from core.training.clips import PHOTO_SPLITS
    from core.training.questions import SKILLS
    from core.training.run import TrainingSettings
    from core.training.run import untrained as untrained_model

    skills = tuple(skill or SKILLS)
    if unknown := set(skills) - set(SKILLS):
        known = ", ".join(SKILLS)
        raise typer.BadParameter(f"there is no skill {', '.join(sorted(unknown))}. Known: {known}")
    if split in PHOTO_SPLITS:
        skills = ("name",)
    cache = cache_folder()
    if ablation or effects:
        trained = load_compact(cache, no_progress, assets or ASSETS)
        settings = TrainingSettings(art=art, features=features, out=rows, edition=edition)
        if ablation:
            _ablation(trained, cache, settings, clips, per_skill)
        else:
            _effects(trained, cache, settings)
        return
    if untrained:
        settings = TrainingSettings(art=art, features=clips, out=clips, temporal_module="copy")
        model, _, _ = untrained_model(cache, settings)
    else:
        model = load_compact(cache, no_progress, assets or ASSETS)
    chat = VideoChat(model, cache)
    outcomes = []
    with (out or Path(os.devnull)).open("w", encoding="utf-8") as kept:
        for outcome in tqdm(
            held_out.evaluate(chat, art, clips, split, per_skill, skills=skills),
            file=sys.stderr,
            unit="question",
        ):
            outcomes.append(outcome)
            kept.write(held_out.as_json(outcome))
            kept.flush()  # a stopped run leaves what it measured
    print(held_out.table({split: held_out.scores(outcomes)}))
    for right, kind in ((False, "wrong"), (True, "right")):
        if doubted := held_out.doubted(outcomes, right):
            print(f"{kind} answers that say that they are not sure: {doubted.as_text()}")


def _effects(model: "CompactImageLLM", cache: Path, settings: "TrainingSettings") -> None:
    """Run every variant of the training loop; the tables go into the model card."""
    import logging
    from functools import cache as once

    from core.evaluation.card import put_into
    from core.evaluation.effects import as_markdown, run_variants
    from core.image_llm.compact.model import ASSETS
    from core.training.run import training_material

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    material = once(lambda: training_material(settings, model.encoder_updates))
    text = as_markdown(run_variants(model, cache, settings, material))
    put_into(ASSETS / "README.md", "effects", text)
    print(text)


def _ablation(
    model: "CompactImageLLM", cache: Path, settings: "TrainingSettings", clips: Path, per_skill: int
) -> None:
    """Run every row of the ablation; into the model card and its folder go the tables and figures."""
    import logging
    from functools import cache as once

    from core.evaluation.ablation import CURVE, ROWS, of_rows, run_row
    from core.evaluation.ablation_report import OVER_TIME, as_markdown, draw
    from core.evaluation.card import put_into
    from core.evaluation.packages import require
    from core.image_llm.compact.model import ASSETS
    from core.training.run import training_material

    require("matplotlib")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    log = logging.getLogger(__name__)
    material = once(lambda: training_material(of_rows(settings), model.encoder_updates))
    results = []
    for row in (*ROWS, *CURVE):
        results.append(run_row(row, model, cache, settings.out, material, settings.art, clips, per_skill))
        log.info("%s: %s", row.title, results[-1].pooled(*OVER_TIME).as_text())
    draw(results, ASSETS)
    put_into(ASSETS / "README.md", "ablation", text := as_markdown(results, figures="."))
    print(text)


def evaluate_benchmark(
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
    model: ModelOption = "compact",
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
    import json
    import sys
    from dataclasses import replace

    from tqdm import tqdm

    from core.evaluation.benchmarks import read_benchmark
    from core.evaluation.json_lines import append_json_lines
    from core.evaluation.packages import require
    from core.evaluation.predictions import load_predictions, predict
    from core.evaluation.report import make_report
    from core.evaluation.video_folder import VideoFolder

    if name not in BENCHMARKS:
        raise typer.BadParameter(f"there is no benchmark {name}. Known: {', '.join(BENCHMARKS)}")
    require("sacrebleu", "pycocoevalcap")
    benchmark = read_benchmark(name, files)
    rows = benchmark.rows[:limit]
    predictions = load_predictions(out, benchmark.rows)
    waiting = predictions.unanswered(rows)
    if waiting and videos is not None:
        from core.engine import ChatSettings
        from core.video import SamplingPlan

        plan = SamplingPlan() if frames is None else SamplingPlan(frames=frames)
        settings = ChatSettings(doubts=False)  # what the answer says is scored, not how surely
        if max_new_tokens is not None:
            settings = replace(settings, max_new_tokens=max_new_tokens)
        chat = load_chat(ModelChoice(model, adapter, LoadOptions(device, dtype, bits, allow_pickle)))
        exact = "" if bits is None else f", {bits} bits"
        run = (
            f"{model} ({chat.model.fingerprint}){_adapter_name(adapter)}{exact}, {plan.frames} frames, "
            f"at most {settings.max_new_tokens} tokens"
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
    from core.temporal_module import WEIGHTS_FILE
    from core.video import hash_file

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
    import os
    import sys

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
    from core.errors import EvaluationError

    try:
        path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise EvaluationError("cannot_write", path=path, reason=error.strerror or str(error)) from error
