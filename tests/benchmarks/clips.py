"""The clips that are timed: 1280 x 720, H.264, 25 pictures a second, of which no two are alike."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

WIDTH, HEIGHT, FPS = 1280, 720, 25


def write_clip(path: Path, seconds: int) -> Path:
    """Soft shapes that drift over each other, with some noise, as a camera would see them."""
    random = np.random.default_rng(0)
    wide = np.kron(random.integers(0, 256, (12, 40, 3)), np.ones((80, 80, 1))).astype(np.uint8)
    noise = random.integers(0, 12, (4, HEIGHT, WIDTH, 3)).astype(np.uint8)
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=FPS, options={"preset": "veryfast", "g": "100"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(seconds * FPS):
            x, y = number * 3 % (wide.shape[1] - WIDTH), number % (wide.shape[0] - HEIGHT)
            picture = np.maximum(wide[y : y + HEIGHT, x : x + WIDTH], noise[number % 4])
            file.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), "rgb24")))
        file.mux(stream.encode(None))
    return path


def repeated(source: Path, times: int, path: Path) -> Path:
    """The clip of `source` so many times over, without encoding it again."""
    with av.open(str(path), "w") as file:
        stream, start = None, 0
        for _ in range(times):
            with av.open(str(source)) as once:
                read = once.streams.video[0]
                assert read.time_base is not None
                if stream is None:
                    stream = file.add_stream_from_template(read)
                for packet in once.demux(read):
                    if packet.dts is None:  # the last one, which only flushes
                        continue
                    assert packet.pts is not None
                    packet.pts, packet.dts = packet.pts + start, packet.dts + start
                    packet.stream = stream
                    file.mux(packet)
                start += round(Fraction(read.frames, FPS) / read.time_base)
    return path
