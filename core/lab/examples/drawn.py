"""Example clips drawn from Noto Color Emoji (OFL 1.1, so that they may be redistributed)."""

from pathlib import Path
from random import Random

from core.lab.art.sprites import Sprite, SpriteLibrary
from core.lab.clips.actors import Actor, Look
from core.lab.clips.render import frame_times, picture_size, render, write_video
from core.lab.clips.scenes import Background, Scene
from core.lab.questions.words import concepts

FPS = 24
ASPECT = 16 / 9
AREA = 640 * 360  # pixels

# file: titles, seconds, (colour, texture), then the actor: concept, motion, centres and sizes at both ends
CLIPS: dict[str, tuple] = {
    "rocket": (
        ("A rocket", "一枚火箭"),
        5,
        ("black", "vignette"),
        "rocket",
        "up",
        (0.5, 0.85),
        (0.52, 0.15),
        0.5,
        0.5,
    ),
    "turtle": (
        ("A turtle", "一只乌龟"),
        10,
        ("green", "plain"),
        "turtle",
        "left",
        (0.85, 0.6),
        (0.15, 0.62),
        0.5,
        0.5,
    ),
    "car": (
        ("A car", "一辆小汽车"),
        6,
        ("yellow", "plain"),
        "car",
        "closer",
        (0.5, 0.5),
        (0.5, 0.5),
        0.2,
        0.8,
    ),
    "apple": (
        ("An apple", "一个苹果"),
        4,
        ("white", "plain"),
        "apple",
        "down",
        (0.45, 0.15),
        (0.5, 0.85),
        0.45,
        0.45,
    ),
}


def _scene(name: str) -> Scene:
    _, duration, (colour, texture), concept_id, motion, start, end, start_size, end_size = CLIPS[name]
    concept = next(each for each in concepts() if each.id == concept_id)
    sprite = Sprite("noto", concept.emoji[0])
    actor = Actor(
        concept, sprite, 0.0, duration, motion, start, end, start_size, end_size, False, 0.0, Look()
    )
    return Scene("single", duration, ASPECT, Background(colour, texture, 7), (actor,))


def write_drawn(folder: Path, art: Path) -> None:
    """A file for each of CLIPS. art: with the pictures that `make art` fetches."""
    library = SpriteLibrary(art)
    height, width = (side // 2 * 2 for side in picture_size(ASPECT, AREA))
    for name, (_, duration, *_rest) in CLIPS.items():
        times = frame_times(duration, duration * FPS)
        frames = render(_scene(name), library, times, (height, width), Random(3), flawed=False)
        write_video(folder / f"{name}.mp4", frames, FPS)
