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
from core.compact.apart import CLEAR, relative_to_all, two_apart
from core.compact.temporal_module import CompactOverTime
from core.compact.vision.colours import COLOURS_KEY, THIRDS, main_colours
from core.compact.vision.crops import Crops
from core.compact.vision.detections import BOXES_KEY
from core.compact.vision.tracks import Track, together, tracks_of
from core.compact.words.names import Name, NameTable, SceneLabel, closed_labels, scene_labels, thing_names
from core.compact.words.notes import (
    CALLED,
    CLOSE,
    PEOPLE,
    Note,
    both,
    colour_text,
    label_text,
    one,
    scene_text,
    several,
    thirds_text,
    written,
)
from core.dialogue.prompt import stretch_starts
from core.features.pooling import PooledFeatures
from core.features.sighting import Sighting

if TYPE_CHECKING:
    from core.compact.model import CompactImageLLM

LIKELY = 0.5  # of a label over time
POSSIBLE = 0.25  # mean share from which on a name is worth a "perhaps"; two of three of these are right
MIDDLE_OF_PICTURE = -1 - len(THIRDS)  # row of its colours
NEAR = 0.35  # of the picture, from which on a thing is close up
FILLS = 0.75  # of the width, from which on a thing is on no side of the picture
PERSON = 0  # COCO's number
SURE_OF_DRAWINGS = 0.65  # score of a detector's track in a drawn clip
SAID = 0.5  # mean over the frames from which on a label of the scene is said
MOST_OF_A_SCENE = {"place": 2, "stuff": 5}  # labels of each group
MOST_OF_A_KIND = 3  # things of one kind that come one after the other


_NUMBERS = {f"{label.en} {label.zh}": int(label.key) for label in closed_labels("count")}


@dataclass(frozen=True)
class Seen:
    """picture: what the notes say of all of the picture, as `written` takes it."""

    notes: list[Note]
    picture: tuple[bool, str, str, str]


class Seer:
    """Writes the notes of clips."""

    def __init__(self, table: NameTable) -> None:
        self._table = table

    def __call__(self, model: "CompactImageLLM", features: PooledFeatures) -> str:
        seen = self._seen(model, features)
        return "" if seen is None else written(seen.notes, features.seconds.tolist(), *seen.picture)

    def sightings(self, model: "CompactImageLLM", features: PooledFeatures) -> list[Sighting]:
        """What is noted for sure, with the stretches that its frames stand for."""
        seen, seconds = self._seen(model, features), features.seconds.tolist()
        starts = stretch_starts(seconds)
        ends = [*starts[1:], 2 * seconds[-1] - starts[-1]]
        return [
            Sighting(starts[note.first], ends[note.last], {"en": note.name.en, "zh": note.name.zh})
            for note in (seen.notes if seen else ())
            if note.sure
        ]

    def _seen(self, model: "CompactImageLLM", features: PooledFeatures) -> "Seen | None":
        g_t = model.temporal_module
        if not isinstance(g_t, CompactOverTime):
            return None
        # What the encoder alone sees; what the detector sees becomes tracks.
        batch = (
            _looks_only(features.temporal)[None],
            _looks_only(features.cells)[None],
            features.seconds[None],
        )
        extras = {name: extra[None] for name, extra in features.extras.items()}
        told, over_time = g_t.told(*batch, extras)
        shares = told[0]  # Shape: (T, names)
        relative = relative_to_all(shares)
        drawn = float(model.alignment.photograph_likelihood(features.temporal).mean()) < 0.5
        likely = {group: values[0] for group, values in over_time.items()} if drawn else {}
        boxes = features.extras.get(BOXES_KEY)
        tracks = [] if boxes is None else tracks_of(boxes)
        if drawn:  # the detector knows few drawings
            tracks = [track for track in tracks if track.score >= SURE_OF_DRAWINGS]
        people = self._people(relative) if any(track.number == PERSON for track in tracks) else None
        colours = None if drawn else features.extras.get(COLOURS_KEY)
        notes = list(self._apart(model, features, likely))
        if not notes:
            notes = list(_tracked(tracks, people, boxes, colours))
            known = {note.name.en for note in notes}
            named = self._without(relative, known | PEOPLE if people else known)
            notes += self._named(named, likely, None if notes else colours)
        noted = {note.name.en for note in notes}
        if noted <= PEOPLE:
            notes += self._perhaps(self._without(relative, PEOPLE if noted else noted))
        colour = _label(likely, "colour", range(len(shares))) if drawn else ""
        scene = [] if drawn else clear_labels(model.scene(looks(features.temporal)))
        if any(note.name.en in PEOPLE for note in notes):  # known already, and better
            scene = [label for label in scene if label.key not in PEOPLE]
        thirds = "" if colours is None else thirds_text(_of_thirds(colours))
        return Seen(notes, (drawn, colour, scene_text(scene), thirds))

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

    def _apart(
        self, model: "CompactImageLLM", features: PooledFeatures, likely: dict[str, Tensor]
    ) -> Iterator[Note]:
        """Two different things of a drawn clip that shows two, each with its place."""
        frames = range(len(features.seconds))
        if _NUMBERS.get(_label(likely, "count", frames)) != 2:
            return
        shares = model.alignment.shares_of_places(
            _looks_only(features.spatial), _looks_only(features.cells), Crops.of(features.extras)
        )  # Shape: (N, names)
        for number, place in two_apart(shares):
            name = self._table.names[number]
            yield Note(0, len(frames) - 1, name, one(both(name), label_text("place", place)))

    def _named(self, relative: Tensor, likely: dict[str, Tensor], colours: Tensor | None) -> Iterator[Note]:
        """What frames are clearly called, with its colour where it is all that is seen, and how it moves."""
        for first, last, number in _runs(self._called(relative)):
            frames = range(first, last + 1)
            count, where = (_label(likely, group, frames) for group in ("count", "place"))
            how = _label(likely, "motion", frames) if len(relative) > 1 else ""
            name = self._table.names[number]
            most = _NUMBERS.get(count, 1)
            colour = (
                ""
                if colours is None
                else colour_text(main_colours(colours[first : last + 1, MIDDLE_OF_PICTURE].mean(dim=0)))
            )
            text = several(both(name), most) if most > 1 else one(both(name), colour, where, how)
            yield Note(first, last, name, text, most)

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
            yield Note(0, len(relative) - 1, name, f"perhaps {both(name)}", sure=False)


