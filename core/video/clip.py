"""A video file, the limits for one, and the pictures that were sampled of it."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class VideoLimits:
    """What a clip may cost. A file beyond a limit is refused before any picture is decoded."""

    max_bytes: int = 2 * 10**9  # size of the file
    max_duration: float = 2 * 3600.0  # seconds of video
    max_pixels: int = 8192 * 4320  # width * height of one encoded frame
    min_side: int = 8  # pixels; below this there is nothing to see
    max_aspect: int = 8  # the longer side of what is displayed, against the shorter one
    max_decoded: int = 4 * 10**10  # pixels that may have to be decoded; more takes longer than wall_clock
    wall_clock: float = 60.0  # seconds for everything that is done to the file
    memory: int = 2 * 1024**3  # bytes of private memory for the child (enforced on Linux)


@dataclass(frozen=True)
class Clip:
    """One file with a video or a picture, known by the hash of its bytes."""

    path: Path
    sha256: str  # hexadecimal, of the file's bytes
    duration: float  # seconds from its start to the end of its last readable picture; 0 of a single one
    fps: float  # pictures per second, on average; 0 for a single one
    width: int  # pixels as displayed: upright and with square pixels
    height: int
    rotation: int  # 0, 90, 180 or 270 degrees clockwise turn the encoded picture upright
    codec: str  # of the video stream, or the picture: h264, vp9, jpeg, ...
    reader: str  # decord, pyav or pillow
    damaged: bool  # only a part of the file could be read


@dataclass(frozen=True)
class Frames:
    """The sampled pictures of a clip, in order of time; one that stands is there again and again.

    T is smaller than planned when the clip shows fewer different pictures at the wanted moments.
    """

    images: np.ndarray  # uint8 [T, H, W, 3], RGB, upright
    seconds: np.ndarray  # float64 [T], when each is seen: it appears, or still stands; from the clip's start
    thumbnails: np.ndarray  # uint8 [T, h, w, 3], the same pictures, small
