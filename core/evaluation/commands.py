"""`python -m core evaluate`: measure a model on held-out clips. Imports nothing heavy until it runs."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def evaluate(
    split: Annotated[
        Literal["validation", "test", "style"],
        typer.Option(
            help="test: unseen clips, backgrounds and phrasings; style: also an unseen style of art."
        ),
    ] = "test",
    per_skill: Annotated[int, typer.Option(min=1, help="Questions of each skill and language.")] = 60,
    assets: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Trained parts of the compact model; default: those shipped."),
    ] = None,
    untrained: Annotated[bool, typer.Option(help="The compact model before any training.")] = False,
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
    import sys

    from tqdm import tqdm

    from core.engine import VideoChat, cache_folder, no_progress
    from core.evaluation import held_out
    from core.image_llm.compact.model import ASSETS, load_compact
    from core.training.run import TrainingSettings
    from core.training.run import untrained as untrained_model

    cache = cache_folder()
    if untrained:
        settings = TrainingSettings(art=art, features=clips, out=clips, temporal_module="copy")
        model, _, _ = untrained_model(cache, settings)
    else:
        model = load_compact(cache, no_progress, assets or ASSETS)
    chat = VideoChat(model, cache)
    with tqdm(file=sys.stderr, unit="question") as bar:
        outcomes = []
        for outcome in held_out.evaluate(chat, art, clips, split, per_skill):
            outcomes.append(outcome)
            bar.update()
    if out is not None:
        held_out.save_outcomes(out, outcomes)
    print(held_out.table({split: held_out.scores(outcomes)}))
