"""Which pictures of a clip are read: those that show something new, at most about one a second.

Twice a second, in long clips less often, a picture is compared with the one that was read last; a slide that
stands is read once, a film once a second.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.video.clip import VideoLimits
from core.video.container import open_checked
from core.video.decoding import pictures_with_pyav
from core.video.pictures import picture_format, read_pictures
from core.video.sampling import SamplingPlan
from core.video.timeline import describe, read_timeline

AREA = 1280 * 720  # pixels of a picture that is read, at most: width * height
STILL_AREA = 1920 * 1080  # of a photograph, which has small print
MOST_MOVING = 40  # pictures of a GIF that are looked at, since they are in memory at once
STEP, MOST_LOOKED_AT = 0.5, 600  # seconds between two looks; how many looks at a clip, about
GAP, MOST_READ = 1.0, 300  # the same for pictures that are read
STRIDE, BLOCK = 4, 8  # of the pixels every fourth, in blocks of 8 x 8 of those
CHANGED = 8.0  # mean difference of a block, 0..255, from which on something is new


@dataclass(frozen=True)
class Look:
    """A picture at a moment of the clip. image: uint8 [H, W, 3] to be read; None: it is as the last one."""

    seconds: float
    image: np.ndarray | None
    share: float  # of the clip, 0..1


def looks(path: Path, limits: VideoLimits) -> Iterator[Look]:
    """Through the clip, in order of time; a photograph is one look. Raises VideoError."""
    form = picture_format(path)
    end, pictures = _of_pictures(path, form, limits) if form else _of_video(path, limits)
    gap = max(GAP, end / MOST_READ)
    read: np.ndarray | None = None
    next_read = 0.0
    for seconds, image in pictures:
        share = seconds / end if end else 1.0
        grey = image[::STRIDE, ::STRIDE].mean(axis=2, dtype=np.float32)  # Shape: (h, w)
        new = read is None or differs(read, grey)
        if new and seconds >= next_read - 1e-3:
            read, next_read = grey, seconds + gap
            yield Look(seconds, np.ascontiguousarray(image), share)
        elif not new:
            yield Look(seconds, None, share)
    yield Look(end, None, 1.0)


Pictures = tuple[float, Iterator[tuple[float, np.ndarray]]]  # the clip's end in s; times and uint8 [H, W, 3]


def _of_video(path: Path, limits: VideoLimits) -> Pictures:
    with open_checked(path, limits) as file:
        timeline = read_timeline(file, path.name, limits)
    with open_checked(path, limits) as file:
        clip = describe(file, timeline, path.name, limits)
    size = _size(clip["width"], clip["height"])
    moments = np.arange(0.0, timeline.end, max(STEP, timeline.end / MOST_LOOKED_AT))

    def pictures() -> Iterator[tuple[float, np.ndarray]]:
        with open_checked(path, limits) as file:
            yield from pictures_with_pyav(file, timeline, timeline.on_screen(moments), size, clip["rotation"])

    return timeline.end, pictures()


def _of_pictures(path: Path, form: str, limits: VideoLimits) -> Pictures:
    plan = SamplingPlan(frames=MOST_MOVING, fps=1 / STEP, area=STILL_AREA)
    header, images = read_pictures(path, form, plan, limits)
    return header["clip"]["duration"], zip(header["seconds"], images, strict=True)


def differs(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two grey pictures [h, w] differ in any block."""
    height, width = (max(BLOCK, side // BLOCK * BLOCK) for side in one.shape)
    distance = np.abs(one - other)[:height, :width]
    if distance.shape != (height, width):  # smaller than a block
        return bool(distance.mean() > CHANGED)
    blocks = distance.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3))
    return bool(blocks.max() > CHANGED)


def _size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, (AREA / (width * height)) ** 0.5)
    return max(1, round(width * scale)), max(1, round(height * scale))
