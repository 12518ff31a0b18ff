"""A file becomes a `Clip` (what it is) and `Frames` (the sampled pictures).

* Every byte of a stranger's file is parsed in a child process (`core.video_reader`) that has a memory
  limit, reads this one file, and is killed with its whole process group when the wall clock runs out.
* The child reads with decord where decord can be trusted, else with PyAV; if it dies, a fresh one
  tries once more with PyAV alone.
* Pictures are chosen by time, never by index: variable frame rates and trimmed files are common.

Knows nothing of torch, models or pages.
"""

import hashlib
import json
import logging
import math
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import SettingError, VideoError
from core.video_process import Start, ask, start_child

log = logging.getLogger(__name__)

ROUNDING = 0.5  # seconds by which a range may end after the clip: people and sliders round up


@dataclass(frozen=True)
class VideoLimits:
    """What a clip may cost. A file beyond a limit is refused before any picture is decoded."""

    max_bytes: int = 2 * 10**9  # size of the file
    max_duration: float = 2 * 3600.0  # seconds of video
    max_pixels: int = 8192 * 4320  # width * height of one encoded frame
    min_side: int = 8  # pixels; below this there is nothing to see
    wall_clock: float = 60.0  # seconds for everything that is done to the file
    memory: int = 2 * 1024**3  # bytes of private memory for the child (enforced on Linux)


@dataclass(frozen=True)
class SamplingPlan:
    """Which pictures of a clip are wanted, and how large."""

    frames: int = 16  # how many pictures; with `fps` set, the largest number of them
    fps: float | None = None  # pictures per second of video instead of a fixed number
    start: float | None = None  # seconds from the clip's start; None is its start
    end: float | None = None  # seconds from the clip's start; None is its end
    area: int = 260 * 260  # width * height of a picture, in pixels; smaller clips are not enlarged

    def __post_init__(self) -> None:
        start = 0.0 if self.start is None else self.start
        end = math.inf if self.end is None else self.end
        for name, value, possible, reason in (
            ("frames", self.frames, 1 <= self.frames <= 1024, "it must lie between 1 and 1024"),
            ("fps", self.fps, self.fps is None or 0 < self.fps <= 240, "it must lie above 0 and up to 240"),
            ("start", self.start, 0 <= start < math.inf, "it must not be negative"),
            ("end", self.end, end > start, "it must lie after the start"),
            ("area", self.area, 64 <= self.area <= 1920 * 1080, "it must lie between 64 and 2073600"),
        ):
            if not possible:
                raise SettingError("bad_setting", name=name, value=value, reason=reason)

    def moments(self, duration: float) -> np.ndarray:
        """The wanted moments of a clip of `duration` seconds: float64 [T], seconds, increasing.

        They are the midpoints (i + 0.5) / T of T equal segments of the range. With `fps`, T is the
        number of whole frames at that rate, at least 1 and at most `frames`: a long clip is thinned
        out evenly, not cut off.
        """
        start = 0.0 if self.start is None else self.start
        end = duration if self.end is None else self.end
        if start >= duration or end > duration + ROUNDING:
            raise SettingError("bad_range", start=start, end=round(end, 2), duration=round(duration, 2))
        length = min(end, duration) - start
        count = self.frames if self.fps is None else min(self.frames, max(1, round(length * self.fps)))
        return start + length * (np.arange(count) + 0.5) / count

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Width and height of the pictures for a clip of `width` x `height` pixels, aspect kept."""
        scale = min(1.0, math.sqrt(self.area / (width * height)))
        return max(1, round(width * scale)), max(1, round(height * scale))


@dataclass(frozen=True)
class Clip:
    """One video file, known by the hash of its bytes."""

    path: Path
    sha256: str  # hexadecimal, of the file's bytes
    duration: float  # seconds from the clip's start to the end of its last readable picture
    fps: float  # pictures per second, on average
    width: int  # pixels as displayed: upright and with square pixels
    height: int
    rotation: int  # 0, 90, 180 or 270 degrees clockwise turn the encoded picture upright
    has_audio: bool
    codec: str  # of the video stream: h264, vp9, ...
    reader: str  # decord or pyav
    damaged: bool  # only a part of the file could be read


@dataclass(frozen=True)
class Frames:
    """The sampled pictures of a clip, in order of time, none of them twice.

    T is smaller than planned when the clip shows fewer different pictures at the wanted moments.
    """

    images: np.ndarray  # uint8 [T, H, W, 3], RGB, upright
    seconds: np.ndarray  # float64 [T], when each picture appears, from the clip's start


def hash_file(path: str | Path) -> str:
    """SHA-256 of the file's bytes, hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def probe(path: str | Path, limits: VideoLimits = VideoLimits()) -> Clip:
    """What the file is, without sampling it."""
    clip, _ = _read(Path(path), None, limits)
    return clip


