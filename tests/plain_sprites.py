"""Stands in for the art that `make art` fetches, so that tests of clips need none of it."""

from PIL import Image

from core.lab.art.sprites import Sprite


class PlainSprites:
    """Every sprite is a red square."""

    def load(self, sprite: Sprite) -> Image.Image:
        return Image.new("RGBA", (40, 40), (255, 0, 0, 255))
