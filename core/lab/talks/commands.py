"""`python -m core.lab teach`. Imports nothing heavy until it runs."""

from pathlib import Path
from typing import Annotated

import typer


def teach(
    model: Annotated[str, typer.Option(help="compact or compact-mini.")] = "compact-mini",
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where checkpoint and updates go.")] = Path(
        "runs/talks"
    ),
    features: Annotated[
        Path, typer.Option(metavar="DIR", help="Encoded drawn clips, as train-eyes keeps them.")
    ] = Path("data/features"),
    steps: Annotated[int, typer.Option(min=1)] = 90,
    sequences: Annotated[int, typer.Option(min=1, help="Clips in a step, each with several questions.")] = 4,
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
        TeachingSettings(steps=steps, sequences=sequences, rank=rank, rate=rate, seed=seed),
        features,
        out,
    )
