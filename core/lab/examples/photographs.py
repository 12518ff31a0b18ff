"""Example clips of real photographs, over which the camera slowly moves. All are in the public domain.

The bee is by John Severns, the bridge by Derek Jensen, both from Wikimedia Commons by Debian's
palapeli-data; the cat by Stéfan van der Walt and the coffee by Rachel Michetti, both CC0, from scikit-image.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from core.lab.clips.render import write_video

FPS = 12
SIZE = 640, 360  # pixels
PALAPELI = Path("palapeli-data/usr/share/palapeli/collection")
SKIMAGE = Path("python3-skimage/usr/lib/python3/dist-packages/skimage/data")
Place = tuple[float, float, float]  # centre x and y, width, as parts of the photograph


@dataclass(frozen=True)
class Shot:
    """A photograph seen for some seconds, from one place in it to another."""

    photograph: Path
    seconds: float
    first: Place
    last: Place


@dataclass(frozen=True)
class PhotographClip:
    titles: tuple[str, str]  # English, Chinese
    shots: tuple[Shot, ...]


COFFEE = SKIMAGE / "coffee.png"
CLIPS = {
    "bridge": PhotographClip(
        ("A bridge in a city", "城市里的一座桥"),
        (Shot(PALAPELI / "cincinnati-bridge.jpg", 8, (0.3, 0.5, 0.6), (0.7, 0.5, 0.6)),),
    ),
    "photos": PhotographClip(
        ("A cat, a coffee, a bee", "猫、咖啡和蜜蜂"),
        (
            Shot(SKIMAGE / "chelsea.png", 4, (0.5, 0.5, 0.98), (0.48, 0.45, 0.75)),
            Shot(COFFEE, 4, (0.45, 0.5, 0.8), (0.55, 0.5, 0.8)),
            Shot(PALAPELI / "european-honey-bee.jpg", 4, (0.5, 0.5, 0.75), (0.5, 0.5, 0.98)),
        ),
    ),
}


def write_photographs(folder: Path, photos: Path) -> None:
    """A file for each of CLIPS. photos: where `make art` puts the packages."""
    for name, clip in CLIPS.items():
        frames = [view for shot in clip.shots for view in _views(shot, photos)]
        write_video(folder / f"{name}.mp4", np.stack(frames), FPS, crf=28)


def _views(shot: Shot, photos: Path) -> list[np.ndarray]:
    """uint8 [360, 640, 3] each."""
    with Image.open(photos / shot.photograph) as opened:
        photograph = opened.convert("RGB")
    way = np.linspace(shot.first, shot.last, round(shot.seconds * FPS))
    return [np.asarray(_view(photograph, x, y, width)) for x, y, width in way]


def _view(photograph: Image.Image, x: float, y: float, width: float) -> Image.Image:
    """What lies around a place, as wide as it is tall 16 : 9, and never beyond the edge."""
    wide = min(width * photograph.width, photograph.height * SIZE[0] / SIZE[1])
    high = wide * SIZE[1] / SIZE[0]
    left = min(max(x * photograph.width - wide / 2, 0), photograph.width - wide)
    top = min(max(y * photograph.height - high / 2, 0), photograph.height - high)
    return photograph.resize(SIZE, Image.Resampling.LANCZOS, (left, top, left + wide, top + high))
