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
