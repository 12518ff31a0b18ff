"""Files that are odd and right: transparent, changing in size, with clocks that few would expect."""

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from core.video.read_video import read_video
from core.video.sampling import SamplingPlan
from tests.video_files import write_clip

SIDE = 96
RED = (220, 30, 30)


def sticker() -> np.ndarray:
    """uint8 [SIDE, SIDE, 4]: a red square in the middle, and around it nothing, which is stored as black."""
    picture = np.zeros((SIDE, SIDE, 4), np.uint8)
    picture[32:64, 32:64] = (*RED, 255)
    return picture


def ebml(identity: bytes, *content: bytes) -> bytes:
    """An element of Matroska."""
    body = b"".join(content)
    return identity + struct.pack(">Q", 1 << 56 | len(body)) + body


def encoded(planes: list[np.ndarray], codec: str) -> list[bytes]:
    """Each [SIDE, SIDE, 3] as a packet."""
    context = av.CodecContext.create(codec, "w")
    context.width = context.height = SIDE
    context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 10)
    context.options = {"lag-in-frames": "0", "auto-alt-ref": "0", "g": "1"}
    frames = [av.VideoFrame.from_ndarray(plane, "rgb24") for plane in planes]
    for number, frame in enumerate(frames):
        frame.pts, frame.time_base = number, Fraction(1, 10)
    return [bytes(packet) for frame in [*frames, None] for packet in context.encode(frame)]


def write_webm(path: Path, codec: str, name: bytes) -> Path:
    """As a browser or an editor writes a transparent one: the opacity is a second picture beside each."""
    picture = sticker()
    colours = encoded([picture[..., :3]] * 8, codec)
    opacities = encoded([np.repeat(picture[..., 3:], 3, axis=2)] * 8, codec)
    sides = (ebml(b"\xb0", bytes([SIDE])), ebml(b"\xba", bytes([SIDE])))
    video = ebml(b"\xe0", *sides, ebml(b"\x53\xc0", b"\1"))  # with opacity
    numbers = (ebml(b"\xd7", b"\1"), ebml(b"\x73\xc5", b"\1"), ebml(b"\x83", b"\1"))
    track = ebml(b"\xae", *numbers, ebml(b"\x86", name), video)
    groups = []
    for number, (colour, opacity) in enumerate(zip(colours, opacities, strict=True)):
        block = ebml(b"\xa1", b"\x81" + struct.pack(">hB", 100 * number, 0) + colour)
        more = ebml(b"\xa6", ebml(b"\xee", b"\1"), ebml(b"\xa5", opacity))
        groups.append(ebml(b"\xa0", block, ebml(b"\x9b", b"\x64"), ebml(b"\x75\xa1", more)))
    head = ebml(b"\x1a\x45\xdf\xa3", ebml(b"\x42\x82", b"webm"))
    info = ebml(b"\x15\x49\xa9\x66", ebml(b"\x44\x89", struct.pack(">d", 800.0)))
    cluster = ebml(b"\x1f\x43\xb6\x75", ebml(b"\xe7", b"\0"), *groups)
    path.write_bytes(head + ebml(b"\x18\x53\x80\x67", info, ebml(b"\x16\x54\xae\x6b", track), cluster))
    return path


def write_mov(path: Path, codec: str, pixels: str) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, 10)
        stream.width = stream.height = SIDE
        stream.pix_fmt = pixels
        for _ in range(8):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(sticker(), "rgba")))
        container.mux(stream.encode(None))
    return path


def write_transparent(folder: Path, kind: str) -> Path:
    path = folder / f"sticker.{kind.split()[0]}"
    if kind.startswith("webm"):
        vp9 = kind.endswith("vp9")
        return write_webm(path, "libvpx-vp9" if vp9 else "libvpx", b"V_VP9" if vp9 else b"V_VP8")
    if kind.startswith("mov"):
        return write_mov(path, *{"qtrle": ("qtrle", "argb"), "png": ("png", "rgba")}[kind.split()[1]])
    image = Image.fromarray(sticker())
    moves = {"save_all": True, "append_images": [image.rotate(90)], "duration": 400} if kind == "gif" else {}
    image.save(path, **moves)
    return path


