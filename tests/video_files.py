"""Small real video files for the tests, written with PyAV: no other program is needed.

Each picture tells its own number (the grey of its background) and which way is up (a red corner at
the top left, a blue edge on the right).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

STEP = 5  # how much lighter each background is than the one before: up to 50 pictures

# How finely times can be written, in seconds; mpeg2video knows multiples of 1 / fps only.
CLOCKS = {"gif": Fraction(1, 100), "mpeg2video": Fraction(1, 25)}


@contextmanager
def _as_urgent_as_before() -> Iterator[None]:
    """SVT-AV1, where root runs it, makes its caller a real-time thread: a browser that this one starts later
    is one, too, and lets no other process work."""
    if not hasattr(os, "sched_setscheduler"):
        yield
        return
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        yield
    finally:
        os.sched_setscheduler(0, *before)


def picture(number: int, width: int, height: int) -> np.ndarray:
    """uint8 [height, width, 3], upright."""
    image = np.full((height, width, 3), number * STEP, np.uint8)
    image[: height // 3, : width // 3] = (250, 10, 10)
    image[:, width - width // 8 :] = (10, 10, 250)
    return image


def number_of(image: np.ndarray) -> int:
    """Which picture it was: the inverse of `picture`, from the grey at the bottom left."""
    height, width, _ = image.shape
    return round(float(image[height * 3 // 4 :, : width // 2].mean()) / STEP)


def write_clip(
    path: Path,
    frames: int = 24,
    fps: int = 10,
    size: tuple[int, int] | None = (160, 96),  # as displayed; None is sound alone
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rotation: int = 0,  # degrees clockwise that turn the stored picture upright
    times: Sequence[float] | None = None,  # seconds, instead of `frames` at `fps`
    audio: float = 0.0,  # seconds of sound
    container: dict[str, str] | None = None,
    encoder: dict[str, str] | None = None,
    scene: Callable[[int], int] = int,  # which picture each frame shows; each its own
) -> Path:
    times = [i / fps for i in range(frames)] if times is None else times
    with _as_urgent_as_before(), av.open(str(path), "w", options=container or {}) as file:
        if size:
            stream = file.add_stream(codec, rate=fps, options={"g": "6", "bf": "2"} | (encoder or {}))
            turns = rotation // 90
            stream.width, stream.height = size if turns % 2 == 0 else size[::-1]
            stream.pix_fmt = pixels
            stream.codec_context.time_base = CLOCKS.get(codec, Fraction(1, 1000))
            if rotation:
                stream.set_display_rotation(-rotation)
        sound = file.add_stream("aac", rate=8000) if audio else None
        file.start_encoding()
        for number, seconds in enumerate(times if size else []):
            stored = np.ascontiguousarray(np.rot90(picture(scene(number), *size), turns))
            frame = av.VideoFrame.from_ndarray(stored, format="rgb24")
            frame.time_base = stream.codec_context.time_base
            frame.pts = round(seconds / frame.time_base)
            file.mux(stream.encode(frame))
        if size:
            file.mux(stream.encode())
        if sound:
            samples = av.AudioFrame.from_ndarray(np.zeros((1, int(audio * 8000)), np.float32), "fltp", "mono")
            samples.sample_rate = 8000
            file.mux(sound.encode(samples))
            file.mux(sound.encode())
    return path
