"""A photograph, or a few pictures that move, read with Pillow: JPEG, PNG, WebP, BMP, GIF, AVIF.

A file is what its first bytes say, whatever its name. Its size is checked before a pixel is decoded. A single
picture has no duration.
"""

import struct
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageFile

from core.errors import VideoError
from core.video.clip import VideoLimits
from core.video.container import check_cost, check_duration, check_shape, check_size
from core.video.sampling import SamplingPlan
from core.video.timeline import Timeline

HEAD = 64  # bytes that tell what a file is
BEGINNINGS = {
    "JPEG": b"\xff\xd8\xff",
    "PNG": b"\x89PNG\r\n\x1a\n",
    "BMP": b"BM",
    "GIF": b"GIF8",
}
HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
AT_ONCE = 3  # times the pixels of a video's picture: a decoder of videos holds several of them
HURRIED, USUAL = 0.010, 0.100  # seconds; pictures that want to be gone at once stay as long as in browsers
# By the Exif tag: what turns a picture upright, and by how many degrees clockwise.
UPRIGHT = {
    2: (Image.Transpose.FLIP_LEFT_RIGHT, 0),
    3: (Image.Transpose.ROTATE_180, 180),
    4: (Image.Transpose.FLIP_TOP_BOTTOM, 180),
    5: (Image.Transpose.TRANSPOSE, 270),
    6: (Image.Transpose.ROTATE_270, 90),
    7: (Image.Transpose.TRANSVERSE, 90),
    8: (Image.Transpose.ROTATE_90, 270),
}


def picture_format(path: Path) -> str | None:
    """Pillow's name of what the file is; None for what is to be read as a video."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp":
        if b"avif" in head or b"avis" in head:
            return "AVIF"
        if head[8:12] in HEIC:  # FFmpeg would take one tile of it for the whole
            raise VideoError("not_a_video", name=path.name)
    return next((form for form, beginning in BEGINNINGS.items() if head.startswith(beginning)), None)


def read_pictures(
    path: Path, form: str, plan: SamplingPlan, limits: VideoLimits
) -> tuple[dict[str, Any], np.ndarray]:
    """The header of the child's reply and uint8 [T, H, W, 3], as of a video."""
    with _open_checked(path, form, limits) as image:
        stored, moves = image.size, form != "JPEG" and getattr(image, "is_animated", False)
        size = plan.size(*stored)
        if moves:
            check_cost(2 * _count(image), *stored, path.name, limits)
            timeline = _timeline(image, path.name, limits)
            moments = plan.moments(timeline.end)
            chosen = timeline.on_screen(moments)
            which, seconds = timeline.seen(moments, timeline.times[chosen])
            images = [_on_white(_frame(image, index), size) for index in chosen[which].tolist()]
            damaged = timeline.damaged
    if not moves:
        timeline = Timeline(0.0, np.zeros(1), np.zeros(1), end=0.0, trimmed=False, damaged=False)
        seconds = timeline.times[timeline.on_screen(plan.moments(timeline.end))]
        image, damaged = _load(path, form, size)
        images = [_on_white(image, size)]
    turn, rotation = UPRIGHT.get(_orientation(image), (None, 0))
    width, height = stored[::-1] if rotation % 180 else stored
    upright = [np.asarray(each if turn is None else each.transpose(turn)) for each in images]
    clip = {
        "duration": timeline.end,
        "fps": round(len(timeline.times) / timeline.end, 3) if moves else 0.0,
        "width": width,
        "height": height,
        "rotation": rotation,
        "codec": form.lower(),
        "reader": "pillow",
        "damaged": damaged,
    }
    return {"clip": clip, "seconds": seconds.tolist()}, np.stack(upright)


def _open_checked(path: Path, form: str, limits: VideoLimits) -> Image.Image:
    """The file, if its size allows decoding it. Nothing is decoded yet."""
    pixels = AT_ONCE * limits.max_pixels
    if form == "WEBP":  # to open one is to ask for the memory of its pictures
        check_size(*_webp_size(path), path.name, limits, pixels)
    Image.MAX_IMAGE_PIXELS = None  # the check is ours, and tells the size
    try:
        image = Image.open(path, formats=[form])
    except OSError as error:
        raise VideoError("not_a_video", name=path.name) from error
    check_size(*image.size, path.name, limits, pixels)
    check_shape(*image.size, path.name, limits)
    Image.MAX_IMAGE_PIXELS = pixels  # a later picture of the file may be larger
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    return image


def _webp_size(path: Path) -> tuple[int, int]:
    """Of the canvas, as the file's first chunk says it."""
    with path.open("rb") as file:
        head = file.read(30).ljust(30, b"\0")
    numbers = int.from_bytes(head[21:25], "little")
    if head[12:16] == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if head[12:16] == b"VP8L":
        return (numbers & 0x3FFF) + 1, (numbers >> 14 & 0x3FFF) + 1
    width, height = (int.from_bytes(head[at : at + 2], "little") & 0x3FFF for at in (26, 28))
    return width, height


def _load(path: Path, form: str, size: tuple[int, int]) -> tuple[Image.Image, bool]:
    """A single picture, and whether a part of it is missing. Of a large JPEG less is decoded."""
    for incomplete in (False, True):
        ImageFile.LOAD_TRUNCATED_IMAGES = incomplete
        try:
            image = Image.open(path, formats=[form])
            image.draft(None, (2 * size[0], 2 * size[1]))
            image.load()
        except (OSError, SyntaxError) as error:
            print(f"pillow: {error}", file=sys.stderr)
        else:
            return image, incomplete
    raise VideoError("no_frames", name=path.name)


def _timeline(image: Image.Image, name: str, limits: VideoLimits) -> Timeline:
    """When the pictures of a file appear that move: one pass, which decodes them all."""
    begins, end, damaged = [], 0.0, False
    try:
        for index in range(_count(image)):
            stays = float(_frame(image, index).info.get("duration") or 0.0) / 1000
            begins.append(end)
            end += stays if stays > HURRIED else USUAL
            check_duration(end, name, limits)
    except (EOFError, OSError, SyntaxError) as error:
        print(f"pillow: {error}", file=sys.stderr)
        damaged = True
    if not begins:
        raise VideoError("no_frames", name=name)
    return Timeline(0.0, np.array(begins), np.zeros(1), end, trimmed=False, damaged=damaged)


def _count(image: Image.Image) -> int:
    return int(getattr(image, "n_frames", 1)) - _before(image)


def _before(image: Image.Image) -> int:
    """How many pictures are for programs alone that cannot show the others."""
    return int(getattr(image, "default_image", False))


def _frame(image: Image.Image, index: int) -> Image.Image:
    image.seek(index + _before(image))
    image.load()
    return image


def _orientation(image: Image.Image) -> int:
    """The Exif tag; 1 where there is none, or none that can be read."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except (OSError, SyntaxError, ValueError, TypeError, struct.error):
        return 1


def _on_white(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """As RGB and so large; what is transparent lets white through."""
    if image.mode.startswith("I"):  # 16 bits
        image = Image.fromarray((np.asarray(image) >> 8).clip(0, 255).astype(np.uint8))
    if not image.has_transparency_data:
        return image.convert("RGB").resize(size, Image.Resampling.BICUBIC)
    small = image.convert("RGBA").resize(size, Image.Resampling.BICUBIC)
    return Image.alpha_composite(Image.new("RGBA", size, "white"), small).convert("RGB")