def clear_labels(likely: Tensor) -> list[SceneLabel]:
    """How likely each label is in each frame [T, labels] -> those of the clip, the likeliest first."""
    mean = likely.mean(dim=0)  # Shape: (labels,)
    order = mean.argsort(descending=True).tolist()
    said = [scene_labels()[number] for number in order if mean[number] >= SAID]
    sides = [label for label in said if label.key in ("indoors", "outdoors")]
    others = [label for label in said if label not in sides]
    return sides[:1] + [
        label
        for group, most in MOST_OF_A_SCENE.items()
        for label in [each for each in others if each.group == group][:most]
    ]


def _looks_only(tokens: Tensor) -> Tensor:
    """[..., D] -> [..., D], with nothing of the detector's."""
    return torch.cat([looks(tokens), torch.zeros_like(things(tokens))], dim=-1)


def _tracked(
    tracks: Sequence[Track], person: Name | None, boxes: Tensor | None, colours: Tensor | None
) -> Iterator[Note]:
    """What the detector saw, people first. person: what a single person is called."""
    for number, most in sorted(together(tracks).items()):
        those = [track for track in tracks if track.number == number]
        name = thing_names()[number]
        first, last = min(track.frames[0] for track in those), max(track.frames[-1] for track in those)
        if most > 1:
            yield Note(first, last, name, several(both(name), most), most)
            continue
        if number == PERSON and person:
            name = person
        for track in those[:MOST_OF_A_KIND]:
            colour = ""
            if boxes is not None and colours is not None and number != PERSON:
                colour = colour_text(main_colours(_colours(track, boxes, colours)))
            details = (
                colour,
                CLOSE if track.area() >= NEAR else "",
                label_text("place", _place(track)),
                label_text("motion", track.direction()),
            )
            yield Note(track.frames[0], track.frames[-1], name, one(both(name), *details))


def _place(track: Track) -> str | None:
    """The key of where it mostly is across the picture; None where it fills that."""
    wide = sorted(right - left for left, _, right, _ in track.boxes)[len(track.boxes) // 2]
    return None if wide > FILLS else track.place()[0]


def _of_thirds(colours: Tensor) -> dict[str, list[str]]:
    """The shares of colours of a clip [T, M + 4, 11] -> the main ones of each third of its pictures."""
    mean = colours[:, -len(THIRDS) :].mean(dim=0)  # Shape: (3, 11)
    return {third: main_colours(shares) for third, shares in zip(THIRDS, mean, strict=True)}


def _colours(track: Track, boxes: Tensor, colours: Tensor) -> Tensor:
    """The share of each colour in a track's boxes, [11]."""
    rows = []
    for frame, box in zip(track.frames, track.boxes, strict=True):
        apart = (boxes[frame, :, 2:] - boxes.new_tensor(box)).abs().sum(dim=-1)  # Shape: (M,)
        rows.append(colours[frame, int(apart.argmin())])
    return torch.stack(rows).mean(dim=0)


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


def _label(likely: dict[str, Tensor], group: str, frames: range) -> str:
    """The label of a group that is likely in these frames, in both languages; empty where none is."""
    if group not in likely:
        return ""
    mean = likely[group][list(frames)].mean(dim=0)[:-1]  # Shape: (labels,)
    best = int(mean.argmax())
    label = closed_labels(group)[best]
    return f"{label.en} {label.zh}" if mean[best] >= LIKELY else ""
