"""`python -m core train`: the options of a training run. Imports nothing heavy until it runs."""

from pathlib import Path
from typing import Annotated

import typer


def train(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where checkpoints and trained parts go.")] = Path(
        "runs/compact"
    ),
    art: Annotated[Path, typer.Option(metavar="DIR", help="The pictures that `make art` fetched.")] = Path(
        "data/art"
    ),
    features: Annotated[Path, typer.Option(metavar="DIR", help="Where encoded clips are kept.")] = Path(
        "data/features"
    ),
    clips: Annotated[int, typer.Option(min=64, help="Training clips.")] = 6000,
    stills: Annotated[int, typer.Option(min=192, help="Training pictures for step 0.")] = 9000,
    temporal_module: Annotated[str, typer.Option(help="copy, attention or gru.")] = "attention",
    epochs: Annotated[int, typer.Option(min=1, help="Passes of step 0, the alignment without the LLM.")] = 12,
    steps: Annotated[int, typer.Option(min=1, help="Steps of step 1, the instruction tuning.")] = 1500,
    batch: Annotated[int, typer.Option(min=1, help="Clips in a step of step 1.")] = 16,
    seed: Annotated[int, typer.Option(min=0)] = 0,
) -> None:
    """Train the compact model's parts on procedural clips; a stopped run goes on where it was."""
    import logging

    from core.engine import cache_folder
    from core.training.alignment import AlignmentSettings
    from core.training.instruction import InstructionSettings
    from core.training.run import TrainingSettings
    from core.training.run import train as run

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    settings = TrainingSettings(
        art=art,
        features=features,
        out=out,
        clips=clips,
        stills=stills,
        temporal_module=temporal_module,
        alignment=AlignmentSettings(epochs=epochs, seed=seed),
        instruction=InstructionSettings(steps=steps, batch=batch, seed=seed),
    )
    run(cache_folder(), settings)
