"""Labels of each token of a clip, from the clip's scene, for step 0 of training."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.compact.vision.crops import overlap
from core.compact.vision.frame_encoder import GRID
from core.lab.clips.dataset import FRAMES
from core.lab.clips.render import frame_times
from core.lab.clips.scenes import UNCLEAR as UNCLEAR_KIND
from core.lab.clips.scenes import WHOLE_PICTURES, Scene, place_of
from core.lab.questions.words import CHANGES, COLOURS, COUNTS, MOTIONS, PLACES, concepts

UNCLEAR = -100  # not known, or not clear: the label that cross_entropy leaves out


@dataclass(frozen=True)
class TokenLabels:
    """Labels of each token of each clip: indices into GROUPS, or UNCLEAR.

    One index past a group's end: none of these, such as the colour of a background of many colours.
    """

    spatial: dict[str, Tensor]  # "object", "colour": [n, N]
    temporal: dict[str, Tensor]  # "object", "colour", "motion", "place", "count", "change": [n, T]


GROUPS: dict[str, list] = {
    "object": [concept.id for concept in concepts()],
    "colour": list(COLOURS),
    "motion": list(MOTIONS),
    "place": list(PLACES),
    "count": list(COUNTS),
    "change": list(CHANGES),
}

_INDEX = {group: {label: i for i, label in enumerate(labels)} for group, labels in GROUPS.items()}
NONE = {group: len(labels) for group, labels in GROUPS.items()}  # the label of "none of these"


def _object(clip: Scene, concept: str) -> int:
    """The label of this object of the clip; "none" where it cannot be recognised."""
    return _INDEX["object"].get(concept, NONE["object"]) if clip.kind != UNCLEAR_KIND else NONE["object"]


def label_tokens(scenes: list[Scene], frames: int = FRAMES) -> TokenLabels:
    """The labels of the tokens of clips with `frames` frames, from their scenes."""
    patches = GRID[0] * GRID[1]
    spatial = {name: torch.full((len(scenes), patches), UNCLEAR) for name in ("object", "colour")}
    temporal = {name: torch.full((len(scenes), frames), UNCLEAR) for name in GROUPS}
    for number, clip in enumerate(scenes):
        colour = _INDEX["colour"].get(clip.background.colour, NONE["colour"])
        temporal["colour"][number] = colour
        shares, owners = _coverage(clip, frames)
        spatial["colour"][number][shares < 0.5] = colour
        # It is not known what the photograph behind a clip shows.
        nothing = UNCLEAR if clip.conditions.backdrop else NONE["object"]
        spatial["object"][number][shares == 0] = nothing
        for patch in np.flatnonzero(shares > 0.2):
            spatial["object"][number][patch] = _object(clip, owners[patch])
        before: set[str] = set()
        for frame, now in enumerate(frame_times(clip.duration, frames)):
            seen = [(actor, where) for actor in clip.actors if (where := actor.place(float(now)))]
            if not seen:
                temporal["object"][number, frame] = nothing
                for group in ("motion", "place", "count", "change"):
                    temporal[group][number, frame] = NONE[group]
                before = set()
                continue
            kinds = {actor.concept.id for actor, _ in seen}
            if frames > 1:
                temporal["change"][number, frame] = _INDEX["change"]["same" if kinds <= before else "new"]
            before = kinds
            if len(kinds) == 1:
                temporal["object"][number, frame] = _object(clip, seen[0][0].concept.id)
            if len(kinds) == 1 and frames > 1:
                temporal["motion"][number, frame] = _INDEX["motion"][seen[0][0].motion]
            if clip.kind in WHOLE_PICTURES:
                continue  # where it is and how many there are is not known
            if len(seen) == 1 and (place := place_of(*seen[0][1][:2])):
                temporal["place"][number, frame] = _INDEX["place"][place]
            temporal["count"][number, frame] = _INDEX["count"][len(seen)]
    return TokenLabels(spatial, temporal)


def _coverage(clip: Scene, frames: int) -> tuple[np.ndarray, list[str]]:
    """For each patch: the largest share of time that an object covers it, and that object's id."""
    rows, columns = GRID
    unit = min(clip.aspect, 1 / clip.aspect) ** 0.5  # the shorter side, where the area is 1
    width, height = clip.aspect**0.5, clip.aspect**-0.5
    shares: dict[str, np.ndarray] = {}
    for now in frame_times(clip.duration, frames):
        for actor in clip.actors:
            if (where := actor.place(float(now))) is None:
                continue
            x, y, size = where
            half_w, half_h = size * unit / width / 2, size * unit / height / 2
            across = overlap(x - half_w, x + half_w, columns)  # Shape: (columns,)
            down = overlap(y - half_h, y + half_h, rows)  # Shape: (rows,)
            covered = np.outer(down, across).ravel() / frames  # Shape: (N,)
            shares[actor.concept.id] = shares.get(actor.concept.id, 0.0) + covered
    if not shares:  # nothing is there at any of these times
        return np.zeros(rows * columns), []
    names = list(shares)
    table = np.stack([shares[name] for name in names])  # Shape: (objects, N)
    return table.max(axis=0), [names[i] for i in table.argmax(axis=0)]
