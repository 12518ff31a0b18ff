"""Made-up situations: what a clip might show, let hear and let read, as facts.

No picture is drawn for them. The LLM reads words, so it can learn to answer from the words of any clip that
can be thought of: people, streets, rooms, speech, signs. Tokens and notes are made from the facts
(made_up.py).
"""

import json
import math
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from core.compact.vision.colours import THIRDS
from core.compact.words.names import (
    Name,
    SceneLabel,
    class_names,
    closed_labels,
    object_names,
    thing_names,
)
from core.compact.words.notes import CALLED, PEOPLE
from core.dialogue.conversation import Cue

HERE = Path(__file__).parent
SETTINGS = (  # places that the eyes know
    *("street", "beach", "office", "mountain", "snowy mountain", "forest", "stage", "restaurant", "library"),
    *("city", "lake", "sea", "church", "bridge", "sunset", "stadium", "house", "castle", "pier", "fountain"),
    *("waterfall", "grass", "volcano", "island"),
)
# COCO's classes that are seen together, by their names; anything may come in beside them.
TOGETHER = (
    (
        "person",
        "car",
        "bicycle",
        "motorcycle",
        "bus",
        "truck",
        "traffic light",
        "stop sign",
        "dog",
        "backpack",
    ),
    ("person", "chair", "couch", "TV", "potted plant", "cat", "dog", "remote control", "clock", "vase"),
    ("person", "laptop", "keyboard", "computer mouse", "cup", "cell phone", "book", "chair", "TV"),
    ("person", "table", "pizza", "cup", "wine glass", "fork", "knife", "bowl", "cake", "sandwich", "bottle"),
    ("person", "ball", "tennis racket", "baseball bat", "baseball glove", "skateboard", "frisbee", "kite"),
    ("person", "surfboard", "boat", "bird", "umbrella", "dog", "kite"),
    ("cow", "sheep", "horse", "dog", "person", "bird"),
    ("zebra", "giraffe", "elephant", "bear", "bird"),
    ("person", "pair of skis", "snowboard", "backpack"),
    ("person", "train", "suitcase", "handbag", "backpack", "bench", "clock"),
    ("person", "airplane", "suitcase", "truck"),
    ("person",),
    ("cat",),
    ("dog",),
    ("apple", "banana", "orange", "bowl", "table"),
)
COLOURS = tuple(label.key for label in closed_labels("colour"))
PLACES, MOTIONS = ("left", "right", "middle"), ("left", "right", "closer", "away")


@dataclass(frozen=True)
class Thing:
    """Something that is seen from one frame to another, both included."""

    name: Name
    first: int
    last: int
    count: int = 1
    place: str | None = None  # a key of closed_labels("place"), where there is one of them
    motion: str | None = None
    colours: tuple[str, ...] = ()  # keys of its one or two main colours
    close: bool = False  # it fills much of the picture


@dataclass(frozen=True)
class Situation:
    """A clip as facts."""

    seconds: tuple[float, ...]  # times of its T frames
    duration: float  # s
    drawn: bool
    things: tuple[Thing, ...]
    perhaps: Name | None  # what was recognised without being clear
    setting: Name | None
    background: str | None  # colour of a drawn one
    heard: tuple[Cue, ...] | None  # None: nothing of the sound is known
    read: tuple[Cue, ...] | None
    speech: dict[str, Any] | None = None  # the row of speech.json that `heard` was made of
    sign: dict[str, Any] | None = None  # of signs.json
    as_subtitles: bool = False  # what was heard came as subtitles
    scene: tuple[SceneLabel, ...] = ()  # where it is, and what is around
    thirds: tuple[tuple[str, ...], ...] = ()  # the main colours of the upper, middle and lower third


@cache
def table(name: str) -> Any:
    """One of the JSON files in `data`."""
    return json.loads((HERE / "data" / f"{name}.json").read_text(encoding="utf-8"))


