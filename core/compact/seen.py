"""What was recognised in a clip, in words with times, which the LLM reads behind the visual tokens.

The same sight as the tokens', twice: a token says what is likely, these lines what is clear. Names of one frame are
the largest shares of what its token says; boxes of people and things become tracks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.compact.temporal_module import CompactOverTime
from core.compact.vision.nanodet import Detections
from core.compact.vision.tracks import direction, place, together, tracks_of
from core.compact.words.names import Name, NameTable, closed_labels, thing_names
from core.dialogue.prompt import stretch_starts, timestamp
from core.features.pooling import PooledFeatures

if TYPE_CHECKING:
    from core.compact.model import CompactImageLLM

CLEAR = 0.45  # share of a frame's names from which on one is clear
LIKELY = 0.5  # of a label over time
MOST = 12  # lines
NOTHING = "Nothing was recognised for sure."


@dataclass(frozen=True)
class Note:
    """A line: what was seen between two frames, both included."""

    first: int
    last: int
    text: str


def written(notes: Sequence[Note], seconds: Sequence[float], drawn: bool, background: str = "") -> str:
    """The notes of a clip whose frames have these times, as the LLM reads them."""
    lines = [_line(note, seconds) for note in notes[:MOST]]
    lines += [f"background: {background}"] if background else []
    kind = "drawn or animated" if drawn else "filmed or photographed"
    return "\n".join([f"Recognised ({kind}):", *(lines or [NOTHING])]) + "\n"


class Seer:
    """Writes the notes of clips."""

    def __init__(self, table: NameTable) -> None:
        self._names = table.names

    def __call__(self, model: "CompactImageLLM", features: PooledFeatures) -> str:
        g_t = model.temporal_module
        if not isinstance(g_t, CompactOverTime):
            return ""
        batch = (features.temporal[None], features.cells[None], features.seconds[None])
        extras = {name: extra[None] for name, extra in features.extras.items()}
        shares = g_t.shares(*batch, extras)[0]  # Shape: (T, names)
        drawn = float(model.alignment.photograph_likelihood(features.temporal).mean()) < 0.5
        notes = list(self._tracks(features))
        seen = {note.text.split(" ")[0] for note in notes}
        over_time = g_t.likelihoods(*batch) if drawn else {}
        likely = {group: values[0] for group, values in over_time.items()}
        notes += [note for note in self._named(shares, likely) if note.text.split(" ")[0] not in seen]
        colour = _label(likely, "colour", range(len(shares))) if drawn else ""
        return written(notes, features.seconds.tolist(), drawn, colour)

    def _tracks(self, features: PooledFeatures) -> Iterator[Note]:
        """What the detector saw, people first."""
        boxes = Detections.of(features.extras)
        tracks = tracks_of(boxes) if boxes is not None else []
        for number, most in sorted(together(tracks).items()):
            those = [track for track in tracks if track.number == number]
            name = both(thing_names()[number])
            first, last = min(track.frames[0] for track in those), max(track.frames[-1] for track in those)
            if most > 1:
                yield Note(first, last, several(name, most))
                continue
            for track in those[:3]:
                where, how = _word("place", place(track)), _word("motion", direction(track))
                yield Note(track.frames[0], track.frames[-1], one(name, where, how))

    def _named(self, shares: Tensor, likely: dict[str, Tensor]) -> Iterator[Note]:
        """What frames are clearly called, with how it moves where that is known."""
        relative = shares / shares.sum(dim=-1, keepdim=True).clamp(min=1.0)  # Shape: (T, names)
        best, which = relative.max(dim=-1)  # Shape: (T,) each
        called = [int(name) if share >= CLEAR else None for name, share in zip(which, best, strict=True)]
        for first, last, number in _runs(called):
            if last == first and len(called) > 4 and best[first] < 0.7:
                continue
            frames = range(first, last + 1)
            count, where, how = (_label(likely, group, frames) for group in ("count", "place", "motion"))
            name = both(self._names[number])
            number_words = {f"{label.en} {label.zh}": int(label.key) for label in closed_labels("count")}
            if number_words.get(count, 1) > 1:
                yield Note(first, last, several(name, number_words[count]))
            else:
                yield Note(first, last, one(name, where, how))


def one(name: str, place: str, motion: str) -> str:
    """The text of a note about one thing."""
    return ", ".join(part for part in (name, place, motion) if part)


def several(name: str, most: int) -> str:
    """The text of a note about several of a kind, of which so many are seen at once."""
    return f"{name} × {most} at once"


def both(name: Name) -> str:
    """In both languages."""
    return f"{name.en} {name.zh}"


def _runs(called: Sequence[int | None]) -> Iterator[tuple[int, int, int]]:
    """(first, last, value) of values that stay; a gap of one frame is none."""
    start = 0
    while start < len(called):
        value = called[start]
        if value is None:
            start += 1
            continue
        last = start
        while value in called[last + 1 : last + 3]:
            last += 1 + called[last + 1 : last + 3].index(value)
        yield start, last, value
        start = last + 1


def _word(group: str, key: str | None) -> str:
    """A label in both languages; empty for None."""
    return next((f"{label.en} {label.zh}" for label in closed_labels(group) if label.key == key), "")


def _label(likely: dict[str, Tensor], group: str, frames: range) -> str:
    """The label of a group that is likely in these frames, in both languages; empty where none is."""
    if group not in likely:
        return ""
    mean = likely[group][list(frames)].mean(dim=0)[:-1]  # Shape: (labels,)
    best = int(mean.argmax())
    label = closed_labels(group)[best]
    return f"{label.en} {label.zh}" if mean[best] >= LIKELY else ""


def _line(note: Note, seconds: Sequence[float]) -> str:
    starts = stretch_starts(seconds)
    first, last = timestamp(starts[note.first]), timestamp(seconds[note.last])
    return f"{first if first == last else f'{first}-{last}'} {note.text}"
