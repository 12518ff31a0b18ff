"""What runs in the child process: check one file, choose pictures by time, decode only those.

`python -m core.video_reader` takes a request as JSON on stdin and writes to stdout one line of JSON,
then the bytes of the pictures (uint8 [T, H, W, 3]). A user's mistake is answered as
{"error": key, "values": {...}}; anything else ends the process with a traceback.

* Format, codec, size and duration are checked before a pixel is decoded. Playlists, which could open
  other files or addresses, are refused by never being on the list of formats.
* One pass over the packets (no decoding) finds the true times, so headers may be missing or lie, and
  both readers are asked for the same moments.
* decord reads what it was measured to read rightly; PyAV what it reads faster, and the rest.

Knows nothing of who started it.
"""

import json
import math
import os
import signal
import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.errors import ReelTalkError, VideoError
from core.video import SamplingPlan, VideoLimits

MOV, MATROSKA = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"  # as FFmpeg names them
# Pure sound is on the list so that a song is told from rubbish. Not on it, on purpose: concat, hls,
# dash, image2, sdp and all else that opens further files.
FORMATS = f"{MOV},{MATROSKA},avi,mpegts,mpeg,flv,ogg,gif,asf,mp3,wav,flac,aac,amr"
DECODERS = (
    "av1,libdav1d,cinepak,dnxhd,dvvideo,ffv1,flv,gif,h263,h264,hevc,huffyuv,mjpeg,mpeg1video,mpeg2video,mpeg4,"
    "msmpeg4v1,msmpeg4v2,msmpeg4,png,prores,qtrle,rawvideo,svq1,svq3,theora,vc1,vp6,vp6a,vp6f,vp8,vp9,"
    "wmv1,wmv2,wmv3"
)
# decord 0.6 loses the times of avi, fails on mpegts and gif, and shifts the indices of trimmed files.
DECORD_FORMATS = frozenset({MOV, MATROSKA, "flv"})
DECORD_CODECS = frozenset({"flv1", "h264", "hevc", "mjpeg", "mpeg4", "vp8", "vp9"})
FORMATS_WITH_DURATION = frozenset({MOV, MATROSKA, "avi", "flv"})  # of the others FFmpeg guesses it
FORMATS_WITHOUT_SEEKING = frozenset({"gif", "ogg"})
# Seeking lands behind the key frame in these: how many seconds earlier to aim.
SEEK_MARGIN = {"avi": 1.0, "mpeg": 1.0, "mpegts": 1.0}
# PyAV can pass over pictures of these that no other refers to, decord cannot. It pays from so many pixels on.
SKIPPING_CODECS, SKIPPING_PAYS = frozenset({"h264", "hevc"}), 10**8

THREADS = 2  # more would cost memory and slow down the model beside
MISSING = 0.25  # seconds by which a file may end before its header says so
SLACK = 1e-3  # seconds; above the rounding of times, far below the distance of two pictures
DECORD_SLACK = 5e-3  # seconds; decord keeps times as float32


@dataclass
class OpenFile:
    """An opened file with its one stream of pictures, and what went wrong while reading it."""

    container: InputContainer
    stream: VideoStream
    flaws: list[str] = field(default_factory=list)

    @contextmanager
    def tolerating(self) -> Iterator[None]:
        """Notes what a library says about damaged data; too little memory is no such thing."""
        try:
            yield
        except MemoryError:
            raise
        except av.error.FFmpegError as error:
            self.flaws.append(str(error))

    def packets(self, *streams: VideoStream) -> Iterator[av.Packet]:
        """The packets of `streams` (none: all) from here on, as far as the file can be read."""
        with self.tolerating():
            yield from self.container.demux(*streams)

    def pictures(self, wanted: Container[float] | None = None) -> Iterator[VideoFrame]:
        """The decoded pictures from here on; what cannot be decoded is left out.

        wanted: times in the file's own ticks. Of the other pictures only those are decoded that a picture
        may refer to; in H.264 that is half of the work.
        """
        context = self.stream.codec_context
        for packet in self.packets(self.stream):
            if packet.size == 0 and packet.dts is not None:  # "the same picture again", in ogg and avi
                continue
            if wanted is not None and context.name in SKIPPING_CODECS:
                needed = packet.pts is None or packet.pts in wanted
                context.skip_frame = "DEFAULT" if needed else "NONREF"
            frames: list[Any] = []
            with self.tolerating():
                frames = packet.decode()
            yield from frames


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
        return np.unique((np.searchsorted(self.times, moments + SLACK, side="right") - 1).clip(0))


class DecordFailedError(Exception):
    """decord cannot read this file, or not as its timeline says."""


def main() -> None:
    reply = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up in the reply
    if not (asked := sys.stdin.read()):
        return  # who started it ahead has gone
    request = json.loads(asked)
    limits = VideoLimits(**request["limits"])
    plan = None if request["plan"] is None else SamplingPlan(**request["plan"])
    limit_memory(limits.memory)
    header: dict[str, Any]
    images: np.ndarray | None
    try:
        header, images = read(Path(request["path"]), plan, limits, request["reader"])
    except ReelTalkError as error:
        header, images = {"error": error.key, "values": error.values}, None
    with reply:
        reply.write(json.dumps(header).encode() + b"\n")
        if images is not None:
            reply.write(np.ascontiguousarray(images).data)


