"""Text files that a user names: read in whatever encoding they are, which is told where it is a guess."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from core.dialogue.conversation import Cue
from core.dialogue.subtitles import read_subtitles
from core.text.encodings import ENCODINGS, encoding_named
from core.text.lines import lines_of


def _known(name: str | None) -> str | None:
    found = None if name is None else encoding_named(name)
    if name is not None and found is None:
        raise typer.BadParameter(f"there is no {name}; known are {', '.join(ENCODINGS)}")
    return found


EncodingOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        help="Of the file of --subtitles or --batch, such as Big5 or GB18030; without it, it is recognised.",
        callback=_known,
    ),
]


def subtitles_from(path: Path, encoding: str | None) -> tuple[Cue, ...]:
    """The cues of a file; what was put right in it is told on stderr."""
    found = read_subtitles(path, encoding)
    _tell(path.name, found.encoding, encoding)
    for repair in found.repairs:
        print(f"{path.name}: {repair}", file=sys.stderr)
    return found.cues


def lines_from(path: Path, encoding: str | None) -> list[str]:
    """The lines of a file."""
    found = lines_of(path.read_bytes(), encoding)
    _tell(path.name, found.encoding, encoding)
    return found.texts


def _tell(name: str, encoding: str, chosen: str | None) -> None:
    if chosen is None and encoding != "UTF-8":
        print(f"{name} is read as {encoding}; --encoding names another.", file=sys.stderr)
