"""What was recognised in a clip, in words with times, which the LLM reads behind the visual tokens.

The same sight as the tokens', twice: a token says what is likely, these lines what is clear. Names of one
frame are the largest shares of what its token says; boxes of people and things become tracks.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.compact.alignment import looks, things
from core.compact.temporal_module import CompactOverTime
from core.compact.vision.nanodet import Detections
from core.compact.vision.tracks import PERSON, Track, direction, place, together, tracks_of
from core.compact.words.names import Name, NameTable, closed_labels, thing_names
from core.dialogue.prompt import stretch_starts, timestamp
from core.features.pooling import PooledFeatures

if TYPE_CHECKING:
    from core.compact.model import CompactImageLLM

CLEAR = 0.45  # share of a frame's names from which on one is clear
LIKELY = 0.5  # of a label over time
POSSIBLE = 0.25  # mean share from which on a name is worth a "perhaps"; two of three of these are right
SURE_ALONE = 0.6  # score of a detector's track that the encoder sees nothing of
WITNESSED = 0.04  # share of a name from which on the encoder sees something of it
SURE_OF_DRAWINGS = 0.65  # score of a detector's track in a drawn clip
MOST = 12  # lines
MOST_OF_A_KIND = 3  # things of one kind that come one after the other
CALLED = frozenset(("man", "woman", "boy", "girl", "baby"))  # what a single person may be called
PEOPLE = CALLED | {"old man", "old woman", "people", "person"}
NOTHING = "Nothing was recognised for sure."


@dataclass(frozen=True)
class Note:
    """A line: what was seen between two frames, both included."""

    first: int
    last: int
    name: Name
    text: str


def written(notes: Sequence[Note], seconds: Sequence[float], drawn: bool, background: str = "") -> str:
    """The notes of a clip whose frames have these times, as the LLM reads them."""
    lines = [_line(note, seconds) for note in notes[:MOST]]
    lines += [f"background: {background}"] if background else []
    kind = "drawn or animated" if drawn else "filmed or photographed"
    return "\n".join([f"Recognised ({kind}, {_length(seconds)}):", *(lines or [NOTHING])]) + "\n"


def _length(seconds: Sequence[float]) -> str:
    """How long the clip is, or which part of it this is."""
    if len(seconds) == 1:
        return "a single picture"
    step = seconds[1] - seconds[0]
    start, end = max(0.0, seconds[0] - step / 2), seconds[-1] + step / 2
    return f"{timestamp(end)} long" if start < 1 else f"only {timestamp(start)} to {timestamp(end)}"


_NUMBERS = {f"{label.en} {label.zh}": int(label.key) for label in closed_labels("count")}


class Seer:
    """Writes the notes of clips."""

    def __init__(self, table: NameTable) -> None:
        self._table = table

    def __call__(self, model: "CompactImageLLM", features: PooledFeatures) -> str:
        g_t = model.temporal_module
        if not isinstance(g_t, CompactOverTime):
            return ""
        # What the encoder alone sees, so that it and the detector are two witnesses.
        batch = (
            _looks_only(features.temporal)[None],
            _looks_only(features.cells)[None],
            features.seconds[None],
        )
        extras = {name: extra[None] for name, extra in features.extras.items()}
        shares = g_t.shares(*batch, extras)[0]  # Shape: (T, names)
        relative = shares / shares.sum(dim=-1, keepdim=True).clamp(min=1.0)
        drawn = float(model.alignment.photograph_likelihood(features.temporal).mean()) < 0.5
        over_time = g_t.likelihoods(*batch) if drawn else {}
        likely = {group: values[0] for group, values in over_time.items()}
        boxes = Detections.of(features.extras)
        tracks = tracks_of(boxes) if boxes is not None else []
        tracks = [track for track in tracks if self._is_sure(track, relative, drawn)]
        people = self._people(relative) if any(track.number == PERSON for track in tracks) else None
        notes = list(_tracked(tracks, people))
        known = {note.name.en for note in notes}
        named = self._without(relative, known | PEOPLE if people else known)
        notes += self._named(named, likely)
        if not notes or {note.name.en for note in notes} <= PEOPLE:
            notes += self._perhaps(named)
        colour = _label(likely, "colour", range(len(shares))) if drawn else ""
        return written(notes, features.seconds.tolist(), drawn, colour)

    def _is_sure(self, track: Track, relative: Tensor, drawn: bool) -> bool:
        """Whether the detector is sure by itself, or the encoder saw such a thing, too."""
        if drawn or track.score >= SURE_ALONE or track.number == PERSON:
            return not drawn or track.score >= SURE_OF_DRAWINGS
        name = self._table.of_things[track.number]
        seen = relative[list(track.frames)].mean(dim=0)  # Shape: (names,)
        return float(seen[self._table.kinds == self._table.kinds[name]].sum()) >= WITNESSED

    def _people(self, relative: Tensor) -> Name:
        """What a single person is called: man, woman, boy, girl or baby, where that is clear."""
        mean = relative.mean(dim=0)  # Shape: (names,)
        likely = {
            name: float(mean[number]) for number, name in enumerate(self._table.names) if name.en in CALLED
        }
        best = max(likely, key=lambda name: likely[name])
        return (
            best
            if likely[best] >= max(0.3, 2 * (sum(likely.values()) - likely[best]))
            else thing_names()[PERSON]
        )

    def _without(self, relative: Tensor, names: Collection[str]) -> Tensor:
        """The shares [T, names] without these names, of which the clip's notes know already."""
        there = torch.tensor([name.en in names for name in self._table.names])
        return relative.masked_fill(there | there[self._table.kinds], 0.0)

    def _named(self, relative: Tensor, likely: dict[str, Tensor]) -> Iterator[Note]:
        """What frames are clearly called, with how it moves where that is known."""
        for first, last, number in _runs(self._called(relative)):
            frames = range(first, last + 1)
            count, where = (_label(likely, group, frames) for group in ("count", "place"))
            how = _label(likely, "motion", frames) if len(relative) > 1 else ""
            name = self._table.names[number]
            most = _NUMBERS.get(count, 1)
            text = several(both(name), most) if most > 1 else one(both(name), where, how)
            yield Note(first, last, name, text)

    def _called(self, relative: Tensor) -> list[int | None]:
        """The name of each frame: the likeliest if it is clear, else what the likely ones are kinds of."""
        best, which = relative.max(dim=-1)  # Shape: (T,) each
        kinds = torch.zeros_like(relative).index_add(-1, self._table.kinds, relative)  # Shape: (T, names)
        best_kind, which_kind = kinds.max(dim=-1)
        alone = 0.7 if len(relative) > 4 else CLEAR  # a frame that nothing beside it confirms
        called: list[int | None] = []
        for frame in range(len(relative)):
            if best[frame] >= CLEAR:
                called.append(int(which[frame]))
            else:
                called.append(int(which_kind[frame]) if best_kind[frame] >= CLEAR else None)
        for frame, name in enumerate(called):
            near = called[max(0, frame - 2) : frame] + called[frame + 1 : frame + 3]
            if name is not None and name not in near and max(best[frame], best_kind[frame]) < alone:
                called[frame] = None
        return called

    def _perhaps(self, relative: Tensor) -> Iterator[Note]:
        """The likeliest name of the whole clip, where it is not clear but likely."""
        mean = torch.zeros_like(relative).index_add(-1, self._table.kinds, relative).mean(dim=0)
        best = int(mean.argmax())
        if mean[best] >= POSSIBLE:
            name = self._table.names[best]
            yield Note(0, len(relative) - 1, name, f"perhaps {both(name)}")


def _looks_only(tokens: Tensor) -> Tensor:
    """[..., D] -> [..., D], with nothing of the detector's."""
    return torch.cat([looks(tokens), torch.zeros_like(things(tokens))], dim=-1)


def _tracked(tracks: Sequence[Track], person: Name | None) -> Iterator[Note]:
    """What the detector saw, people first. person: what a single person is called."""
    for number, most in sorted(together(tracks).items()):
        those = [track for track in tracks if track.number == number]
        name = thing_names()[number]
        first, last = min(track.frames[0] for track in those), max(track.frames[-1] for track in those)
        if most > 1:
            yield Note(first, last, name, several(both(name), most))
            continue
        if number == PERSON and person:
            name = person
        for track in those[:MOST_OF_A_KIND]:
            where, how = _word("place", place(track)), _word("motion", direction(track))
            yield Note(track.frames[0], track.frames[-1], name, one(both(name), where, how))


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
    starts = stretch_starts(list(seconds))
    first, last = timestamp(starts[note.first]), timestamp(seconds[note.last])
    return f"{first if first == last else f'{first}-{last}'} {note.text}"
