"""When the pictures of a file appear: one pass over its packets, without decoding.

So headers may be missing or wrong, and both readers are asked for the same moments.
"""

from dataclasses import dataclass
from typing import Any

import av
import numpy as np

from core.errors import VideoError
from core.video.clip import VideoLimits
from core.video.container import (
    MATROSKA,
    MOV,
    SKIPPING_CODECS,
    OpenFile,
    check_duration,
    check_shape,
    has_transparency,
)

# decord 0.6 loses the times of avi, fails on mpegts, and shifts the indices of trimmed files. In VP8 and VP9
# the size of pictures often changes midway, which it does not see.
DECORD_FORMATS = frozenset({MOV, MATROSKA, "flv"})
DECORD_CODECS = frozenset({"flv1", "h264", "hevc", "mjpeg", "mpeg4"})
FORMATS_WITH_DURATION = frozenset({MOV, MATROSKA, "avi", "flv"})  # of the others FFmpeg guesses it
SKIPPING_PAYS = 10**8  # pixels of a clip from which on it pays that PyAV passes over pictures; decord cannot
MISSING = 0.25  # seconds by which a file may end before its header says so
STANDS = 2.0  # seconds after which a picture that is still there is seen again
SLACK = 1e-3  # seconds; above the rounding of times, far below the distance of two pictures


@dataclass(frozen=True)
class Timeline:
    """When the pictures appear, sorted, in seconds from the clip's start."""

    origin: float  # the clip's start in the file's own clock, seconds
    times: np.ndarray  # float64 [n], one per picture that is displayed
    keys: np.ndarray  # float64 [k], where decoding can begin
    end: float  # when the last picture disappears
    trimmed: bool  # an edit list hides some pictures
    damaged: bool  # less was found than the header promises

    def on_screen(self, moments: np.ndarray) -> np.ndarray:
        """Which pictures are on screen at `moments` [T]: strictly increasing indices, at most T."""
        return np.unique(self._shown_at(moments))

    def seen(self, moments: np.ndarray, read: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Which of the pictures that were read [S] one sees who looks at `moments`, and when, seconds [T].

        Each once, when it appears, or again and again while it stands: a slide, the end of a recording. So
        times tell how long the clip is, and when something is there.
        read: when the pictures appear that could be read.
        """
        moments = np.sort(moments)
        appeared = self.times[self._shown_at(moments)]
        of_moment = np.searchsorted(read, appeared - SLACK).clip(max=len(read) - 1)
        could = np.abs(appeared - read[of_moment]) <= SLACK  # be read
        seen: list[tuple[int, float]] = []
        for number, begin in enumerate(read.tolist()):
            looked = moments[could & (of_moment == number)].tolist()
            if not looked or looked[0] - begin < STANDS:
                seen.append((number, begin))
            for moment in looked:
                again = seen[-1][1] if seen and seen[-1][0] == number else begin
                if moment - again >= STANDS:
                    seen.append((number, moment))
        which, seconds = zip(*seen, strict=True)
        return np.array(which), np.array(seconds)

    def _shown_at(self, moments: np.ndarray) -> np.ndarray:
        return (np.searchsorted(self.times, moments + SLACK, side="right") - 1).clip(0)

    def decoded(self, chosen: np.ndarray) -> int:
        """How many pictures are decoded for the indices `chosen` [T], each from its key frame on."""
        keys = np.unique(np.searchsorted(self.times, self.keys - SLACK))
        starts = keys[np.searchsorted(keys, chosen, side="right") - 1] if len(keys) else np.zeros_like(chosen)
        done = np.concatenate([[-1], chosen[:-1]])  # decoding goes on from there
        return int((chosen - np.maximum(np.minimum(starts, chosen), done + 1) + 1).sum())


def read_timeline(file: OpenFile, name: str, limits: VideoLimits) -> Timeline:
    """One pass over all packets; those of sound count when checking that the file is complete."""
    container, stream = file.container, file.stream
    ticks = {each.index: float(each.time_base) for each in container.streams if each.time_base}
    shown: list[tuple[float, float]] = []  # when a picture appears, and for how long
    keys, trimmed, reach = [], False, 0.0
    for packet in file.packets():
        clock = packet.dts if packet.pts is None else packet.pts
        if clock is None or not packet.size or packet.is_corrupt:
            continue
        begin = clock * ticks[packet.stream.index]
        length = (packet.duration or 0) * ticks[packet.stream.index]
        reach = max(reach, begin + length)
        if packet.stream.index != stream.index:
            continue
        if packet.is_keyframe:
            keys.append(begin)
        if packet.is_discard:
            trimmed = True
        else:
            shown.append((begin, length))
    if not shown:
        raise VideoError("no_frames", name=name)
    times = np.unique([begin for begin, _ in shown])
    first, last = float(times[0]), float(times[-1])
    rate = stream.average_rate or stream.guessed_rate
    usual = (last - first) / (len(times) - 1) if len(times) > 1 else float(1 / rate) if rate else 0.04
    origin = first if container.start_time is None else container.start_time / av.time_base
    end = last + (max(shown)[1] or usual) - origin
    known = container.format.name in FORMATS_WITH_DURATION
    promised = (container.duration or 0) / av.time_base if known else 0.0
    if trimmed and promised:  # an edit list also says how long the last picture stays
        end = min(end, max(promised, last - origin))
    check_duration(end, name, limits)
    return Timeline(
        origin=origin,
        times=times - origin,
        keys=np.unique(keys) - origin,
        end=end,
        trimmed=trimmed,
        damaged=bool(file.flaws) or promised - (reach - origin) > max(MISSING, 2 * usual),
    )


def describe(file: OpenFile, timeline: Timeline, name: str, limits: VideoLimits) -> dict[str, Any]:
    """The fields of a `Clip`. Decodes the first picture, where every format has its rotation."""
    first = next(file.pictures(), None)
    if first is None:
        raise VideoError("no_frames", name=name)
    container, stream = file.container, file.stream
    codec = stream.codec_context.codec.canonical_name
    width, height = stream.codec_context.width, stream.codec_context.height
    shape = stream.sample_aspect_ratio  # of a pixel: old cameras and discs have oblong ones
    if shape and 0.1 < shape < 10:
        width = max(1, round(width * shape))
    if first.rotation % 180:
        width, height = height, width
    check_shape(width, height, name, limits)
    n = len(timeline.times)
    damaged = timeline.damaged or bool(file.flaws)
    form = container.format.name
    skips = codec in SKIPPING_CODECS and bool(stream.codec_context.has_b_frames)
    trusted = (
        form in DECORD_FORMATS
        and codec in DECORD_CODECS
        and (form == MOV or first.rotation == 0)  # elsewhere it does not see a rotation
        and bool(container.duration)
        and not timeline.trimmed
        and not has_transparency(first)
        and not damaged
    )
    return {
        "duration": timeline.end,
        "fps": round(n / (timeline.end - timeline.times[0]), 3),
        "width": width,
        "height": height,
        "rotation": -first.rotation % 360,  # FFmpeg counts counter-clockwise
        "codec": codec,
        "reader": "decord" if trusted and not (skips and n * width * height > SKIPPING_PAYS) else "pyav",
        "damaged": damaged,
    }
