"""What a model has recognised in a clip, and when it is seen."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Sighting:
    """One thing, seen without a break. names: what it is called, by language."""

    start: float  # s
    end: float
    names: Mapping[str, str]
