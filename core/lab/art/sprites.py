"""Art for the procedural clips: pictures of a concept in several styles.

Sources, read at training time and never shipped (`make art` fetches them):
* `noto`: Noto Color Emoji, a font (OFL 1.1), Debian `fonts-noto-color-emoji`
* `twemoji`: Twemoji (CC-BY 4.0), npm `emoji-datasource-twitter`
* `fluent`: Microsoft Fluent Emoji in 3D (MIT), npm `@lobehub/fluent-emoji-3d`
* `flat`: Microsoft Fluent Emoji, flat (MIT), npm `@lobehub/fluent-emoji-flat`
* `stamps`: Tux Paint stamps (GPL-2), Debian `tuxpaint-stamps-default`
* `openmoji`: OpenMoji (CC-BY-SA 4.0), npm `openmoji`; outlines, unlike the others: the unseen style
* twenty more sets of emoji and of icons, see icon_sets.py: fewer things in each, for single pictures only
* `photo`: photographs of several packages, see photos.py
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from io import BytesIO
from pathlib import Path
from random import Random

from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps

from core.errors import ModelError
from core.lab.art.icon_sets import ICON_SETS, NAMED_SETS, ONE_COLOUR, IconSet
from core.lab.questions.words import Concept

NOTO_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
STAMPS = Path("/usr/share/tuxpaint/stamps")
NOTO_SIZE = 109  # pixels: the only size of this bitmap font
SPRITE_SIDE = 192  # pixels: longest side of a loaded sprite
PHOTO_SIDE = 512  # the same of a photograph, which fills the whole picture and more

TRAINING_STYLES = ("noto", "twemoji", "fluent", "flat", "stamps")
FURTHER_STYLES = tuple(ICON_SETS)
UNSEEN_STYLE = "openmoji"


@dataclass(frozen=True)
class Sprite:
    """One picture of one concept: which art it comes from and which file or character it is."""

    style: str
    source: str


def _code(emoji: str, keep_variation: bool) -> str:
    points = [f"{ord(c):x}" for c in emoji if keep_variation or ord(c) != 0xFE0F]
    return "-".join(points)


class SpriteLibrary:
    """Finds and loads the pictures of concepts below `art`, the folder that `make art` fills."""

    def __init__(self, art: Path) -> None:
        self.art = art
        if not NOTO_FONT.exists():
            raise ModelError("sprites_missing", what=f"{NOTO_FONT} (run `make art`)")
        self._font = ImageFont.truetype(str(NOTO_FONT), NOTO_SIZE)
        # Not its "src": these drawings have the frame and the guide lines of their artists.
        openmoji = (art / "openmoji" / "color" / "svg").glob("*.svg")
        self._openmoji = {path.stem.lower(): path for path in openmoji}
        self._icon_sets = {style: IconSet(art, package) for style, package in ICON_SETS.items()}
        self._loaders: dict[str, Callable[[str], Image.Image]] = {
            "noto": self._draw_noto,
            "twemoji": Image.open,
            "fluent": Image.open,
            "flat": _draw_svg,
            "stamps": Image.open,
            "openmoji": _draw_svg,
            "photo": Image.open,
        }
        self._loaders |= {
            style: partial(self._draw_icon, icons, style in ONE_COLOUR)
            for style, icons in self._icon_sets.items()
        }
        self.load = lru_cache(maxsize=4096)(self._load)

    def sprites(self, concept: Concept, styles: tuple[str, ...]) -> list[Sprite]:
        """All pictures of a concept in these styles; empty where the art has none."""
        found = []
        for style in styles:
            if style == "stamps":
                paths = [STAMPS / path for path in concept.stamps]
                found += [Sprite(style, str(path)) for path in paths if path.exists()]
            elif style == "noto":
                found += [Sprite(style, emoji) for emoji in concept.emoji]
            elif style in NAMED_SETS:
                found += [Sprite(style, name) for name in self._icon_sets[style].named(concept.en)]
            elif style in self._icon_sets:
                icons = self._icon_sets[style]
                names = [icons.find(_code(emoji, keep_variation=False)) for emoji in concept.emoji]
                found += [Sprite(style, name) for name in names if name]
            else:
                paths = [path for emoji in concept.emoji if (path := self._emoji_file(style, emoji))]
                found += [Sprite(style, str(path)) for path in paths]
        return found

    def _emoji_file(self, style: str, emoji: str) -> Path | None:
        for keep_variation in (True, False):
            code = _code(emoji, keep_variation)
            path = {
                "twemoji": self.art / "emoji-datasource-twitter" / "img" / "twitter" / "64" / f"{code}.png",
                "fluent": self.art / "fluent-emoji-3d" / "assets" / f"{code}.webp",
                "flat": self.art / "fluent-emoji-flat" / "assets" / f"{code}.svg",
                "openmoji": self._openmoji.get(code, self.art / "none"),
            }[style]
            if path.exists():
                return path
        return None

    def _load(self, sprite: Sprite) -> Image.Image:
        """The sprite as RGBA, cut to what is visible, with the longest side that its style has."""
        picture = self._loaders[sprite.style](sprite.source).convert("RGBA")
        box = picture.getchannel("A").point(lambda alpha: 255 if alpha > 16 else 0).getbbox()
        picture = picture.crop(box) if box else picture
        side = PHOTO_SIDE if sprite.style == "photo" else SPRITE_SIDE
        scale = side / max(picture.size)
        size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
        return picture.resize(size, Image.Resampling.BICUBIC)

    def _draw_noto(self, emoji: str) -> Image.Image:
        picture = Image.new("RGBA", (NOTO_SIZE * 2, NOTO_SIZE * 2))
        ImageDraw.Draw(picture).text((20, 20), emoji, font=self._font, embedded_color=True)
        return picture

    @staticmethod
    def _draw_icon(icons: IconSet, one_colour: bool, name: str) -> Image.Image:
        picture = _drawn(icons.svg(name))
        return _coloured_in(picture, Random(name)) if one_colour else picture


def _draw_svg(path: str) -> Image.Image:
    return _drawn(Path(path).read_text(encoding="utf-8"))


def _coloured_in(lines: Image.Image, random: Random) -> Image.Image:
    """A drawing in one colour, with its inside filled in a pale one; half of the drawings are not black."""
    wide = ImageOps.expand(lines.convert("RGBA"), border=1)  # so that all of the outside is connected
    ink = random.choice(((0, 0, 0), tuple(random.randint(0, 200) for _ in range(3))))
    alpha = wide.getchannel("A")
    wide = Image.new("RGBA", wide.size, ink)
    wide.putalpha(alpha)
    ground = alpha.point(lambda value: 255 if value > 64 else 0)
    ImageDraw.floodfill(ground, (0, 0), 128)
    inside = ground.point(lambda value: 255 if value == 0 else 0).filter(ImageFilter.MaxFilter(3))
    paper = Image.new("RGBA", wide.size, tuple(random.randint(150, 255) for _ in range(3)))
    paper.putalpha(inside)
    return Image.alpha_composite(paper, wide)


def _drawn(svg: str) -> Image.Image:
    import resvg_py

    return Image.open(BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=svg, width=SPRITE_SIDE))))
