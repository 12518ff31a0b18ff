"""Tracks: which boxes of a clip's frames show one thing, how many there are, and where they go.

The frames are samples, a third of a second to half a minute apart. So there is no speed to go on, and boxes
of one thing need not overlap: boxes of a class are joined that are near each other, against their size.
That the camera moves is not known: a thing that it pans past moves, too.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from torch import Tensor

from core.compact.vision.coco import COCO

GAP = 1  # frames in a row in which a thing may be missed
FAINT = 0.15  # below what a class is believed from: such boxes prolong a track
ONCE = 0.05  # above it: what is seen in one frame alone has to have that much more
FAR = 1.5  # from which on two boxes are not joined, see `_cost`
RARE = 0.1  # share of the frames that show a class in which more of it may be seen by mistake
MOVED = 0.5  # sizes of a thing that it moves at least; less may be the camera, or how it stands
GREW = 0.25  # logarithm of how much larger each side of it gets at least

Box = tuple[float, float, float, float]  # left, top, right, bottom, as fractions of the picture
Direction = Literal["left", "right", "up", "down", "closer", "away"]
Across = Literal["left", "middle", "right"]
Down = Literal["top", "middle", "bottom"]


@dataclass(frozen=True)
class Track:
    """One thing in the frames that show it."""

    number: int  # of its class in COCO
    scores: tuple[float, ...]  # of each box
    frames: tuple[int, ...]  # that show it, in order
    boxes: tuple[Box, ...]  # in each of them

    @property
    def score(self) -> float:
        """The mean over its frames."""
        return sum(self.scores) / len(self.scores)

    @property
    def believed(self) -> bool:
        """Seen once it needs a high score, seen more often the better half of its scores counts."""
        sure = COCO[self.number].sure
        if len(self.scores) == 1:
            return self.scores[0] >= sure + ONCE
        better = sorted(self.scores, reverse=True)[: math.ceil(len(self.scores) / 2)]
        return sum(better) / len(better) >= sure

    def place(self) -> tuple[Across, Down]:
        """The third of the picture, across and down, that its middle mostly lies in."""
        x, y = (sorted(each)[len(self.boxes) // 2] for each in zip(*map(_middle, self.boxes), strict=True))
        across: tuple[Across, ...] = ("left", "middle", "right")
        down: tuple[Down, ...] = ("top", "middle", "bottom")
        return across[min(int(3 * x), 2)], down[min(int(3 * y), 2)]

    def area(self) -> float:
        """The share of the picture that it takes, in the median of its frames."""
        areas = sorted(math.prod(_sides(box)) for box in self.boxes)
        return areas[len(areas) // 2]

    def direction(self) -> Direction | None:
        """Where it goes from its first frames to its last ones; None: nowhere that could be told.

        The strongest counts. It gets closer or goes away if both sides say so: one alone grows when a thing
        comes into the picture.
        """
        some = math.ceil(len(self.boxes) / 3)
        first, last = _mean(self.boxes[:some]), _mean(self.boxes[-some:])
        (x, y), (new_x, new_y) = _middle(first), _middle(last)
        wide, high = (math.log(new / old) for new, old in zip(_sides(last), _sides(first), strict=True))
        size = (_size(first) + _size(last)) / 2
        ways: dict[Direction, float] = {
            "left": (x - new_x) / size / MOVED,
            "right": (new_x - x) / size / MOVED,
            "up": (y - new_y) / size / MOVED,
            "down": (new_y - y) / size / MOVED,
            "closer": min(wide, high) / GREW,
            "away": -max(wide, high) / GREW,
        }
        strongest = max(ways, key=lambda way: ways[way])
        return strongest if ways[strongest] >= 1 else None


def tracks_of(boxes: Tensor) -> list[Track]:
    """Boxes [T, M, 6] of `Detections` -> the tracks that are believed, the most confident first."""
    done: list[Track] = []
    going: list[Track] = []
    for frame, rows in enumerate(boxes.tolist()):
        seen = [
            Track(int(number), (score,), (frame,), ((left, top, right, bottom),))
            for number, score, left, top, right, bottom in rows
            if number >= 0 and score >= COCO[int(number)].sure - FAINT
        ]
        done += [track for track in going if frame - track.frames[-1] > GAP + 1]
        going = _joined([track for track in going if frame - track.frames[-1] <= GAP + 1], seen)
    return sorted((track for track in done + going if track.believed), key=lambda track: -track.score)


def together(tracks: Iterable[Track]) -> dict[int, int]:
    """Of each class, how many are seen at once: as many as a few frames agree on, where several show it.

    A thing also counts in a frame between two that show it.
    """
    seen: dict[int, dict[int, int]] = {}  # class number -> frame -> things
    for track in tracks:
        counts = seen.setdefault(track.number, {})
        for frame in range(track.frames[0], track.frames[-1] + 1):
            counts[frame] = counts.get(frame, 0) + 1
    most = {}
    for number, counts in seen.items():
        falling = sorted(counts.values(), reverse=True)
        most[number] = falling[min(math.ceil(RARE * len(falling)), len(falling) - 1)]
    return most


def _joined(going: list[Track], seen: list[Track]) -> list[Track]:
    """The tracks with what a new frame shows: the nearest pairs first, the rest as it is."""
    pairs = ((_cost(old, new), i, j) for i, old in enumerate(going) for j, new in enumerate(seen))
    longer: dict[int, Track] = {}
    taken: set[int] = set()
    for cost, i, j in sorted(pairs):
        if cost < FAR and i not in longer and j not in taken:
            old, new = going[i], seen[j]
            longer[i] = Track(
                old.number, old.scores + new.scores, old.frames + new.frames, old.boxes + new.boxes
            )
            taken.add(j)
    return [longer.get(i, old) for i, old in enumerate(going)] + [
        new for j, new in enumerate(seen) if j not in taken
    ]


def _cost(old: Track, new: Track) -> float:
    """How little one thing would look like that: the way, in sizes, and how much the size changes."""
    if old.number != new.number:
        return math.inf
    before, now = old.boxes[-1], new.boxes[0]
    sizes = _size(before), _size(now)
    way = math.dist(_middle(before), _middle(now)) / (sum(sizes) / 2)
    return way + abs(math.log(sizes[0] / sizes[1]))


def _middle(box: Box) -> tuple[float, float]:
    left, top, right, bottom = box
    return (left + right) / 2, (top + bottom) / 2


def _sides(box: Box) -> tuple[float, float]:
    left, top, right, bottom = box
    return max(right - left, 1e-3), max(bottom - top, 1e-3)


def _size(box: Box) -> float:
    return math.sqrt(math.prod(_sides(box)))


def _mean(boxes: tuple[Box, ...]) -> Box:
    left, top, right, bottom = (sum(edges) / len(boxes) for edges in zip(*boxes, strict=True))
    return left, top, right, bottom
