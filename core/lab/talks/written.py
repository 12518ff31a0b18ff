"""Talks that were written by hand about made-up clips: facts of a clip, and what was asked and answered.

They teach what templates cannot: to say in a few good sentences what is seen, to infer with care ("probably a
street: cars and a bus"), to follow a dialogue, to refuse with the reason. Files: data/written/*/*.json.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.compact.words.names import (
    Name,
    SceneLabel,
    class_names,
    object_names,
    scene_labels,
    thing_names,
)
from core.dialogue.conversation import Cue
from core.lab.talks.sequences import Asked
from core.lab.talks.situations import COLOURS, MOTIONS, PLACES, Situation, Thing

FOLDER = Path(__file__).parent / "data" / "written"
MOST_FRAMES = 16


@dataclass(frozen=True)
class WrittenTalk:
    """A clip as facts, and dialogues about it that do not know of each other."""

    situation: Situation
    groups: tuple[tuple[Asked, ...], ...]


@cache
def written_talks(names: tuple[str, ...] = (), folder: Path = FOLDER) -> tuple[WrittenTalk, ...]:
    """Those of the files called so (none: of all), in their order.

    Raises ValueError where one says nonsense, FileNotFoundError.
    """
    files = {path.stem: path for path in sorted(folder.rglob("*.json"))}
    if unknown := set(names) - files.keys():
        raise FileNotFoundError(f"no talks called {', '.join(sorted(unknown))}, but {', '.join(files)}")
    talks = []
    for path in [files[name] for name in names] or files.values():
        for number, row in enumerate(json.loads(path.read_text(encoding="utf-8"))):
            try:
                talks.append(_talk(row))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise ValueError(f"{path.name}, talk {number}: {error!r}") from error
    return tuple(talks)


def _talk(row: dict[str, Any]) -> WrittenTalk:
    frames, duration = row["frames"], float(row["duration"])
    if not (1 <= frames <= MOST_FRAMES and duration > 0):
        raise ValueError(f"{frames} frames in {duration} s")
    seconds = tuple((i + 0.5) / frames * duration for i in range(frames))
    things = tuple(_thing(name, frames, **details) for name, details in row["things"])
    heard, read = (_cues(row.get(key), duration) for key in ("heard", "read"))
    situation = Situation(
        seconds,
        duration,
        row.get("drawn", False),
        things,
        _named(row.get("perhaps")),
        _named(row.get("setting")),
        _one_of(row.get("background"), COLOURS),
        heard,
        read,
        as_subtitles=row.get("subtitles", False),
        scene=tuple(_scene_label(key) for key in row.get("scene", ())),
        thirds=_thirds(**row.get("colours", {})),
    )
    groups = tuple(tuple(Asked(question, answer) for question, answer in group) for group in row["groups"])
    if (
        not groups
        or not all(groups)
        or any(not (turn.question and turn.answer) for g in groups for turn in g)
    ):
        raise ValueError("an empty dialogue")
    return WrittenTalk(situation, groups)


def _thirds(
    top: Sequence[str] = (), middle: Sequence[str] = (), bottom: Sequence[str] = ()
) -> tuple[tuple[str, ...], ...]:
    """Raises ValueError."""
    thirds = tuple(top), tuple(middle), tuple(bottom)
    for colour in (colour for third in thirds for colour in third):
        _one_of(colour, COLOURS)
    return thirds


def _scene_label(key: str) -> SceneLabel:
    """Raises ValueError."""
    for label in scene_labels():
        if label.key == key:
            return label
    raise ValueError(f"no label of a scene: {key}")


def _thing(
    name: str,
    frames: int,
    first: int = 0,
    last: int | None = None,
    count: int = 1,
    place: str | None = None,
    motion: str | None = None,
    colours: tuple[str, ...] = (),
    close: bool = False,
) -> Thing:
    last = frames - 1 if last is None else last
    if not (0 <= first <= last < frames and 1 <= count <= 30):
        raise ValueError(f"{name}: frames {first} to {last} of {frames}, {count} of it")
    if count > 1 and (place or motion or colours or close):
        raise ValueError(f"{name}: several have no place, motion or colours, and are not close up")
    for colour in colours:
        _one_of(colour, COLOURS)
    found = _named(name)
    assert found is not None
    place, motion = _one_of(place, PLACES), _one_of(motion, (*MOTIONS, "still"))
    return Thing(found, first, last, count, place, motion, tuple(colours), close)


def _cues(rows: list[list[Any]] | None, duration: float) -> tuple[Cue, ...] | None:
    if rows is None:
        return None
    cues = tuple(Cue(float(start), float(end), text) for start, end, text in rows)
    if any(not (0 <= cue.start < cue.end <= duration + 0.01 and cue.text.strip()) for cue in cues):
        raise ValueError("a cue outside of the clip, or without text")
    return cues


@cache
def _by_name() -> dict[str, Name]:
    return {name.en: name for name in (*class_names(), *object_names(), *thing_names())}


def _named(name: str | None) -> Name | None:
    if name is not None and name not in _by_name():
        raise ValueError(f"{name!r} is no name that the eyes know")
    return _by_name()[name] if name is not None else None


def _one_of(value: str | None, known: tuple[str, ...]) -> str | None:
    if value is not None and value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return value
