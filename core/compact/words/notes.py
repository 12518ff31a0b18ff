"""Notes: what was recognised in a clip, as lines of words with times, in both languages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.compact.words.names import Name, SceneLabel, closed_labels
from core.dialogue.prompt import stretch_starts, timestamp

MOST = 12  # lines
CALLED = frozenset(("man", "woman", "boy", "girl", "baby"))  # what a single person may be called
PEOPLE = CALLED | {"person", "old man", "old woman", "people"}
# What "anyone?" and "how many?" ask for, in words: small LLMs do not see at once that a man is somebody.
SOMEBODY = "Is there anyone, any people? Yes, {people}. 有{number}个人。"
CLOSE = "close up 近景"  # of a thing that fills much of the picture
SCENE = {"place": "Where", "stuff": "Around"}  # what groups of labels of a scene are called
NOTHING = "Nothing was recognised for sure."


@dataclass(frozen=True)
class Note:
    """A line: what was seen between two frames, both included."""

    first: int
    last: int
    name: Name
    text: str
    count: int = 1
    sure: bool = True


def written(
    notes: Sequence[Note], seconds: Sequence[float], drawn: bool, background: str = "", *picture: str
) -> str:
    """The notes of a clip whose frames have these times, as the LLM reads them.

    picture: lines about all of the picture, `scene_text` and `thirds_text`; empty ones are left out.
    """
    lines = [_line(note, seconds) for note in notes[:MOST]]
    if people := _people_at_once(notes):
        lines.append(
            SOMEBODY.format(people="one person" if people == 1 else f"{people} people", number=people)
        )
    lines += [f"background: {background}"] if background else []
    lines += [line for line in picture if line]
    kind = "drawn or animated" if drawn else "filmed or photographed"
    return "\n".join([f"Recognised ({kind}, {_length(seconds)}):", *(lines or [NOTHING])]) + "\n"


def _length(seconds: Sequence[float]) -> str:
    """How long the clip is, or which part of it this is."""
    if len(seconds) == 1:
        return "a single picture"
    step = seconds[1] - seconds[0]
    start, end = max(0.0, seconds[0] - step / 2), seconds[-1] + step / 2
    return f"{timestamp(end)} long" if start < 1 else f"only {timestamp(start)} to {timestamp(end)}"


def _people_at_once(notes: Sequence[Note]) -> int:
    """At most, in any frame."""
    people = [note for note in notes if note.name.en in PEOPLE]
    return max(
        (sum(n.count for n in people if n.first <= each.first <= n.last) for each in people), default=0
    )


def one(name: str, *details: str) -> str:
    """The text of a note about one thing: its name, then its colour, place and motion, if they are known."""
    return ", ".join(part for part in (name, *details) if part)


def several(name: str, most: int) -> str:
    """The text of a note about several of a kind, of which so many are seen at once."""
    return f"{name} × {most} at once"


def both(name: Name) -> str:
    """In both languages."""
    return f"{name.en} {name.zh}"


def label_text(group: str, key: str | None) -> str:
    """A label of a closed list in both languages; empty for None."""
    return next((f"{label.en} {label.zh}" for label in closed_labels(group) if label.key == key), "")


def colour_text(keys: Sequence[str]) -> str:
    """One or two colours in both languages."""
    return " and ".join(label_text("colour", key) for key in keys)


def thirds_text(colours: Mapping[str, Sequence[str]]) -> str:
    """The colours of each third of the picture that has a clear one, in both languages; empty for none."""
    chinese = {label.key: label.zh for label in closed_labels("place")}
    parts = [f"{third} {chinese[third]} {colour_text(keys)}" for third, keys in colours.items() if keys]
    return f"Colours: {'; '.join(parts)}" if parts else ""


def scene_text(labels: Sequence[SceneLabel]) -> str:
    """Where it is and what is seen around, in both languages; empty for nothing."""
    groups = ([f"{label.en} {label.zh}" for label in labels if label.group == group] for group in SCENE)
    return "; ".join(
        f"{title}: {', '.join(names)}" for title, names in zip(SCENE.values(), groups, strict=True) if names
    )


def _line(note: Note, seconds: Sequence[float]) -> str:
    starts = stretch_starts(list(seconds))
    first, last = timestamp(starts[note.first]), timestamp(seconds[note.last])
    return f"{first if first == last else f'{first}-{last}'} {note.text}"
