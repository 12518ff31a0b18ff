"""A script becomes an mp4: its lines spoken one after the other, its texts drawn."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from core.lab.heard.scripts import Script, Text
from core.lab.heard.voices import Voices
from core.senses.speech.sound import RATE

SIZE = 960, 540  # pixels: width, height
FPS = 4
BEFORE, GAP = 0.8, (0.7, 1.6)  # seconds of quiet before the first line, and between two
HISS = 0.001  # of the loudest possible: no recording is quite silent
FONTS = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc",
)
SIMPLIFIED = 2  # of the fonts in these files
SLIDES = (("#fdfdf8", "#20242c"), ("#123a5c", "#f2f5f7"), ("#e8efe2", "#2b3a22"), ("#2e2a36", "#f6d77a"))
BOARDS = (("#f4e9c9", "#3b2412"), ("#0d5c3a", "#ffffff"), ("#8c1c1c", "#fff6e0"), ("#1f2a5a", "#f5f5f5"))


@dataclass(frozen=True)
class Made:
    """A clip. starts: of "said" and "written", when each of them begins, in s."""

    path: Path
    starts: dict[str, tuple[float, ...]]


def make(script: Script, number: int, voices: Voices, folder: Path) -> Made:
    """The clip of a script, written into the folder. number: of the script; it chooses voice and colours."""
    random = Random(script.id)
    sound, said = _spoken(script, number, voices, random)
    length = max(len(sound) / RATE, sum(text.seconds for text in script.written))
    written: list[float] = []
    pictures: list[Image.Image] = []
    clock = 0.0
    for text in script.written or (Text("sign", "", length),):
        written.append(clock)
        clock += text.seconds
        pictures += _pictures(text, number, round(clock * FPS) - len(pictures), random)
    path = folder / f"{script.id}.mp4"
    _write(path, pictures, sound)
    return Made(path, {"said": tuple(said), "written": tuple(written)})


def _spoken(script: Script, number: int, voices: Voices, random: Random) -> tuple[np.ndarray, list[float]]:
    """Samples float32 [n], and when each line begins; without lines no samples."""
    if not script.said:
        return np.zeros(0, np.float32), []
    parts = [np.zeros(round(BEFORE * RATE), np.float32)]
    starts = []
    for line in script.said:
        starts.append(sum(map(len, parts)) / RATE)
        quiet = np.zeros(round(random.uniform(*GAP) * RATE), np.float32)
        parts += [voices.say(line, number), quiet]
    whole = np.concatenate(parts)
    hiss = np.random.default_rng(number).normal(0, HISS, len(whole)).astype(np.float32)
    return whole / max(1e-6, float(np.abs(whole).max())) * 0.7 + hiss, starts


def _pictures(text: Text, number: int, count: int, random: Random) -> list[Image.Image]:
    """So many pictures of one text."""
    if text.look == "slide":
        paper, ink = SLIDES[number % len(SLIDES)]
        slide = Image.new("RGB", SIZE, paper)
        _write_lines(ImageDraw.Draw(slide), text.text, (SIZE[0] // 2, SIZE[1] // 2), 56, number, fill=ink)
        return [slide] * count
    pictures = [_scenery(number, random.random() + 0.02 * step) for step in range(count)]
    for picture in pictures:
        if text.text and text.look == "sign":
            _put_up(picture, text.text, number)
        elif text.text:
            place = SIZE[0] // 2, SIZE[1] - 50
            outline = {"fill": "white", "stroke_width": 3, "stroke_fill": "black"}
            _write_lines(ImageDraw.Draw(picture), text.text, place, 34, number, **outline)
    return pictures


def _put_up(picture: Image.Image, text: str, number: int) -> None:
    """A board with the text, hanging a little askew."""
    colour, ink = BOARDS[number % len(BOARDS)]
    board = Image.new("RGBA", (560, 240), colour)
    _write_lines(ImageDraw.Draw(board), text, (280, 120), 50, number, fill=ink)
    hung = board.rotate(1.5 - number % 4, resample=Image.Resampling.BICUBIC, expand=True)
    picture.paste(hung, ((SIZE[0] - hung.width) // 2, 110), hung)


def _scenery(number: int, shift: float) -> Image.Image:
    """Soft patches of colour that drift: nothing to recognise, and never twice the same."""
    random = Random(number)
    picture = Image.new("RGB", (96, 54), tuple(random.randint(60, 160) for _ in range(3)))
    draw = ImageDraw.Draw(picture)
    for _ in range(9):
        left, top, side = random.randint(-10, 90), random.randint(-10, 50), random.randint(12, 40)
        left += round(12 * shift)
        draw.ellipse((left, top, left + side, top + side), tuple(random.randint(40, 200) for _ in range(3)))
    return picture.filter(ImageFilter.GaussianBlur(4)).resize(SIZE, Image.Resampling.BICUBIC)


def _write_lines(
    draw: ImageDraw.ImageDraw, text: str, middle: tuple[int, int], height: int, number: int, **style: Any
) -> None:
    font = ImageFont.truetype(FONTS[number % len(FONTS)], height, index=SIMPLIFIED)
    draw.multiline_text(middle, text, font=font, anchor="mm", align="center", spacing=height // 2, **style)


def _write(path: Path, pictures: list[Image.Image], sound: np.ndarray) -> None:
    with av.open(str(path), "w") as file:
        video = file.add_stream("libx264", rate=FPS, options={"crf": "20"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        audio = file.add_stream("aac", rate=RATE, layout="mono") if len(sound) else None
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_image(picture)
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            file.mux(video.encode(frame))
        file.mux(video.encode())
        if audio is None:
            return
        for start in range(0, len(sound), 1024):
            piece = av.AudioFrame.from_ndarray(sound[None, start : start + 1024], "fltp", "mono")
            piece.sample_rate, piece.pts, piece.time_base = RATE, start, Fraction(1, RATE)
            file.mux(audio.encode(piece))
        file.mux(audio.encode())
