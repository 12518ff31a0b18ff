"""Sampling pictures from a clip, against what most programs do: decord's defaults, OpenCV's loop."""

import time
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

import numpy as np

from core.compact.vision.frame_encoder import FRAME_AREA
from core.video.child_process import ChildAhead
from core.video.read_video import read_video
from core.video.sampling import SamplingPlan
from tests.benchmarks.timing import Finding, in_turn

AHEAD = ChildAhead()
STARTED = 1.5  # seconds in which a process has surely started and imported what it needs


def ours(clip: Path, frames: int) -> None:
    """In a process of its own, started ahead as an engine does."""
    read_video(clip, SamplingPlan(frames=frames, area=FRAME_AREA), start=AHEAD.take)


def prepare() -> None:
    """What an engine does while nobody waits."""
    AHEAD.prepare()
    time.sleep(STARTED)


def with_decord(clip: Path, frames: int) -> None:
    from decord import VideoReader

    reader = VideoReader(str(clip))
    reader.get_batch(_numbers(len(reader), frames)).asnumpy()


def with_opencv(clip: Path, frames: int) -> None:
    import cv2

    capture = cv2.VideoCapture(str(clip))
    wanted = set(_numbers(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), frames))
    kept, number = [], 0
    while (read := capture.read())[0]:
        if number in wanted:
            kept.append(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB))
        number += 1
    np.stack(kept)
    capture.release()


def with_torchcodec(clip: Path, frames: int) -> None:
    from torchcodec.decoders import VideoDecoder

    decoder = VideoDecoder(str(clip))
    decoder.get_frames_at(_numbers(len(decoder), frames))


def _loads(package: str) -> bool:
    """Whether it is there and works: PyPI's torchcodec for Linux wants CUDA, whatever torch has."""
    try:
        import_module(package)
    except (ImportError, OSError, RuntimeError):
        return False
    return True


OTHERS: dict[str, Callable[[Path, int], None]] = {
    name: sample
    for package, name, sample in (
        ("decord", "decord", with_decord),
        ("cv2", "OpenCV", with_opencv),
        ("torchcodec.decoders", "torchcodec", with_torchcodec),
    )
    if _loads(package)
}


def _numbers(total: int, frames: int) -> list[int]:
    return [round(total * (i + 0.5) / frames - 0.5) for i in range(frames)]


def findings(clip: Path, label: str, repeats: int = 3) -> list[Finding]:
    found = []
    for frames in (16, 32, 100):
        calls = [partial(sample, clip, frames) for sample in (ours, *OTHERS.values())]
        _, mine, *theirs = in_turn(repeats, prepare, *calls)
        by_name = dict(zip(OTHERS, theirs, strict=True))
        usual = [by_name[name].median for name in ("decord", "OpenCV") if name in by_name]
        if not usual:
            continue
        detail = ", ".join(f"{name} {times}" for name, times in {"ours": mine, **by_name}.items())
        key = f"sampling_speedup_{frames}_frames" + ("" if label == "60 s" else f" ({label})")
        found.append(Finding(key, max(usual) / mine.median, "at least 3", f"{label}: {detail}"))
    return found
