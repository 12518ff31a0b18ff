"""A clip of somebody who talks over slides, for tests of the page's transcript."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from tests.senses.sounds import RATE, write_sound

FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
SIZE = 640, 360
FPS = 5


def talk_clip(path: Path, samples: np.ndarray, slides: list[str]) -> Path:
    """samples: float32 [n] at RATE. Each slide stands as long as the others."""
    font = ImageFont.truetype(str(FONT), 34)
    count = int(FPS * len(samples) / RATE)
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=FPS)
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        audio = file.add_stream("aac", rate=RATE)
        file.start_encoding()
        for number in range(count):
            image = Image.new("RGB", SIZE, (238, 232, 220))
            text = slides[number * len(slides) // count]
            ImageDraw.Draw(image).text((60, 140), text, fill=(30, 40, 60), font=font)
            frame = av.VideoFrame.from_image(image)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            file.mux(video.encode(frame))
        file.mux(video.encode())
        write_sound(file, audio, samples)
    return path