def read_video(
    path: str | Path,
    plan: SamplingPlan = SamplingPlan(),
    limits: VideoLimits = VideoLimits(),
    sha256: str | None = None,
    start: Start = start_child,
) -> tuple[Clip, Frames]:
    """What the file is, and the pictures that `plan` wants of it.

    `sha256` is that of the file's bytes, for a caller who has computed it already. `start` gives the child
    process that reads it.
    """
    clip, frames = _read(Path(path), plan, limits, sha256, start)
    assert frames is not None
    return clip, frames


def _read(
    path: Path,
    plan: SamplingPlan | None,
    limits: VideoLimits,
    sha256: str | None = None,
    start: Start = start_child,
) -> tuple[Clip, Frames | None]:
    path = path.expanduser().absolute()  # absolute, so that no reader takes the name for a URL
    _check_file(path, limits)
    deadline = time.monotonic() + limits.wall_clock
    request = {"path": str(path), "plan": plan and asdict(plan), "limits": asdict(limits)}
    reply = _run_child(start, request | {"reader": "decord"}, deadline, limits)
    if reply is None:
        log.debug("the first reader of %s died; once more with PyAV alone", path.name)
        reply = _run_child(start_child, request | {"reader": "pyav"}, deadline, limits)
    if reply is None:
        raise VideoError("decoding_crashed", name=path.name)
    header, pixels = reply
    if "error" in header:
        family = SettingError if header["error"] == "bad_range" else VideoError
        raise family(header["error"], **header["values"])
    clip = Clip(path=path, sha256=sha256 or hash_file(path), **header["clip"])
    if plan is None:
        return clip, None
    # Shape: (T * H * W * 3,) -> (T, H, W, 3); a copy, because bytes are read-only
    images = np.frombuffer(pixels, np.uint8).reshape(header["shape"]).copy()
    return clip, Frames(images, np.array(header["seconds"], np.float64))


def _check_file(path: Path, limits: VideoLimits) -> None:
    """What can be known without parsing the file. Pipes and devices are no files."""
    if not path.exists():
        raise VideoError("file_not_found", path=str(path))
    if not path.is_file() or not os.access(path, os.R_OK):
        raise VideoError("not_a_video", name=path.name)
    size = path.stat().st_size
    if size == 0:
        raise VideoError("file_empty", name=path.name)
    if size > limits.max_bytes:
        megabytes, limit = round(size / 1e6, 1), round(limits.max_bytes / 1e6, 1)
        raise VideoError("file_too_large", name=path.name, megabytes=megabytes, limit=limit)


def _run_child(
    start: Start, request: Mapping[str, Any], deadline: float, limits: VideoLimits
) -> tuple[dict[str, Any], bytes] | None:
    """The child's header and pixels; None if it died."""
    name = Path(request["path"]).name
    child = start()
    try:
        output, messages = ask(child, json.dumps(request).encode(), deadline - time.monotonic())
    except subprocess.TimeoutExpired as error:
        raise VideoError("decoding_timeout", name=name, seconds=round(limits.wall_clock, 1)) from error
    if messages:
        log.debug("reading %s: %s", name, messages.decode(errors="replace").strip())
    if child.returncode != 0:
        log.warning("the reader of %s ended with status %d", name, child.returncode)
        return None
    header, _, pixels = output.partition(b"\n")
    return json.loads(header), pixels
