"""Photographs of everyday scenes for training: where each was taken and what stuff it shows; never shipped.

`scenes.tsv` names files of packages (npm, PyPI, Debian) with what is seen on them; `make art` fetches them.
A label that a photograph lacks counts as not seen there. With neither "indoors" nor "outdoors" it cannot be
told; with both it is open to the sky and roofed in part.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from core.compact.words.names import table_rows
from core.lab.art.packages import packaged_file

TABLE = Path(__file__).parent / "scenes.tsv"
SITES = ("indoors", "outdoors")
PLACES = (
    *("street", "city", "room", "office", "kitchen", "restaurant", "shop", "hall", "garden", "park"),
    *("forest", "meadow", "farm", "mountains", "beach", "sea", "lake", "river", "snow_place", "desert"),
    *("road_place", "village", "stadium", "church", "historic", "night", "vehicle_inside", "garage"),
    *("station", "underwater", "aerial", "bedroom", "gym"),
)
STUFF = (
    *("sky", "clouds", "grass", "tree", "flower", "plant", "water", "sand", "snow", "rock", "building"),
    *("road", "window", "table", "wall", "sign", "screen"),
)
SUBJECTS = ("person", "people", "animal", "vehicle", "food")  # people: three or more persons
LABELS = SITES + PLACES + STUFF + SUBJECTS


@dataclass(frozen=True)
class ScenePhoto:
    path: Path
    labels: frozenset[str]  # of LABELS


@cache
def scene_photos(art: Path, split: Literal["train", "test"]) -> tuple[ScenePhoto, ...]:
    """The photographs of a split that are there, in the order of the file."""
    found = [
        ScenePhoto(packaged_file(art, row), frozenset(row["labels"].split()))
        for row in table_rows(TABLE)
        if row["split"] == split
    ]
    return tuple(photo for photo in found if photo.path.exists())
