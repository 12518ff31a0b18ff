"""Camera effects on a drawn scene: a photograph behind it, changing light, a shaking hand, an occluder."""

from functools import lru_cache
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

from core.lab.clips.scenes import Conditions

CLOSEST = 1.6  # the strongest zoom into a backdrop
LARGEST = 1024  # pixels: longest side of a photograph that is kept in memory


@lru_cache(maxsize=256)
def _photograph(path: str) -> Image.Image:
    with Image.open(Path(path)) as picture:
        upright = ImageOps.exif_transpose(picture).convert("RGB")
    upright.thumbnail((LARGEST, LARGEST))
    return upright


def photographic_backdrop(path: str, random: Random, size: tuple[int, int], blur: float) -> Image.Image:
    """A part of a photograph that fills a picture of `size` (width, height) pixels; blur as in Conditions."""
    photograph = _photograph(path)
    fitting = ImageOps.fit(
        photograph, size, Image.Resampling.BILINEAR, centering=(random.random(), random.random())
    )
    zoom = random.uniform(1.0, CLOSEST)
    wide = fitting.resize((round(size[0] * zoom), round(size[1] * zoom)), Image.Resampling.BILINEAR)
    left, top = (random.randint(0, long - short) for long, short in zip(wide.size, size, strict=True))
    part = wide.crop((left, top, left + size[0], top + size[1]))
    return part.filter(ImageFilter.GaussianBlur(blur * min(size))) if blur else part


def film(picture: Image.Image, conditions: Conditions, progress: float, random: Random) -> Image.Image:
    """The picture under these conditions; progress: the share of the clip that has passed, 0 to 1."""
    width, height = picture.size
    if (bar := conditions.occluder) is not None:
        edges = ((bar.centre - bar.breadth / 2), (bar.centre + bar.breadth / 2))
        low, high = (edge * (height if bar.lies else width) for edge in edges)
        box = (0, low, width, high) if bar.lies else (low, 0, high, height)
        ImageDraw.Draw(picture).rectangle(box, fill=bar.colour)
    first, last = conditions.light
    if first != 1.0 or last != 1.0:
        picture = ImageEnhance.Brightness(picture).enhance(first + progress * (last - first))
    if conditions.shake:
        reach = conditions.shake * min(picture.size)
        margin = round(3 * reach)  # so that the picture's edges stay outside
        close = picture.resize((width + 2 * margin, height + 2 * margin), Image.Resampling.BILINEAR)
        left, top = (margin + round(max(-3.0, min(3.0, random.gauss(0, 1))) * reach) for _ in range(2))
        left, top = (min(2 * margin, max(0, edge)) for edge in (left, top))
        picture = close.crop((left, top, left + width, top + height))
    return picture
