"""Pictures that hide gigabytes in a few bytes are refused before they take any memory."""

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from PIL import Image

from core.errors import VideoError
from core.video.clip import VideoLimits
from core.video.read_video import read_video

ROOT = Path(__file__).parents[3]
LARGEST = 3 * VideoLimits().max_pixels  # of a picture, in pixels
GROWTH = 300 * 10**6  # bytes of the process that refuses one, with all its libraries


def png_of(side: int) -> bytes:
    """What of it is there is complete: 64 rows."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(64 * (1 + 3 * side)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def encoded(form: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64)).save(buffer, form, **options)
    return buffer.getvalue()


def bomb(form: str, side: int) -> bytes:
    """A few bytes that say to be a square of that size."""
    if form == "PNG":
        return png_of(side)
    data = bytearray(encoded(form, **({"lossless": True} if form == "WEBP" else {})))
    if form == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", side, side)
    elif form == "GIF":
        data[6:10] = struct.pack("<HH", side, side)
    elif form == "BMP":
        data[18:26] = struct.pack("<ii", side, side)
    else:
        data[21:25] = struct.pack("<I", (side - 1) | (side - 1) << 14)
    return bytes(data)


PEAK = """
import sys
from pathlib import Path
from core.errors import VideoError
from core.video.child import read
from core.video.clip import VideoLimits
from core.video.sampling import SamplingPlan
from tests.benchmarks.memory import peak_mebibytes
try:
    read(Path(sys.argv[1]), SamplingPlan(), VideoLimits(), "decord")
except VideoError as error:
    print(error.key, error.values.get("width"))
print(round(peak_mebibytes() * 2**20))
"""


@pytest.mark.slow
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_a_bomb_is_refused_before_it_takes_memory(tmp_path: Path, form: str) -> None:
    side = 16_000
    assert side * side > LARGEST
    path = tmp_path / "bomb.jpg"
    path.write_bytes(bomb(form, side))
    with pytest.raises(VideoError) as failure:
        read_video(path)
    assert failure.value.key == "video_too_big"
    told = subprocess.run(
        [sys.executable, "-c", PEAK, str(path)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    key, width, peak = told.stdout.split()
    assert (key, width) == ("video_too_big", str(side)), told.stderr
    assert int(peak) < GROWTH
