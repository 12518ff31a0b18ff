"""`python -m core.lab convert-detector`. Imports nothing heavy until it runs."""

from pathlib import Path
from typing import Annotated

import typer


def convert_detector(
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where its numbers go.")] = Path(
        "assets/eyes/nanodet.safetensors"
    ),
) -> None:
    """Fetch the detector of people and things (145 MB) and write it as compact loads it."""
    from core.lab.detector.convert_nanodet import convert

    convert(out)
