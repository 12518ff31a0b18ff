"""An opened video file: which formats, codecs and sizes are taken, and its packets and pictures.

Format, codec, size and duration are checked before a pixel is decoded. Playlists, which could open other
files or addresses, are refused by never being on the list of formats.
"""

import sys
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from core.errors import VideoError
from core.video.clip import VideoLimits

MOV, MATROSKA = "mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"  # as FFmpeg names them
# Pure sound is on the list so that a song gets another message than rubbish. Left out on purpose: concat,
# hls, dash, image2, sdp and all else that opens further files.
FORMATS = f"{MOV},{MATROSKA},avi,mpegts,mpeg,flv,ogg,asf,mp3,wav,flac,aac,amr"
DECODERS = (
    "av1,libdav1d,cinepak,dnxhd,dvvideo,ffv1,flv,h263,h264,hevc,huffyuv,mjpeg,mpeg1video,mpeg2video,mpeg4,"
    "msmpeg4v1,msmpeg4v2,msmpeg4,png,prores,qtrle,rawvideo,svq1,svq3,theora,vc1,vp6,vp6a,vp6f,vp8,vp9,"
    "wmv1,wmv2,wmv3"
)
TRANSPARENT = {"vp8": "libvpx", "vp9": "libvpx-vp9"}  # FFmpeg's own decoders of these see no transparency
SKIPPING_CODECS = frozenset({"h264", "hevc"})  # PyAV can pass over pictures of these that no other refers to
THREADS = 2  # more would cost memory and slow down the model beside


@dataclass
class OpenFile:
    """An opened file with its one stream of pictures, and what went wrong while reading it.

    decoder: another than the stream's own, where that does not see all.
    """

    container: InputContainer
    stream: VideoStream
    decoder: VideoCodecContext | None = None
    flaws: list[str] = field(default_factory=list)

    @contextmanager
    def tolerating(self) -> Iterator[None]:
        """Records errors about damaged data in `flaws`; lack of memory is raised."""
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
                frames = self.decoder.decode(packet) if self.decoder else packet.decode()
            yield from frames

    def seek(self, ticks: int) -> None:
        """To the last key frame before a time in the file's own ticks."""
        with self.tolerating():
            self.container.seek(ticks, stream=self.stream)
            if self.decoder:
                self.decoder.flush_buffers()


@contextmanager
def open_checked(path: Path, limits: VideoLimits) -> Iterator[OpenFile]:
    """The file, if its format, codec and size allow decoding it. Nothing is decoded yet."""
    name = path.name
    with open_container(path) as container:
        stream = container.streams.best("video")
        if not isinstance(stream, VideoStream) or stream.disposition & Disposition.attached_pic:
            raise VideoError("no_video_stream" if container.streams.audio else "not_a_video", name=name)
        if stream.codec_context is None or stream.codec_context.name not in DECODERS.split(","):
            codec = stream.codec_context.codec.canonical_name if stream.codec_context else "?"
            raise VideoError("unsupported_codec", name=name, codec=codec)
        check_size(stream.codec_context.width, stream.codec_context.height, name, limits, limits.max_pixels)
        check_duration((container.duration or 0) / av.time_base, name, limits)
        decoder = None
        codec = stream.codec_context.name
        if stream.metadata.get("alpha_mode") == "1" and codec in TRANSPARENT:
            decoder = cast(VideoCodecContext, av.CodecContext.create(TRANSPARENT[codec], "r"))
        for context in filter(None, (stream.codec_context, decoder)):
            # The size can change midway; FFmpeg keeps this limit in a 32-bit number.
            context.options = {"max_pixels": str(min(limits.max_pixels, 2**31 - 1))}
            context.thread_type = "AUTO"
            context.thread_count = THREADS
        file = OpenFile(container, stream, decoder)
        yield file
        if file.flaws:
            print(f"{len(file.flaws)} flaws, first {file.flaws[:3]}", file=sys.stderr)


def has_transparency(picture: VideoFrame) -> bool:
    return any(component.is_alpha for component in picture.format.components)


def check_size(width: int, height: int, name: str, limits: VideoLimits, pixels: int) -> None:
    """pixels: how many there may be at most."""
    if width * height == 0:
        raise VideoError("no_frames", name=name)
    if min(width, height) < limits.min_side:
        raise VideoError("video_too_small", name=name, width=width, height=height)
    if width * height > pixels:
        raise VideoError("video_too_big", name=name, width=width, height=height)


def check_shape(width: int, height: int, name: str, limits: VideoLimits) -> None:
    if max(width, height) > limits.max_aspect * min(width, height):
        raise VideoError("video_too_narrow", name=name, width=width, height=height, limit=limits.max_aspect)


def check_cost(pictures: int, width: int, height: int, name: str, limits: VideoLimits) -> None:
    """pictures: how many of that size would be decoded."""
    if pictures * width * height > limits.max_decoded:
        raise VideoError("video_too_costly", name=name, pictures=pictures, width=width, height=height)


def open_container(path: Path, more: str = "") -> InputContainer:
    """The file, if its format is one of ours; of its streams only those can be decoded whose codec is named.

    more: decoders of sound or subtitles beside those of pictures, without which the file's clock would be
    another one. Raises VideoError.
    """
    # FFmpeg decodes a picture while it opens a file if the header leaves something open. A png hides
    # gigabytes in a few bytes and its container always tells the size: not before we looked at that.
    decoders = ",".join(filter(None, (DECODERS.replace(",png", ""), more)))
    safe = {"format_whitelist": FORMATS, "codec_whitelist": decoders, "protocol_whitelist": "file"}
    try:
        return av.open(str(path), options=safe, metadata_errors="replace")
    except MemoryError:
        raise
    except av.error.FFmpegError as error:
        raise VideoError("not_a_video", name=path.name) from error


def check_duration(duration: float, name: str, limits: VideoLimits) -> None:
    if duration > limits.max_duration:
        minutes, limit = round(duration / 60, 1), round(limits.max_duration / 60, 1)
        raise VideoError("video_too_long", name=name, minutes=minutes, limit=limit)
