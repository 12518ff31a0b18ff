"""`reeltalk weights`: the files of base weights, where they are, how large, under which licence."""

from typing import Annotated

import typer

from core.cli.options import ModelOption
from core.cli.terminal import FAILED, print_error, print_json, progress_bar
from core.image_llm.registry import DEFAULT_MODEL, base_files


def weights(
    model: ModelOption = DEFAULT_MODEL,
    download: Annotated[bool, typer.Option("--fetch", help="Download what is not here yet.")] = False,
    check: Annotated[bool, typer.Option("--verify", help="Read the files and compare their sha256.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per file.")] = False,
) -> None:
    """List the files of base weights of one of our own models."""
    from core.weights import fetch, verify

    damaged = False
    for file in base_files(model):
        if download:
            with progress_bar() as progress:
                fetch(file, progress)
        here = file.path.exists()
        if here and check and not verify(file):
            print_error(f"{file.path} is damaged: delete it, and it is downloaded anew")
            damaged = True
        if as_json:
            print_json(
                {
                    "name": file.name,
                    "publisher": file.publisher,
                    "licence": file.licence,
                    "bytes": file.size,
                    "sha256": file.sha256,
                    "path": str(file.path) if here else None,
                }
            )
        else:
            place = str(file.path) if here else "not here yet"
            print(f"{file.name}  {file.size / 10**6:.0f} MB  {file.publisher}, {file.licence}  {place}")
    if damaged:
        raise typer.Exit(FAILED)
