"""Boxes of single frames become tracks: one person or thing over time, with its place and direction.

The frames of a clip may lie seconds apart, so that boxes of one thing hardly overlap, and libraries that
track at 25 frames a second lose it. Here boxes of one class in following frames are matched by how far they
are apart, the nearest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

PERSON = 0  # COCO's number
SURE = 0.5  # mean score of a track that may be of one frame only
FAINT = 0.42  # and of one that lasts; weaker ones are as often wrong as right
LASTS = 0.25  # share of the frames in which a faint track must be seen, and at least three
FAR = 0.35  # distance, in pictures, from which on two boxes are not one thing
GAP = 2  # frames after which a thing that was not seen is another one
MOVED = 0.15  # pictures that a thing moves at least to be said to move
RISEN = 0.25  # and to move up or down, which cameras that are held by hand seem to see everywhere
GROWN = 1.5  # factor of its size from which on it comes closer
MOST = 0.9  # quantile of a count over frames: a single frame may see a thing twice


@dataclass(frozen=True)
class Track:
    """A thing in some of a clip's frames, in order."""

    number: int  # of its class
    frames: tuple[int, ...]
    boxes: Tensor  # [frames, 4]: left, top, right, bottom as fractions of the picture
    score: float  # mean


def tracks_of(boxes: Tensor) -> list[Track]:
    """boxes [T, M, 6], as Detections has them -> the tracks that are sure enough, by when they begin."""
    open_tracks: list[list[tuple[int, Tensor]]] = []
    closed: list[list[tuple[int, Tensor]]] = []
    for frame, of_frame in enumerate(boxes):
        new = [box for box in of_frame if box[0] >= 0]
        closed += [each for each in open_tracks if frame - each[-1][0] > GAP]
        open_tracks = [each for each in open_tracks if frame - each[-1][0] <= GAP]
        pairs = [
            (_distance(each[-1][1], box), old, at)
            for old, each in enumerate(open_tracks)
            for at, box in enumerate(new)
            if each[-1][1][0] == box[0]
        ]
        taken_old: set[int] = set()
        taken_new: set[int] = set()
        for distance, old, at in sorted(pairs, key=lambda pair: pair[0]):
            if distance < FAR and old not in taken_old and at not in taken_new:
                open_tracks[old].append((frame, new[at]))
                taken_old.add(old)
                taken_new.add(at)
        open_tracks += [[(frame, box)] for at, box in enumerate(new) if at not in taken_new]
    tracks = [_track(each) for each in (*closed, *open_tracks)]
    return sorted((each for each in tracks if _sure(each, len(boxes))), key=lambda each: each.frames[0])


def together(tracks: Sequence[Track]) -> dict[int, int]:
    """How many of each class are seen at once."""
    most = {}
    for number in {track.number for track in tracks}:
        those = [track for track in tracks if track.number == number]
        frames = sorted({frame for track in those for frame in track.frames})
        counts = torch.tensor([sum(frame in track.frames for track in those) for frame in frames]).float()
        most[number] = max(1, round(float(counts.quantile(MOST))))
    return most


def place(track: Track) -> str | None:
    """The key of where it mostly is: left, middle, right."""
    x = float((track.boxes[:, 0] + track.boxes[:, 2]).median() / 2)
    if float((track.boxes[:, 2] - track.boxes[:, 0]).median()) > 0.75:
        return None  # it fills the picture
    return "left" if x < 0.38 else "right" if x > 0.62 else "middle"


def direction(track: Track) -> str | None:
    """The key of how it moves: left, right, up, down, closer, away; None where it hardly does."""
    if len(track.frames) < 3:
        return None
    first, last = (
        track.boxes[: len(track.boxes) // 3 or 1].mean(dim=0),
        track.boxes[-(len(track.boxes) // 3 or 1) :].mean(dim=0),
    )
    x, y = (float(last[i] + last[i + 2] - first[i] - first[i + 2]) / 2 for i in (0, 1))
    if abs(x) >= MOVED:
        return "right" if x > 0 else "left"
    if abs(y) >= RISEN:
        return "down" if y > 0 else "up"
    growth = float((last[3] - last[1]) / (first[3] - first[1]).clamp(min=1e-3))
    steady = all(_size(b) < 1.6 * _size(a) and _size(a) < 1.6 * _size(b) for a, b in pairwise(track.boxes))
    if steady and growth >= GROWN:
        return "closer"
    return "away" if steady and growth <= 1 / GROWN else None


def _track(seen: list[tuple[int, Tensor]]) -> Track:
    frames, boxes = zip(*seen, strict=True)
    stacked = torch.stack(list(boxes))  # Shape: (frames, 6)
    return Track(int(stacked[0, 0]), tuple(frames), stacked[:, 2:], float(stacked[:, 1].mean()))


def _sure(track: Track, frames: int) -> bool:
    lasting = len(track.frames) >= max(3, LASTS * frames)
    return track.score >= (FAINT if lasting else SURE)


def _distance(first: Tensor, second: Tensor) -> float:
    """Between the middles of two boxes, in pictures; a thing of another size is further away."""
    middles = (second[2:4] + second[4:6] - first[2:4] - first[4:6]) / 2
    sizes = abs(float((second[5] - second[3]).log() - (first[5] - first[3]).log()))
    return float(middles.norm()) + 0.1 * min(sizes, 5.0)


def _size(box: Tensor) -> float:
    return float(((box[2] - box[0]) * (box[3] - box[1])).sqrt().clamp(min=1e-3))
