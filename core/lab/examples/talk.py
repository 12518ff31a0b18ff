"""An example clip of somebody who talks over slides. Everything is ours, but for the photograph."""

import subprocess
import tempfile
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from core.lab.examples.photographs import COFFEE, SIZE

TITLES = "A talk with slides", "带幻灯片的讲座"
FONT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
RATE = 22_050  # of espeak-ng, samples a second
FPS = 6
PAUSE = 0.7  # seconds after each slide
PAPER, INK, ACCENT = (250, 248, 244), (28, 27, 26), (42, 103, 95)

# What a slide says at its top and below, and what is said meanwhile.
SLIDES = (
    (
        "A good cup of coffee",
        ("一杯好咖啡",),
        "Hello and welcome. Today we make a good cup of coffee.",
    ),
    (
        "Hot water, 4 minutes",
        ("热水，4 分钟", "Price: 3 dollars", "价格：20 元"),
        "Please heat some water. Then pour it over the coffee, and wait for four minutes.",
    ),
    (
        "Next time: chocolate",
        ("下次讲巧克力", "Monday 10:00", "星期一 10:00"),
        "Next time, we talk about chocolate. See you on Monday, at ten o'clock. Thank you.",
    ),
)


def write_talk(path: Path, photos: Path) -> None:
    """photos: where `make art` puts the packages."""
    with Image.open(photos / COFFEE) as opened:
        cup = opened.convert("RGB").resize((540, 360)).crop((150, 0, 430, 360))
    voices = [_spoken(words) for *_, words in SLIDES]
    ends = np.cumsum([0, *(len(voice) / RATE for voice in voices)])  # seconds
    with av.open(str(path), "w", options={"movflags": "faststart"}) as file:
        video = file.add_stream("libx264", rate=FPS, options={"crf": "26", "preset": "slow"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        sound = file.add_stream("aac", rate=RATE, options={"b": "32k"})
        file.start_encoding()
        for (top, below, _), (begin, end) in zip(SLIDES, pairwise(ends), strict=True):
            slide = av.VideoFrame.from_image(_slide(top, below, cup))
            for number in range(round(begin * FPS), round(end * FPS)):
                slide.pts, slide.time_base = number, Fraction(1, FPS)
                file.mux(video.encode(slide))
        file.mux(video.encode())
        frame = av.AudioFrame.from_ndarray(np.concatenate(voices)[None], "s16", "mono")
        frame.sample_rate, frame.pts = RATE, 0
        for piece in _pieces(frame):
            file.mux(sound.encode(piece))
        file.mux(sound.encode())


def _spoken(words: str) -> np.ndarray:
    """By espeak-ng: int16 [n] at RATE, with a pause at its end."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spoken.wav"
        subprocess.run(["espeak-ng", "-v", "en-us", "-s", "140", "-w", str(path), words], check=True)
        with av.open(str(path)) as file:
            parts = [frame.to_ndarray()[0] for frame in file.decode(audio=0)]
    return np.concatenate([*parts, np.zeros(round(PAUSE * RATE), np.int16)])


def _slide(top: str, below: tuple[str, ...], cup: Image.Image) -> Image.Image:
    slide = Image.new("RGB", SIZE, PAPER)
    slide.paste(cup, (SIZE[0] - cup.width, 0))
    draw = ImageDraw.Draw(slide)
    draw.text((28, 84), top, ACCENT, ImageFont.truetype(str(FONT), 32))
    for place, line in enumerate(below):
        draw.text((28, 158 + 52 * place), line, INK, ImageFont.truetype(str(FONT), 26))
    return slide


def _pieces(frame: av.AudioFrame) -> list[av.AudioFrame]:
    """As the encoder wants them."""
    resampler = av.AudioResampler("fltp", "mono", RATE, frame_size=1024)
    return [*resampler.resample(frame), *resampler.resample(None)]
