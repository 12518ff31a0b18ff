"""Clip art of many artists: whole figures, where emoji are mostly faces and signs. Read, and never shipped.

`clipart.tsv` maps files of Debian packages to concepts; `make art` fetches them.
* `pysiogame`: Art4Apps by Smart4Kids, a children's picture dictionary (CC BY-SA, says the program)
* `openclipart-png`: the Open Clip Art Library before 2005 (public domain)
"""

from collections import defaultdict
from functools import cache
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageOps

from core.compact.words.names import table_rows
from core.lab.art.packages import packaged_file

NEARLY = 12  # of 255: how far from white the ground of a figure may be


@cache
def clipart(art: Path) -> dict[str, list[str]]:
    """Concept id -> the paths of the pictures that are there, in the order of the file."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in table_rows(Path(__file__).parent / "clipart.tsv"):
        path = packaged_file(art, row)
        if path.exists():
            found[row["concept"]].append(str(path))
    return dict(found)


def load_clipart(path: str) -> Image.Image:
    """A picture as RGBA. One without transparency loses the white that it stands on."""
    picture = Image.open(path)
    if picture.mode in ("RGBA", "LA", "P"):
        return picture.convert("RGBA")
    return without_ground(picture.convert("RGB"))


def without_ground(picture: Image.Image) -> Image.Image:
    """RGB -> RGBA: transparent where nearly white pixels are connected with a corner."""
    wide = ImageOps.expand(picture, border=1, fill="white")  # so that all corners are connected
    ground = ImageChops.invert(wide).convert("L").point(lambda value: 0 if value <= NEARLY else 255)
    ImageDraw.floodfill(ground, (0, 0), 128)
    wide.putalpha(ground.point(lambda value: 0 if value == 128 else 255))
    return wide