@pytest.mark.parametrize(("curve", "signal"), [(18, 0.75), (16, 0.58)], ids=["hlg", "pq"])
def test_what_is_filmed_with_high_dynamic_range_is_as_bright_as_on_a_screen(
    tmp_path: Path, curve: int, signal: float
) -> None:
    path = tmp_path / "hdr.mp4"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace = curve, 9, 9
        for _ in range(5):
            grey = np.full((48, 64, 3), round(255 * signal), np.uint8)
            file.mux(stream.encode(av.VideoFrame.from_ndarray(grey, "rgb24")))
        file.mux(stream.encode())
    _, frames = read_video(path, SamplingPlan(frames=2))
    assert frames.images.min() > 240, "diffuse white"


@pytest.mark.parametrize("kind", ["webm vp8", "webm vp9", "mov qtrle", "mov png", "png", "gif", "webp"])
def test_what_is_transparent_is_laid_on_a_light_ground(tmp_path: Path, kind: str) -> None:
    _, frames = read_video(write_transparent(tmp_path, kind), SamplingPlan(frames=4))
    for image in [*frames.images, *frames.thumbnails]:
        assert image[2, 2].min() > 230, "the ground is white"
        middle = image[len(image) // 2, len(image[0]) // 2].astype(int)
        assert np.abs(middle - RED).max() < 30


def write_resized(path: Path, codec: str, sizes: list[tuple[int, int]]) -> Path:
    """A stream whose pictures change in size midway, as calls and turned screens have them; in each a red
    square in the middle."""
    packets = []
    for width, height in sizes:
        context = av.CodecContext.create(codec, "w")
        context.width, context.height = width, height
        context.pix_fmt, context.time_base = "yuv420p", Fraction(1, 10)
        picture = np.full((height, width, 3), 200, np.uint8)
        picture[height // 2 - 20 : height // 2 + 20, width // 2 - 20 : width // 2 + 20] = RED
        for _ in range(8):
            packets += context.encode(av.VideoFrame.from_ndarray(picture, "rgb24"))
        packets += context.encode(None)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, 10)
        stream.width, stream.height = sizes[0]
        stream.pix_fmt = "yuv420p"
        container.start_encoding()
        for number, packet in enumerate(packets):
            packet.stream, packet.time_base = stream, Fraction(1, 10)
            packet.pts = packet.dts = number
            container.mux(packet)
    return path


@pytest.mark.parametrize("codec", ["libvpx", "libvpx-vp9"])
def test_a_picture_size_that_changes_midway_keeps_its_aspect(tmp_path: Path, codec: str) -> None:
    clip, frames = read_video(
        write_resized(tmp_path / "a.webm", codec, [(160, 96), (96, 160)]), SamplingPlan(frames=4)
    )
    assert (clip.width, clip.height) == (160, 96)
    heights, widths = [], []
    for image in frames.images:
        red = (image[..., 0] > 150) & (image[..., 1] < 110)
        heights.append(int(red.any(axis=1).sum()))
        widths.append(int(red.any(axis=0).sum()))
    assert heights[0] == pytest.approx(40, abs=3)
    assert heights[-1] == pytest.approx(40 * 96 / 160, abs=3), "as large as it fits"
    assert np.abs(np.subtract(heights, widths)).max() <= 3, "a square stays one"


@pytest.mark.parametrize("box", [b"mdhd", b"mvhd"])
def test_a_clock_without_a_scale_is_counted_as_ffprobe_does(tmp_path: Path, box: bytes) -> None:
    content = bytearray(write_clip(tmp_path / "clip.mp4").read_bytes())
    at = content.index(box) + 16
    content[at : at + 4] = bytes(4)
    path = tmp_path / "odd.mp4"
    path.write_bytes(content)
    clip, frames = read_video(path)
    with av.open(str(path)) as container:
        assert clip.duration == pytest.approx(container.duration / av.time_base)
    assert len(frames.images) >= 1


@pytest.mark.parametrize(
    ("name", "container", "first"),
    [
        ("a.ts", {"avoid_negative_ts": "disabled"}, -1.0),
        ("a.mp4", {"movflags": "negative_cts_offsets", "use_editlist": "0"}, 0.0),
    ],
)
def test_times_before_zero_count_from_the_first(
    tmp_path: Path, name: str, container: dict[str, str], first: float
) -> None:
    path = write_clip(tmp_path / name, times=[first + n / 10 for n in range(24)], container=container)
    clip, frames = read_video(path, SamplingPlan(frames=24))
    with av.open(str(path)) as file:
        assert file.start_time == pytest.approx(first * av.time_base)
        assert clip.duration == pytest.approx(file.duration / av.time_base, abs=0.05)
    np.testing.assert_allclose(frames.seconds, np.arange(24) / 10, atol=2e-3)
