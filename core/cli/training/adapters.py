"""`reeltalk adapters`: which trained temporal modules lie in a folder."""

from pathlib import Path
from typing import Annotated

import typer

from core.cli.terminal import print_json


def adapters(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Where to look, a few folders deep.", exists=True)
    ] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per adapter.")] = False,
) -> None:
    """List the adapters that were trained: what --adapter takes."""
    from core.training.result import adapters_in

    for each in adapters_in(folder):
        if as_json:
            facts = {"folder": str(each.folder), "bytes": each.size}
            print_json(facts | each.config | {"results": each.results})
            continue
        print(
            f"{each.folder}  {each.config['kind']} for {each.results.get('checkpoint', each.config['model'])}"
        )
        told = f"{'':4}{each.size / 10**6:,.1f} MB, weights of {each.config['model_fingerprint']}"
        if each.results:
            told += f", {each.results['steps']:,} steps"
            before, after = each.results["before"], each.results["after"]
            told += f", loss {before['loss']:.3f} -> {after['loss']:.3f}" if before and after else ""
        print(told)
