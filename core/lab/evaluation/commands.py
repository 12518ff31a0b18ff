"""`python -m core.lab evaluate`: compact is measured on held-out clips.

Imports nothing heavy until it runs.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from core.compact.model import CompactImageLLM
    from core.lab.training.run import TrainingSettings


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
        int, typer.Option(min=1, help="Of the training clips, for these two; see `core.lab train --edition`.")
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

    from core.compact.loading import load_compact
    from core.compact.trained_parts import ASSETS
    from core.engine.video_chat import VideoChat
    from core.folders import cache_folder
    from core.lab.clips.dataset import PHOTO_SPLITS
    from core.lab.evaluation import held_out
    from core.lab.questions.questions import SKILLS
    from core.lab.training.run import TrainingSettings
    from core.lab.training.run import untrained as untrained_model
    from core.progress import no_progress

    skills = tuple(skill or SKILLS)
    if unknown := set(skills) - set(SKILLS):
        known = ", ".join(SKILLS)
        raise typer.BadParameter(f"there is no skill {', '.join(sorted(unknown))}. Known: {known}")
    if split in PHOTO_SPLITS:
        skills = ("name",)
    cache = cache_folder()
    if ablation or effects:
        trained = load_compact(no_progress, assets or ASSETS)
        settings = TrainingSettings(art=art, features=features, out=rows, edition=edition)
        if ablation:
            _ablation(trained, cache, settings, clips, per_skill)
        else:
            _effects(trained, settings)
        return
    if untrained:
        settings = TrainingSettings(art=art, features=clips, out=clips, temporal_module="copy")
        model, _, _ = untrained_model(settings)
    else:
        model = load_compact(no_progress, assets or ASSETS)
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
            print(f"{kind} answers that are doubted: {doubted.as_text()}")


def _effects(model: "CompactImageLLM", settings: "TrainingSettings") -> None:
    """Run every variant of the training loop; the tables go into the model card."""
    import logging
    from functools import cache as once

    from core.compact.trained_parts import ASSETS
    from core.lab.evaluation.card import put_into
    from core.lab.experiments.effects import as_markdown, run_variants
    from core.lab.training.run import training_material

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    material = once(lambda: training_material(settings, model.encoder_updates))
    text = as_markdown(run_variants(model, settings, material))
    put_into(ASSETS / "README.md", "effects", text)
    print(text)


def _ablation(
    model: "CompactImageLLM", cache: Path, settings: "TrainingSettings", clips: Path, per_skill: int
) -> None:
    """Run every row of the ablation; into the model card and its folder go the tables and figures."""
    import logging
    from functools import cache as once

    from core.compact.trained_parts import ASSETS
    from core.evaluation.packages import require
    from core.lab.evaluation.ablation import CURVE, ROWS, of_rows, run_row
    from core.lab.evaluation.ablation_report import OVER_TIME, as_markdown, draw
    from core.lab.evaluation.card import put_into
    from core.lab.training.run import training_material

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
