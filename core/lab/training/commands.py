"""`python -m core.lab train-eyes`. Imports nothing heavy until it runs."""

from pathlib import Path
from typing import Annotated

import typer


def train_eyes(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where checkpoints and trained parts go.")] = Path(
        "runs/eyes"
    ),
    art: Annotated[Path, typer.Option(metavar="DIR", help="The pictures that `make art` fetched.")] = Path(
        "data/art"
    ),
    features: Annotated[Path, typer.Option(metavar="DIR", help="Where encoded clips are kept.")] = Path(
        "data/features"
    ),
    share: Annotated[
        float,
        typer.Option(min=0.001, max=1, help="Of the usual clips, pictures, steps; less for a trial."),
    ] = 1.0,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Train compact's eyes on drawn clips and photographs; a stopped run goes on where it was."""
    import logging
    from typing import Any

    from core.lab.training.alignment import AlignmentSettings
    from core.lab.training.encoder import EncoderSettings
    from core.lab.training.object_detector import DetectorSettings
    from core.lab.training.run import TrainingSettings
    from core.lab.training.run import train_eyes as train

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")

    def of(kind: Any) -> Any:
        return kind(steps=max(2, round(share * kind.steps)), seed=seed)

    parts = [of(kind) for kind in (EncoderSettings, AlignmentSettings, DetectorSettings)]
    train(TrainingSettings(art, features, out, share, *parts))


def write_rows(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where videos/ and rows.jsonl go.")],
    art: Annotated[Path, typer.Option(metavar="DIR", help="The pictures that `make art` fetched.")] = Path(
        "data/art"
    ),
    split: Annotated[str, typer.Option(help="train, validation or test: other things, phrasings.")] = "train",
    clips: Annotated[int, typer.Option(min=1)] = 300,
    turns: Annotated[int, typer.Option(min=1, help="Questions about each clip.")] = 8,
) -> None:
    """Write drawn clips with a conversation about each, which `reeltalk train` can take for any model."""
    from core.lab.questions.rows import write_rows as write

    print(f"{out}: {write(art, out, split, clips, turns):,} questions about {clips:,} clips")


def teach(
    model: Annotated[str, typer.Option(help="compact or compact-mini.")] = "compact-mini",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where checkpoint and updates go.")] = Path(
        "runs/talks"
    ),
    features: Annotated[Path, typer.Option(metavar="DIR", help="Where encoded drawn clips are kept.")] = Path(
        "data/features"
    ),
    start: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Updates to go on from; default: from nothing.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1)] = 90,
    sequences: Annotated[int, typer.Option(min=1, help="Clips in a step, each with several questions.")] = 4,
    written: Annotated[int, typer.Option(min=0, help="Of these: talks that were written by hand.")] = 2,
    talks: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="A file of them, may be given twice; default: all."),
    ] = None,
    rank: Annotated[int, typer.Option(min=1, help="Of the updates.")] = 8,
    rate: Annotated[float, typer.Option(help="Learning rate.")] = 4e-4,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Teach the LLM of one size of compact to read what the eyes say; a stopped run goes on where it was."""
    import logging

    from core.lab.talks.teach import TeachingSettings
    from core.lab.talks.teach import teach as run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    run(
        model,
        TeachingSettings(steps, sequences, written, tuple(talks or ()), rank=rank, rate=rate, seed=seed),
        features,
        out,
        start,
    )


def train_scenes(
    eyes: Annotated[Path, typer.Option(metavar="DIR", help="The trained eyes that get it.")] = Path(
        "assets/eyes"
    ),
    art: Annotated[Path, typer.Option(metavar="DIR", help="The pictures that `make art` fetched.")] = Path(
        "data/art"
    ),
    decay: Annotated[float, typer.Option(help="Of the squared weights.")] = 3e-4,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Fit the scene head on photographs, into trained eyes, and print how it does on held-out ones."""
    import logging

    from core.lab.training.scene_head import SceneSettings, fit_scene_head

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    typer.echo(fit_scene_head(art, eyes, SceneSettings(decay, seed)))
