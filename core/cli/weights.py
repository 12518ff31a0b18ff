"""`reeltalk weights`: the files of base weights, whose they are, where they are, from where they came."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from core.cli.terminal import print_error, print_json, progress_bar
from core.image_llm.registry import EMBEDDED, embedded
from core.senses.registry import SENSES, available_senses, find_sense

if TYPE_CHECKING:
    from core.weights import BaseFile

DAMAGED = 1  # exit code


def weights(
    model: Annotated[
        str | None,
        typer.Argument(
            metavar="NAME", help="One of our own models, or a sense: hearing.", show_default=False
        ),
    ] = None,
    download: Annotated[
        bool,
        typer.Option(
            "--fetch",
            help="Download what NAME lacks; without NAME, the model that fits into the memory that is free, "
            "and what hearing needs.",
        ),
    ] = False,
    check: Annotated[bool, typer.Option("--verify", help="Read the files and compare their sha256.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file.")] = False,
) -> None:
    """List the files of base weights: all, or those of one model or sense."""
    from core.weights import fetch_all, verify

    needed: dict[BaseFile, list[str]] = {}  # by which models and senses
    for each in (*EMBEDDED, *SENSES):
        for file in _files(each):
            needed.setdefault(file, []).append(each)
    if download:
        senses = [each for each in SENSES if each in available_senses()]
        for each in [model] if model else [_fitting(), *senses]:
            with progress_bar() as progress:
                fetch_all(_files(each), progress)
    damaged = False
    for file in _files(model) if model else needed:
        if as_json:
            print_json(_facts(file, needed[file]))
        else:
            _print(file, needed[file])
        if check and file.path.exists() and not verify(file):
            print_error(f"{file.path} is damaged: {file.remedy}")
            damaged = True
    if damaged:
        raise typer.Exit(DAMAGED)


def _files(name: str) -> "tuple[BaseFile, ...]":
    """Of a model or a sense. Raises ModelError where that is none of ours."""
    return find_sense(name).weights() if name in SENSES else embedded(name).files


def _fitting() -> str:
    """The model that is taken where none is named."""
    from core.image_llm.fitting import fitting_model

    fitting = fitting_model()
    print(fitting, file=sys.stderr)
    return fitting.name


def _facts(file: "BaseFile", models: list[str]) -> dict[str, object]:
    return {
        "name": file.name,
        "models": models,
        "bytes": file.size,
        "licence": file.licence,
        "publisher": file.publisher,
        "revision": file.revision,
        "sha256": file.sha256,
        "path": str(file.path) if file.path.exists() else None,
        "origin": file.origin,
    }


def _print(file: "BaseFile", models: list[str]) -> None:
    print(f"{file.name}  {file.size / 10**6:,.0f} MB  {file.licence}  for {', '.join(models)}")
    print("   ", f"by {file.publisher}, {file.revision}" if file.revision else f"by {file.publisher}")
    if file.path.exists():
        print(f"    here: {file.path}")
        print(f"    from {file.origin}" if file.origin else "    it is not written down from where")
    else:
        print("    not here yet")