def limit_memory(size: int) -> None:
    """Fails requests for more private memory; address space that is only reserved does not count."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


def read(
    path: Path, plan: SamplingPlan | None, limits: VideoLimits, reader: str
) -> tuple[dict[str, Any], np.ndarray | None]:
    """The reply's header and, if there is a plan, the pictures. `reader` is the one to begin with."""
    with open_checked(path, limits) as file:
        timeline = read_timeline(file, path.name, limits)
    with open_checked(path, limits) as file:
        clip = describe(file, timeline, path.name)
    if reader == "pyav":
        clip["reader"] = reader
    if plan is None:
        return {"clip": clip}, None

    size = plan.size(clip["width"], clip["height"])
    chosen = timeline.on_screen(plan.moments(timeline.end))
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
    return {"clip": clip, "shape": images.shape, "seconds": seconds.tolist()}, images


@contextmanager
def open_checked(path: Path, limits: VideoLimits) -> Iterator[OpenFile]:
    """The file, if its format, codec and size allow decoding it. Nothing is decoded yet."""
    name = path.name
    # FFmpeg decodes a picture while it opens a file if the header leaves something open. A png hides
    # gigabytes in a few bytes and its container always tells the size: not before we looked at that.
    early = DECODERS.replace(",png", "")
    safe = {"format_whitelist": FORMATS, "codec_whitelist": early, "protocol_whitelist": "file"}
    try:
        container = av.open(str(path), options=safe, metadata_errors="replace")
    except MemoryError:
        raise
    except av.error.FFmpegError as error:
        raise VideoError("not_a_video", name=name) from error
    with container:
        stream = container.streams.best("video")
        if not isinstance(stream, VideoStream) or stream.disposition & Disposition.attached_pic:
            raise VideoError("no_video_stream" if container.streams.audio else "not_a_video", name=name)
        if stream.codec_context is None or stream.codec_context.name not in DECODERS.split(","):
            codec = stream.codec_context.codec.canonical_name if stream.codec_context else "?"
            raise VideoError("unsupported_codec", name=name, codec=codec)
        size = {"width": stream.codec_context.width, "height": stream.codec_context.height}
        pixels = size["width"] * size["height"]
        if pixels == 0:
            raise VideoError("no_frames", name=name)
        if min(size.values()) < limits.min_side:
            raise VideoError("video_too_small", name=name, **size)
        if pixels > limits.max_pixels:
            raise VideoError("video_too_big", name=name, **size)
        check_duration((container.duration or 0) / av.time_base, name, limits)
        # The size can change midway; FFmpeg keeps this limit in a 32-bit number.
        stream.codec_context.options = {"max_pixels": str(min(limits.max_pixels, 2**31 - 1))}
        stream.codec_context.thread_type = "AUTO"
        stream.codec_context.thread_count = THREADS
        file = OpenFile(container, stream)
        yield file
        if file.flaws:
            print(f"{len(file.flaws)} flaws, first {file.flaws[:3]}", file=sys.stderr)


def check_duration(duration: float, name: str, limits: VideoLimits) -> None:
    if duration > limits.max_duration:
        minutes, limit = round(duration / 60, 1), round(limits.max_duration / 60, 1)
        raise VideoError("video_too_long", name=name, minutes=minutes, limit=limit)


def read_timeline(file: OpenFile, name: str, limits: VideoLimits) -> Timeline:
    """One pass over all packets. Those of sound count for the question whether the file is whole."""
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
    check_duration(end, name, limits)
    known = container.format.name in FORMATS_WITH_DURATION
    promised = (container.duration or 0) / av.time_base if known else 0.0
    return Timeline(
        origin=origin,
        times=times - origin,
        keys=np.unique(keys) - origin,
        end=end,
        trimmed=trimmed,
        damaged=bool(file.flaws) or promised - (reach - origin) > max(MISSING, 2 * usual),
    )


def describe(file: OpenFile, timeline: Timeline, name: str) -> dict[str, Any]:
    """The fields of a `Clip`. Decodes the first picture: only there every format tells its rotation."""
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
        and not damaged
    )
    return {
        "duration": timeline.end,
        "fps": round(n / (timeline.end - timeline.times[0]), 3),
        "width": width,
        "height": height,
        "rotation": -first.rotation % 360,  # FFmpeg counts counter-clockwise
        "has_audio": bool(container.streams.audio),
        "codec": codec,
        "reader": "decord" if trusted and not (skips and n * width * height > SKIPPING_PAYS) else "pyav",
        "damaged": damaged,
    }


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
    """As many of the pictures `chosen` [T] as can be decoded: uint8 [T, H, W, 3], float64 [T] seconds.

    It seeks only when a key frame lies between here and the wanted picture, else it reads on, and passes
    over what nothing refers to: hardly anything is decoded that the wanted pictures do not need.
    """
    width, height = size if rotation % 180 == 0 else size[::-1]
    form, keys = file.container.format.name, timeline.keys
    margin = SEEK_MARGIN.get(form, 0.0)
    images, seconds = [], []
    position = keys[0] if len(keys) else math.inf
    moments = timeline.times[chosen]
    wanted = {round((moment + timeline.origin) / file.stream.time_base) for moment in moments.tolist()}
    pictures = file.pictures(wanted)
    for moment in moments:
        key = keys[keys <= moment + SLACK].max(initial=-math.inf)
        if form not in FORMATS_WITHOUT_SEEKING and key - margin > position + SLACK:
            with file.tolerating():
                ticks = round((key - margin + timeline.origin) / file.stream.time_base)
                file.container.seek(ticks, stream=file.stream)
                pictures = file.pictures(wanted)
        for picture in pictures:
            if picture.time is not None:
                position = picture.time - timeline.origin
            if position >= moment - SLACK:
                small = picture.reformat(width, height, "rgb24", interpolation="BICUBIC").to_ndarray()
                images.append(np.rot90(small, -rotation // 90))
                seconds.append(position)
                break
        else:
            file.flaws.append(f"no picture at {moment:.3f} s")
    return np.array(images), np.array(seconds)


if __name__ == "__main__":
    main()
