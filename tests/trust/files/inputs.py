"""Inputs of every kind that was tried against the reader, made here: small files, and what comes of each."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from tests.trust.files.hostile_clips import CONCAT, PLAYLIST, write_costly, write_narrow
from tests.video_files import write_clip

Make = Callable[[Path], object]  # writes to the path that it is given


def holding(content: bytes | str) -> Make:
    data = content.encode() if isinstance(content, str) else content
    return lambda path: path.write_bytes(data)


def clip(**options) -> Make:
    return lambda path: write_clip(path, **options)


def changed(change: Callable[[bytearray], object], **options) -> Make:
    """A good clip whose bytes are then changed."""

    def make(path: Path) -> None:
        content = bytearray(write_clip(path, **options).read_bytes())
        change(content)
        path.write_bytes(content)

    return make


def put(after: bytes, skip: int, value: bytes) -> Callable[[bytearray], object]:
    """Overwrite what stands so many bytes behind the beginning of a name."""

    def change(content: bytearray) -> None:
        at = content.index(after) + skip
        content[at : at + len(value)] = value

    return change


def half(content: bytearray) -> None:
    del content[len(content) // 2 :]


def picture(form: str, size: tuple[int, int] = (64, 48), **options) -> Make:
    return lambda path: Image.new("RGB", size, (200, 40, 40)).save(path, form, **options)


def encoded(form: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, form)
    return buffer.getvalue()


def archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr("clip.mp4", b"\0" * 1000)
    return buffer.getvalue()


def noise(count: int) -> bytes:
    return np.random.default_rng(count).bytes(count)


SECRET = "/etc/hostname"
FTYP = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2"
HUGE = b"\xff" * 4

# What is none of ours: the file's name, how it is made, the keys of the messages that are right for it.
REFUSED: dict[str, tuple[Make, set[str]]] = {
    "empty.mp4": (holding(b""), {"file_empty"}),
    "text.mp4": (holding("no video at all\n" * 100), {"not_a_video"}),
    "page.mp4": (holding("<!doctype html><script src=//evil.example></script>"), {"not_a_video"}),
    "drawing.png": (holding(f"<svg><image href='file://{SECRET}'/></svg>"), {"not_a_video"}),
    "playlist.avi": (holding(PLAYLIST.format(secret=SECRET)), {"not_a_video"}),
    "playlist0.avi": (holding(PLAYLIST.format(secret=SECRET) + "\0"), {"not_a_video"}),
    "playlist16.mp4": (holding(PLAYLIST.format(secret=SECRET).encode("utf-16")), {"not_a_video"}),
    "web.m3u8": (holding("#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:1/a.ts\n\0"), {"not_a_video"}),
    "concat.mp4": (holding(CONCAT.format(secret=SECRET) + "\0"), {"not_a_video"}),
    "session.sdp": (holding("v=0\nc=IN IP4 127.0.0.1\nm=video 1 RTP/AVP 96\n\0"), {"not_a_video"}),
    "dash.mpd": (holding(f"<MPD><BaseURL>file://{SECRET}</BaseURL></MPD>\0"), {"not_a_video"}),
    "said.mp4": (holding("1\n00:00:01,000 --> 00:00:02,000\nhello\n\0"), {"not_a_video"}),
    "zeros.mp4": (holding(bytes(100_000)), {"not_a_video"}),
    "noise.mp4": (holding(noise(50_000)), {"not_a_video", "no_frames", "no_video_stream"}),
    "archive.mp4": (holding(archive()), {"not_a_video"}),
    "program.mp4": (holding(b"\x7fELF" + noise(5000)), {"not_a_video", "no_frames"}),
    "document.mp4": (holding(b"%PDF-1.7\n\0" + noise(5000)), {"not_a_video", "no_frames"}),
    "picture.tiff": (picture("TIFF"), {"not_a_video"}),
    "picture.ico": (picture("ICO"), {"not_a_video"}),
    "heic.jpg": (holding(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + noise(1000)), {"not_a_video"}),
    "head_alone.mp4": (holding(FTYP), {"not_a_video"}),
    "no_index.mp4": (changed(put(b"moov", 0, b"none")), {"not_a_video", "no_frames"}),
    "cut.mp4": (changed(half), {"not_a_video"}),
    "sound.m4a": (clip(size=None, audio=1.0), {"no_video_stream"}),
    "wide.mkv": (lambda path: write_narrow(path, 8000, 8), {"video_too_narrow"}),
    "high.mkv": (lambda path: write_narrow(path, 8, 800), {"video_too_narrow"}),
    "oblong.mkv": (lambda path: write_narrow(path, 4000, 40, 9), {"video_too_narrow"}),
    "line.mkv": (lambda path: write_narrow(path, 60_000, 8), {"video_too_narrow"}),
    "speck.mkv": (lambda path: write_narrow(path, 4, 4), {"video_too_small"}),
    "speck.png": (picture("PNG", (3, 3)), {"video_too_small"}),
    "ribbon.png": (picture("PNG", (4000, 40)), {"video_too_narrow"}),
    "bomb.gif": (holding(encoded("GIF")[:6] + HUGE + encoded("GIF")[10:]), {"video_too_big"}),
    "bomb.bmp": (
        holding(encoded("BMP")[:18] + struct.pack("<ii", 60_000, 60_000) + encoded("BMP")[26:]),
        {"video_too_big"},
    ),
    "costly.mp4": (lambda path: write_costly(path, 200, (640, 360)), {"video_too_costly"}),
    "long.mp4": (changed(put(b"mdhd", 16, b"\0\0\0\1"), container={"use_editlist": "0"}), {"video_too_long"}),
    "first_bytes.gif": (holding(b"GIF89a" + bytes(20)), {"not_a_video", "no_frames", "video_too_small"}),
    "first_bytes.png": (holding(b"\x89PNG\r\n\x1a\n" + noise(200)), {"not_a_video", "no_frames"}),
    "first_bytes.jpg": (holding(b"\xff\xd8\xff\xe0" + noise(2000)), {"not_a_video", "no_frames"}),
    "first_bytes.webp": (
        holding(b"RIFF\x10\0\0\0WEBPVP8 " + noise(200)),
        {"not_a_video", "no_frames", "video_too_small", "video_too_narrow", "video_too_big"},
    ),
    "first_bytes.mkv": (holding(b"\x1a\x45\xdf\xa3" + HUGE + noise(2000)), {"not_a_video"}),
    "first_bytes.avi": (
        holding(b"RIFF" + HUGE + b"AVI LIST" + HUGE + noise(2000)),
        {"not_a_video", "no_frames"},
    ),
    "first_bytes.flv": (
        holding(b"FLV\x01\x05\0\0\0\x09\0\0\0\0" + noise(2000)),
        {"not_a_video", "no_frames"},
    ),
    "first_bytes.ts": (holding((b"\x47" + bytes(187)) * 20), {"not_a_video", "no_frames"}),
}

# Odd, and a clip none the less, perhaps one of which only a part can be read.
READ: dict[str, Make] = {
    "one_picture.mp4": clip(frames=1),
    "two_at_once.mp4": clip(times=[0.0, 0.001, 0.5, 1.0]),
    "uneven.mp4": clip(times=[0.0, 0.1, 3.0, 3.1, 9.0]),
    "starts_late.mkv": clip(times=[n / 10 + 100 for n in range(12)]),
    "upside_down.mp4": clip(rotation=180),
    "grey.mkv": clip(codec="ffv1", pixels="gray", encoder={"bf": "0"}),
    "ten_bits.mp4": clip(pixels="yuv420p10le"),
    "all_colours.mp4": clip(pixels="yuv444p"),
    "odd_sides.mkv": clip(codec="ffv1", pixels="bgr0", size=(61, 47), encoder={"bf": "0"}),
    "fragments.mp4": clip(container={"movflags": "frag_keyframe+empty_moov"}),
    "index_first.mp4": clip(container={"movflags": "faststart"}),
    "no_duration.webm": clip(codec="libvpx", container={"live": "1"}),
    "sound_is_longer.mp4": clip(audio=6.0),
    "cut.mkv": changed(half, frames=48),
    "cut.avi": changed(half, codec="mpeg4", frames=48),
    "cut.ts": changed(half, frames=48),
    "cut.jpg": lambda path: path.write_bytes(encoded("JPEG")[:-20]),
    "rubbish_behind.mp4": changed(lambda content: content.extend(noise(5000))),
    "wrong_name.avi": lambda path: path.write_bytes(write_clip(path.with_suffix(".mp4")).read_bytes()),
    "no_clock.mp4": changed(put(b"mdhd", 16, bytes(4))),
    "clock_of_film.mp4": changed(put(b"mvhd", 16, bytes(4))),
    "says_to_be_endless.mp4": changed(put(b"mvhd", 20, HUGE)),
    "-i.mp4": clip(),
    "file:a.mp4": clip(),
    "concat:a|b.mp4": clip(),
    "http:..evil.mp4": clip(),
    "%03d.mp4": clip(),
    "$(id);&.mp4": clip(),
    "猫 \u202e🐢\n.mp4": clip(),
    f"{'n' * 240}.mp4": clip(),
}
