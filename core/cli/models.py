"""`reeltalk models`: which models there are."""

from typing import Annotated

import typer

from core.cli.terminal import print_json


def models(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per family.")] = False,
) -> None:
    """List the models there are."""
    from core.image_llm.registry import describe_families

    for family in describe_families():
        if as_json:
            print_json(family)
        else:
            print(f"{family['family']:<16} {', '.join(family['languages']):<8} {family['summary']}")
            if family["bytes"]:  # one of our own
                place = "here" if family["here"] else "to download"
                needed = f"needs {family['memory'] / 10**9:g} GB of memory"
                print(f"{'':<25} {family['bytes'] / 10**9:.1f} GB of weights, {place}; {needed}")