def sample_situation(random: Random) -> Situation:
    """A random one."""
    duration = math.exp(random.uniform(math.log(2.0), math.log(random.choice((20.0, 60.0, 600.0)))))
    frames = random.choice((1, 8, 8, 8, 12, 16)) if random.random() < 0.9 else 4
    if frames == 1:
        duration = 1.0
    seconds = tuple((i + 0.5) / frames * duration for i in range(frames))
    drawn = random.random() < 0.12
    things = _drawn_things(random, frames) if drawn else _filmed_things(random, frames)
    people_only = all(thing.name.en in PEOPLE for thing in things)
    perhaps = (
        random.choice((*class_names(), *object_names())) if people_only and random.random() < 0.4 else None
    )
    setting = random.choice(_settings()) if not drawn and random.random() < 0.45 else None
    background = random.choice(COLOURS) if drawn and random.random() < 0.8 else None
    speech = random.choice(table("speech")) if frames > 1 and random.random() < 0.4 else None
    sign = random.choice(table("signs")) if random.random() < 0.25 else None
    heard = _spoken(random, speech["lines"], duration) if speech else ((), None)[random.random() < 0.6]
    read = _written(random, sign["texts"], duration) if sign else ((), None)[random.random() < 0.6]
    subtitles = bool(speech) and random.random() < 0.15
    thirds = () if drawn or random.random() < 0.3 else tuple(_some_colours(random) for _ in THIRDS)
    return Situation(
        seconds,
        duration,
        drawn,
        things,
        perhaps,
        setting,
        background,
        heard,
        read,
        speech,
        sign,
        subtitles,
        thirds=thirds,
    )


def _some_colours(random: Random) -> tuple[str, ...]:
    """One or two, sometimes none that is clear."""
    return tuple(random.sample(COLOURS, random.choice((0, 1, 1, 1, 2))))


@cache
def _settings() -> list[Name]:
    names = {name.en: name for name in (*class_names(), *object_names()) if name.en in SETTINGS}
    return list(names.values())


@cache
def _coco() -> dict[str, Name]:
    return {name.en: name for name in thing_names()}


def _filmed_things(random: Random, frames: int) -> tuple[Thing, ...]:
    if random.random() < 0.1:
        return ()  # nothing was recognised
    if random.random() < 0.3:  # a photograph's class of ImageNet, or of ours
        names = [random.choice((*class_names(), *object_names()))]
    else:
        known = [name for name in random.choice(TOGETHER) if name in _coco()]
        names = [
            _coco()[name] for name in random.sample(known, min(len(known), random.choice((1, 1, 2, 2, 3, 4))))
        ]
        if "person" in known and random.random() < 0.35 and _coco()["person"] not in names:
            names.insert(0, _coco()["person"])
    things = (_thing(random, name, frames, most=9) for name in names)
    return tuple(_called(random, thing) for thing in things)


def _called(random: Random, thing: Thing) -> Thing:
    """A single person is sometimes known as a man or a woman."""
    if thing.name.en != "person":
        return thing
    thing = replace(thing, colours=())
    if thing.count > 1 or random.random() < 0.5:
        return thing
    return replace(thing, name=random.choice([name for name in object_names() if name.en in CALLED]))


def _drawn_things(random: Random, frames: int) -> tuple[Thing, ...]:
    """As the notes of drawn clips tell them: without colours."""
    names = random.sample(object_names(), random.choice((1, 1, 2, 3)))
    if len(names) == 1 or frames < 3:
        return tuple(replace(_thing(random, name, frames, most=4), colours=()) for name in names)
    edges = [round(i * frames / len(names)) for i in range(len(names) + 1)]
    return tuple(
        Thing(name, first, last - 1) for name, first, last in zip(names, edges, edges[1:], strict=False)
    )


def _thing(random: Random, name: Name, frames: int, most: int) -> Thing:
    first, last = 0, frames - 1
    if frames > 3 and random.random() < 0.4:
        first, last = sorted(random.sample(range(frames), 2))
    count = random.choice((2, 2, 3, 4, 5, 6, 9)) if random.random() < 0.25 else 1
    count = min(count, most)
    place = random.choice(PLACES) if count == 1 and random.random() < 0.8 else None
    motion = random.choice(MOTIONS) if count == 1 and frames > 2 and random.random() < 0.35 else None
    colours = _some_colours(random) if count == 1 and random.random() < 0.75 else ()
    close = count == 1 and random.random() < 0.25
    return Thing(name, first, last, count, place, motion, colours, close)


def _spoken(random: Random, lines: list[str], duration: float) -> tuple[Cue, ...]:
    """Lines one after the other, spread over the clip."""
    at, cues = random.uniform(0.0, 0.15) * duration, []
    step = (duration - at) / len(lines)
    for line in lines:
        cues.append(Cue(at, at + step * random.uniform(0.6, 0.98), line))
        at += step
    return tuple(cues)


def _written(random: Random, texts: list[str], duration: float) -> tuple[Cue, ...]:
    """Texts that are seen together, or one after the other."""
    if random.random() < 0.6:
        start = 0.0 if random.random() < 0.6 else random.uniform(0, 0.6) * duration
        return tuple(Cue(start, duration, text) for text in texts)
    return _spoken(random, texts, duration)
