"""Drawing a scene: the frames that a video reader would give for it, and whole video files."""

import colorsys
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from io import BytesIO
from pathlib import Path
from random import Random

import av
import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from core.lab.art.sprites import SpriteLibrary
from core.lab.clips.actors import Look
from core.lab.clips.filming import film, photographic_backdrop
from core.lab.clips.scenes import STEADY, Background, Scene
from core.video.sampling import SamplingPlan

VISIBLE = 40  # of 255: difference of two colours in one channel, from which on a line is drawn between them
# Hue range (turns), saturation range and value range of each background colour.
_HSV: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "red": ((-0.02, 0.02), (0.75, 1.0), (0.65, 0.95)),
    "orange": ((0.06, 0.09), (0.8, 1.0), (0.9, 1.0)),
    "yellow": ((0.14, 0.17), (0.6, 1.0), (0.9, 1.0)),
    "green": ((0.28, 0.40), (0.5, 1.0), (0.4, 0.85)),
    "blue": ((0.55, 0.66), (0.55, 1.0), (0.5, 1.0)),
    "purple": ((0.74, 0.80), (0.45, 0.9), (0.4, 0.8)),
    "pink": ((0.88, 0.95), (0.25, 0.55), (0.95, 1.0)),
    "brown": ((0.05, 0.09), (0.5, 0.8), (0.28, 0.5)),
    "black": ((0.0, 1.0), (0.0, 0.2), (0.0, 0.1)),
    "white": ((0.0, 1.0), (0.0, 0.04), (0.95, 1.0)),
    "gray": ((0.0, 1.0), (0.0, 0.06), (0.4, 0.65)),
}


def frame_times(duration: float, frames: int) -> np.ndarray:
    """Midpoints of equal segments, as `SamplingPlan` has them. Shape: (T,), seconds."""
    return (np.arange(frames) + 0.5) / frames * duration


@dataclass(frozen=True)
class Flaws:
    """Degradations by a camera and a codec."""

    blur: float = 0.0  # pixels
    noise: float = 0.0  # levels of 255
    gain: float = 1.0
    jpeg_quality: int | None = None

    @classmethod
    def sample(cls, random: Random) -> "Flaws":
        return cls(
            blur=random.choice((0.0, 0.0, 0.0, random.uniform(0.4, 1.2))),
            noise=random.choice((0.0, 0.0, random.uniform(1.0, 6.0))),
            gain=random.choice((1.0, 1.0, random.uniform(0.8, 1.1))),
            jpeg_quality=random.choice((None, random.randint(40, 90))),
        )


def render(
    scene: Scene,
    library: SpriteLibrary,
    seconds: np.ndarray,
    height_width: tuple[int, int],
    random: Random,
    flawed: bool = True,
) -> np.ndarray:
    """The scene's pictures at the given times: uint8 [T, H, W, 3], by default with a camera's flaws."""
    height, width = height_width
    filmed = scene.conditions
    if filmed.backdrop:
        blur = filmed.backdrop_blur
        backdrop = photographic_backdrop(
            filmed.backdrop, Random(scene.background.seed), (width, height), blur
        )
    else:
        backdrop = _backdrop(scene.background, height, width)
    own = Random(random.random())
    flaws = Flaws.sample(own) if flawed else Flaws()
    grain = np.random.default_rng(own.randrange(2**31))
    dressed = [_dress(library.load(actor.sprite), actor.look) for actor in scene.actors]
    frames = []
    for time in seconds:
        picture = backdrop.copy()
        for actor, sprite in zip(scene.actors, dressed, strict=True):
            if (where := actor.place(float(time))) is not None:
                _paste(picture, sprite, where, actor.mirrored, actor.tilt)
        if filmed != STEADY:
            picture = film(picture, filmed, float(time) / scene.duration, own)
        frames.append(_spoil(picture, flaws, grain))
    return np.stack(frames)  # Shape: (T, H, W, 3)


def _spoil(picture: Image.Image, flaws: Flaws, grain: np.random.Generator) -> np.ndarray:
    """A picture with its flaws: uint8 [H, W, 3]."""
    if flaws.blur:
        picture = picture.filter(ImageFilter.GaussianBlur(flaws.blur))
    if flaws.jpeg_quality:
        buffer = BytesIO()
        picture.save(buffer, "JPEG", quality=flaws.jpeg_quality)
        picture = Image.open(buffer).convert("RGB")
    pixels = np.asarray(picture, dtype=np.float32) * flaws.gain
    if flaws.noise:
        pixels = pixels + grain.normal(0.0, flaws.noise, (*pixels.shape[:2], 1)).astype(np.float32)
    return pixels.clip(0, 255).astype(np.uint8)


