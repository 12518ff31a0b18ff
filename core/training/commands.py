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
    clips: Annotated[int, typer.Option(min=64, help="Training clips.")] = 4100,
    stills: Annotated[
        int, typer.Option(min=256, help="Training pictures, cut together to further clips.")
    ] = 56000,
    temporal_module: Annotated[str, typer.Option(help="copy, attention or gru.")] = "attention",
    alignment_steps: Annotated[
        int, typer.Option(min=1, help="Steps of step 0, the alignment without the LLM.")
    ] = 700,
    steps: Annotated[int, typer.Option(min=1, help="Steps of step 1, the instruction tuning.")] = 950,
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
        alignment=AlignmentSettings(steps=alignment_steps, seed=seed),
        instruction=InstructionSettings(steps=steps, seed=seed),
    )
    run(cache_folder(), settings)
