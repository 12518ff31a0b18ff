"""Small files that try to harm who opens them. None has more than a few hundred kilobytes."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from tests.video_files import write_clip

PLAYLIST = "#EXTM3U\n#EXTINF:10,\nfile:///{secret}\n#EXT-X-ENDLIST\n"
CONCAT = "ffconcat version 1.0\nfile '{secret}'\n"


def write_narrow(path: Path, width: int, height: int, pixel_aspect: int = 1) -> Path:
    """A few hundred bytes that say to be pictures of any shape."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", 5)
        stream.width, stream.height, stream.pix_fmt = width, height, "gray"
        stream.codec_context.sample_aspect_ratio = Fraction(pixel_aspect)
        for _ in range(5):
            frame = av.VideoFrame.from_ndarray(np.zeros((height, width), np.uint8), "gray")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_costly(path: Path, frames: int = 30, size: tuple[int, int] = (7680, 4320)) -> Path:
    """A small file of large pictures of which each needs the one before it; one key frame alone."""
    width, height = size
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    options = {"preset": "ultrafast", "g": "100000", "bf": "0", "crf": "51"}
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 30, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(picture, "yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_ten(folder: Path) -> list[Path]:
    """Ten of different kinds."""
    secret = write_clip(folder / "secret.mp4")
    playlist, concat, text = folder / "playlist.avi", folder / "concat.mp4", folder / "text.webm"
    playlist.write_text(PLAYLIST.format(secret=secret))
    concat.write_text(CONCAT.format(secret=secret))
    text.write_text("I am no clip. " * 1000)
    whole = write_clip(folder / "whole.mp4").read_bytes()
    half, noise = folder / "half.mp4", folder / "noise.mp4"
    half.write_bytes(whole[: len(whole) // 2])
    noise.write_bytes(whole[:48] + np.random.default_rng(0).bytes(200_000))
    return [
        playlist,
        concat,
        text,
        half,
        noise,
        write_clip(folder / "avi.avi", codec="mpeg4"),
        write_clip(folder / "hevc.mkv", codec="libx265"),
        write_narrow(folder / "oblong.mkv", 4000, 40, 9),
        write_narrow(folder / "line.mkv", 60000, 8),
        write_costly(folder / "costly.mp4"),
    ]
