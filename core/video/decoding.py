"""The wanted pictures of a file: by decord where it was measured to read rightly, else by PyAV."""

import math
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from av.video.frame import VideoFrame

from core.video.clip import VideoLimits
from core.video.container import THREADS, OpenFile, has_transparency
from core.video.timeline import SLACK, Timeline

FORMATS_WITHOUT_SEEKING = frozenset({"ogg"})
# Seeking lands behind the key frame in these: how many seconds earlier to aim.
SEEK_MARGIN = {"avi": 1.0, "mpeg": 1.0, "mpegts": 1.0}
DECORD_SLACK = 5e-3  # seconds; decord keeps times as float32


class DecordFailedError(Exception):
    """decord cannot read this file, or not as its timeline says."""


def read_with_decord(
    path: Path, timeline: Timeline, chosen: np.ndarray, size: tuple[int, int], limits: VideoLimits
) -> np.ndarray:
    """The pictures with the indices `chosen` [T], upright, uint8 [T, H, W, 3]. decord rotates itself."""
    if chosen[-1] == len(timeline.times) - 1:
        raise DecordFailedError("asking for the last picture can hang it")  # dmlc/decord #375, #373
    os.environ["DECORD_EOF_RETRY_MAX"] = "64"
    import decord

    # A native hang cannot be interrupted: the alarm ends the process and leaves PyAV half the time.
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, limits.wall_clock / 2)
    try:
        reader = decord.VideoReader(str(path), width=size[0], height=size[1], num_threads=THREADS)
        starts = reader.get_frame_timestamp(np.arange(len(reader)))[:, 0]
        expected = timeline.times - timeline.times[0]
        if len(starts) != len(expected) or np.abs(starts - expected).max() > DECORD_SLACK:
            raise DecordFailedError("its timestamps are not the file's")
        images = reader.get_batch(chosen).asnumpy()
        del reader  # an idle reader decodes ahead into memory
    except decord.DECORDError as error:
        raise DecordFailedError(str(error).partition("\n")[0]) from error
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)
    return images


def read_with_pyav(
    file: OpenFile, timeline: Timeline, chosen: np.ndarray, size: tuple[int, int], rotation: int
) -> tuple[np.ndarray, np.ndarray]:
    """As many of the pictures `chosen` [T] as can be decoded: uint8 [T, H, W, 3], float64 [T] seconds."""
    found = [*pictures_with_pyav(file, timeline, chosen, size, rotation)]
    return np.array([image for _, image in found]), np.array([seconds for seconds, _ in found])


def pictures_with_pyav(
    file: OpenFile, timeline: Timeline, chosen: np.ndarray, size: tuple[int, int], rotation: int
) -> Iterator[tuple[float, np.ndarray]]:
    """One after the other, so that never more than one is in memory: seconds, and uint8 [H, W, 3].

    It seeks only when a key frame lies between here and the wanted picture, else it reads on, and passes
    over what nothing refers to: hardly anything is decoded that the wanted pictures do not need.
    """
    width, height = size if rotation % 180 == 0 else size[::-1]
    stored = file.stream.codec_context.width, file.stream.codec_context.height  # the pictures' at first
    form, keys = file.container.format.name, timeline.keys
    margin = SEEK_MARGIN.get(form, 0.0)
    position = keys[0] if len(keys) else math.inf
    moments = timeline.times[chosen]
    wanted = {round((moment + timeline.origin) / file.stream.time_base) for moment in moments.tolist()}
    pictures = file.pictures(wanted)
    for moment in moments:
        key = keys[keys <= moment + SLACK].max(initial=-math.inf)
        if form not in FORMATS_WITHOUT_SEEKING and key - margin > position + SLACK:
            file.seek(round((key - margin + timeline.origin) / file.stream.time_base))
            pictures = file.pictures(wanted)
        for picture in pictures:
            if picture.time is not None:
                position = picture.time - timeline.origin
            if position >= moment - SLACK:
                yield position, np.rot90(_shown(picture, (width, height), stored), -rotation // 90)
                break
        else:
            file.flaws.append(f"no picture at {moment:.3f} s")


def _shown(picture: VideoFrame, size: tuple[int, int], stored: tuple[int, int]) -> np.ndarray:
    """uint8 [H, W, 3]: on white where it is transparent; with black bars where its shape is not the first's.

    size: width and height. stored: of the pictures at first, which fill it.
    """
    (width, height), scale = size, np.divide(size, stored)
    inner = scale * (picture.width, picture.height)
    w, h = np.maximum(1, np.rint(inner * min(np.divide(size, inner)))).astype(int).tolist()
    transparent = has_transparency(picture)
    form = "rgba" if transparent else "rgb24"
    image = picture.reformat(w, h, form, interpolation="BICUBIC").to_ndarray()
    if transparent:
        opacity = image[..., 3:].astype(np.uint16)
        image = ((image[..., :3] * opacity + 255 * (255 - opacity)) // 255).astype(np.uint8)
    if (w, h) == size:
        return image
    top, left = (height - h) // 2, (width - w) // 2
    return np.pad(image, ((top, height - h - top), (left, width - w - left), (0, 0)))