def picture_size(aspect: float, area: int = SamplingPlan.area) -> tuple[int, int]:
    """(height, width) in pixels of a picture of this aspect and area."""
    return round((area / aspect) ** 0.5), round((area * aspect) ** 0.5)


def write_video(path: Path, frames: np.ndarray, fps: int, crf: int = 23) -> None:
    """Frames uint8 [T, H, W, 3] as an H.264 mp4; even height and width, as the codec wants them.

    crf: the higher, the smaller and the coarser.
    """
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream(
            "libx264", rate=Fraction(fps), options={"crf": str(crf), "preset": "slow"}
        )
        stream.height, stream.width = frames.shape[1], frames.shape[2]
        stream.pix_fmt = "yuv420p"
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def _dress(sprite: Image.Image, look: Look) -> Image.Image:
    """The sprite with this look, RGBA."""
    reach = round(look.outline * max(sprite.size))
    if look.colours:
        sprite = _coloured_flatly(sprite, look.colours, max(1, reach // 2))
    alpha = sprite.getchannel("A")
    colours = ImageEnhance.Color(sprite.convert("RGB")).enhance(look.saturation)
    dressed = ImageEnhance.Brightness(colours).enhance(look.brightness)
    dressed.putalpha(alpha)
    if look.outline:
        wide = Image.new("RGBA", (sprite.width + 2 * reach, sprite.height + 2 * reach))
        wide.paste(dressed, (reach, reach))
        outlined = Image.new("RGBA", wide.size, (20, 20, 20, 0))
        outlined.putalpha(Image.fromarray(spread(np.asarray(wide.getchannel("A")), reach)))
        dressed = Image.alpha_composite(outlined, wide)
    return dressed


def _coloured_flatly(sprite: Image.Image, colours: int, reach: int) -> Image.Image:
    """The sprite in so many colours, with dark lines where two of them meet: as comics are drawn."""
    alpha = np.asarray(sprite.getchannel("A"))  # Shape: (H, W)
    painted = Image.alpha_composite(Image.new("RGBA", sprite.size, "white"), sprite).convert("RGB")
    few = painted.filter(ImageFilter.MedianFilter(5)).quantize(colours + 1, dither=Image.Dither.NONE)
    areas = Image.fromarray(np.asarray(few)).filter(ImageFilter.ModeFilter(9))  # without their specks
    palette = np.array(few.getpalette(), np.int16).reshape(-1, 3)
    flat = palette[np.asarray(areas)]  # Shape: (H, W, 3)
    meet = np.zeros(alpha.shape, bool)  # Shape: (H, W)
    meet[1:] |= np.abs(np.diff(flat, axis=0)).max(axis=-1) > VISIBLE
    meet[:, 1:] |= np.abs(np.diff(flat, axis=1)).max(axis=-1) > VISIBLE
    lines = spread(np.where(meet & (alpha > 128), np.uint8(255), np.uint8(0)), reach)
    drawn = Image.fromarray(np.where(lines[..., None] > 0, 20, flat).astype(np.uint8)).convert("RGBA")
    drawn.putalpha(Image.fromarray(alpha))
    return drawn


def spread(alpha: np.ndarray, reach: int) -> np.ndarray:
    """The largest value within `reach` pixels of each, in a square: uint8 [H, W].

    As Pillow's MaxFilter(2 * reach + 1), but separable: that one took more than half of the time to draw and
    encode photographs.
    """
    for _ in range(2):
        padded = np.pad(alpha, ((reach, reach), (0, 0)))
        shifted = (padded[start : start + len(alpha)] for start in range(2 * reach + 1))
        alpha = reduce(np.maximum, shifted).T  # Shape: (W, H), then (H, W)
    return alpha


def _paste(
    picture: Image.Image,
    sprite: Image.Image,
    where: tuple[float, float, float],
    mirrored: bool,
    tilt: float,
) -> None:
    x, y, size = where
    scale = size * min(picture.size) / max(sprite.size)
    sprite = sprite.resize(
        (max(1, round(sprite.width * scale)), max(1, round(sprite.height * scale))), Image.Resampling.BILINEAR
    )
    if mirrored:
        sprite = sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if tilt:
        sprite = sprite.rotate(tilt, Image.Resampling.BILINEAR, expand=True)
    corner = (round(x * picture.width - sprite.width / 2), round(y * picture.height - sprite.height / 2))
    picture.paste(sprite, corner, sprite)


def _colour(name: str, random: Random) -> np.ndarray:
    hue, saturation, value = (random.uniform(*bounds) for bounds in _HSV[name])
    return np.array(colorsys.hsv_to_rgb(hue % 1.0, saturation, value), dtype=np.float32) * 255


def _backdrop(background: Background, height: int, width: int) -> Image.Image:
    random = Random(background.seed)
    if background.colour is None:
        return _motley(height, width, random)
    first, second = _colour(background.colour, random), _colour(background.colour, random)
    mix = _texture(background.texture, height, width, random)[..., None]  # Shape: (H, W, 1), in [0, 1]
    pixels = first * (1 - mix) + second * mix
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _motley(height: int, width: int, random: Random) -> Image.Image:
    """Patches of many colours, soft or hard, coarse or fine."""
    cells = random.randint(3, 10)
    colours = [[_colour(random.choice(list(_HSV)), random) for _ in range(cells)] for _ in range(cells)]
    mosaic = Image.fromarray(np.array(colours).clip(0, 255).astype(np.uint8))
    soft = random.choice((Image.Resampling.BICUBIC, Image.Resampling.BILINEAR, Image.Resampling.NEAREST))
    return mosaic.resize((width, height), soft)


def _texture(name: str, height: int, width: int, random: Random) -> np.ndarray:
    """A pattern in [0, 1]: how far each pixel is from the first colour to the second. Shape: (H, W)."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle, period = random.uniform(0, 2 * np.pi), random.uniform(12, 60)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = -x * np.sin(angle) + y * np.cos(angle)
    if name == "gradient":
        return (along - along.min()) / (np.ptp(along) + 1e-6)
    if name == "noise":
        return np.random.default_rng(random.randrange(2**31)).random((height, width), dtype=np.float32)
    if name == "stripes":
        return (np.sin(along * 2 * np.pi / period) > 0).astype(np.float32)
    if name == "dots":
        return ((np.sin(along * 2 * np.pi / period) * np.sin(across * 2 * np.pi / period)) > 0.5).astype(
            np.float32
        )
    if name == "rays":
        centre_x, centre_y = random.uniform(0, width), random.uniform(0, height)
        return (np.sin(np.arctan2(y - centre_y, x - centre_x) * random.randint(4, 16)) > 0).astype(np.float32)
    if name == "rings":
        centre_x, centre_y = random.uniform(0, width), random.uniform(0, height)
        return 0.5 + 0.5 * np.sin(np.hypot(x - centre_x, y - centre_y) * 2 * np.pi / period)
    if name == "waves":
        bend = np.sin(across * 2 * np.pi / random.uniform(30, 90)) * random.uniform(4, 16)
        return 0.5 + 0.5 * np.sin((along + bend) * 2 * np.pi / period)
    if name == "bricks":
        row = y // (period / 2)
        joint = ((x + (row % 2) * period / 2) % period < 3) | (y % (period / 2) < 3)
        return joint.astype(np.float32)
    if name == "shapes":
        pattern = np.zeros((height, width), dtype=np.float32)
        for _ in range(random.randint(3, 14)):
            away_x, away_y = x - random.uniform(0, width), y - random.uniform(0, height)
            pattern[np.hypot(away_x / random.uniform(8, 60), away_y / random.uniform(8, 60)) < 1] = 1.0
        return pattern
    if name == "vignette":
        return np.hypot((x / width - 0.5), (y / height - 0.5)) / 0.71
    if name == "checks":
        return ((x // period + y // period) % 2).astype(np.float32)
    if name == "clouds":
        grain = np.random.default_rng(random.randrange(2**31)).random((6, 6)) * 255
        soft = Image.fromarray(grain.astype(np.uint8)).resize((width, height), Image.Resampling.BICUBIC)
        return np.asarray(soft, dtype=np.float32) / 255
    return np.zeros((height, width), dtype=np.float32)
