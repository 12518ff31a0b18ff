"""What runs in the child process: check one file, choose pictures by time, decode only those.

`python -m core.video.child` takes a request as JSON on stdin and writes to stdout one line of JSON,
then the bytes of the pictures (uint8 [T, H, W, 3]) and of their thumbnails. A user's mistake is answered as
{"error": key, "values": {...}}; anything else ends the process with a traceback.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from core.errors import ReelTalkError, VideoError
from core.video.child_process import limit_memory
from core.video.clip import VideoLimits
from core.video.container import check_cost, open_checked
from core.video.decoding import DecordFailedError, read_with_decord, read_with_pyav
from core.video.dynamic_range import as_shown
from core.video.pictures import picture_format, read_pictures
from core.video.sampling import SamplingPlan
from core.video.timeline import describe, read_timeline

THUMBNAIL_HEIGHT = 112  # pixels


def main() -> None:
    reply = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up in the reply
    if not (asked := sys.stdin.read()):
        return  # who started it ahead has gone
    request = json.loads(asked)
    limits = VideoLimits(**request["limits"])
    plan = SamplingPlan(**request["plan"])
    limit_memory(limits.memory)
    header: dict[str, Any]
    arrays: tuple[np.ndarray, ...]
    try:
        header, images = read(Path(request["path"]), plan, limits, request["reader"])
        arrays = images, thumbnails(images)
        header["shapes"] = [array.shape for array in arrays]
    except ReelTalkError as error:
        header, arrays = {"error": error.key, "values": error.values}, ()
    with reply:
        reply.write(json.dumps(header).encode() + b"\n")
        for array in arrays:
            reply.write(np.ascontiguousarray(array).data)


def read(
    path: Path, plan: SamplingPlan, limits: VideoLimits, reader: str
) -> tuple[dict[str, Any], np.ndarray]:
    """The reply's header and the pictures. `reader` is the one to begin with, of a video."""
    if form := picture_format(path):
        return read_pictures(path, form, plan, limits)
    with open_checked(path, limits) as file:
        timeline = read_timeline(file, path.name, limits)
    with open_checked(path, limits) as file:
        clip = describe(file, timeline, path.name, limits)
        colours = file.stream.codec_context.color_trc, file.stream.codec_context.color_primaries
    if reader == "pyav":
        clip["reader"] = reader
    size = plan.size(clip["width"], clip["height"])
    moments = plan.moments(timeline.end)
    chosen = timeline.on_screen(moments)
    check_cost(timeline.decoded(chosen), clip["width"], clip["height"], path.name, limits)
    if clip["reader"] == "decord":
        try:
            images = read_with_decord(path, timeline, chosen, size, limits)
            seconds = timeline.times[chosen]
        except DecordFailedError as error:
            print(f"decord: {error}", file=sys.stderr)
            clip["reader"] = "pyav"
    if clip["reader"] == "pyav":
        with open_checked(path, limits) as file:
            images, seconds = read_with_pyav(file, timeline, chosen, size, clip["rotation"])
        clip["damaged"] |= bool(file.flaws)
        if not len(images):
            raise VideoError("no_frames", name=path.name)
    which, seconds = timeline.seen(moments, seconds)
    return {"clip": clip, "seconds": seconds.tolist()}, as_shown(images, *colours)[which]


def thumbnails(images: np.ndarray) -> np.ndarray:
    """uint8 [T, H, W, 3] -> uint8 [T, THUMBNAIL_HEIGHT, w, 3]; VideoLimits.max_aspect bounds w."""
    height, width = images.shape[1:3]
    size = max(1, round(width * THUMBNAIL_HEIGHT / height)), THUMBNAIL_HEIGHT
    return np.stack(
        [np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BILINEAR)) for image in images]
    )


if __name__ == "__main__":
    main()
