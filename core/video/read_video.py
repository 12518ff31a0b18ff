"""A file becomes a `Clip` (what it is) and `Frames` (the sampled pictures).

* What can be known of a file without parsing it (is it one, how large) is checked here first.
* A stranger's file is parsed in a child process (`core.video.child`) that has a memory
  limit, reads this one file, and is killed with its whole process group when the wall clock runs out.
* The child reads with decord where decord can be trusted, else with PyAV; if it dies, a fresh one
  tries once more with PyAV alone.
"""

import hashlib
import json
import logging
import math
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import SettingError, VideoError
from core.video.child_process import Start, ask, start_child
from core.video.clip import Clip, Frames, VideoLimits
from core.video.sampling import SamplingPlan

log = logging.getLogger(__name__)

BEGINNING = 4096  # bytes, among which every container of video has a zero, and no text has


def hash_file(path: str | Path) -> str:
    """SHA-256 of the file's bytes, hexadecimal."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def check_file(path: Path, limits: VideoLimits) -> None:
    """Raises VideoError for what can be known without parsing the file or reading it to its end."""
    try:
        if not path.exists():
            raise VideoError("file_not_found", path=path)
        if not path.is_file() or not os.access(path, os.R_OK):  # pipes and devices are no files
            raise VideoError("not_a_video", name=path.name)
        size = path.stat().st_size
        if size == 0:
            raise VideoError("file_empty", name=path.name)
        if size > limits.max_bytes:
            megabytes, limit = round(size / 1e6, 1), round(limits.max_bytes / 1e6, 1)
            raise VideoError("file_too_large", name=path.name, megabytes=megabytes, limit=limit)
        with path.open("rb") as file:
            if 0 not in file.read(BEGINNING):
                raise VideoError("not_a_video", name=path.name)
    except OSError as error:  # a name longer than the system takes, a bad disk
        raise VideoError("not_a_video", name=path.name) from error


def read_video(
    path: str | Path,
    plan: SamplingPlan = SamplingPlan(),
    limits: VideoLimits = VideoLimits(),
    sha256: str | None = None,
    start: Start = start_child,
) -> tuple[Clip, Frames]:
    """What the file is, and the pictures that `plan` wants of it. Raises VideoError, SettingError.

    `sha256` is that of the file's bytes, for a caller who has computed it already. `start` gives the child
    process that reads it.
    """
    path = Path(path).expanduser().absolute()  # absolute, so that no reader takes the name for a URL
    check_file(path, limits)
    deadline = time.monotonic() + limits.wall_clock
    request = {"path": str(path), "plan": asdict(plan), "limits": asdict(limits)}
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
    images, thumbnails = (tuple(shape) for shape in header["shapes"])
    split = math.prod(images)
    flat = np.frombuffer(pixels, np.uint8).copy()  # because bytes are read-only
    return clip, Frames(
        flat[:split].reshape(images),
        np.array(header["seconds"], np.float64),
        flat[split:].reshape(thumbnails),
    )


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
        log.warning("the reader of a clip ended with status %d", child.returncode)
        return None
    header, _, pixels = output.partition(b"\n")
    return json.loads(header), pixels
