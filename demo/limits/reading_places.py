"""Places to read clips: a few for all, and never all of them for one visitor.

Of those who wait, who has had a place for the least time of the last minutes is next; of one visitor, the
first clip to come. So six clips of one that take long make nobody else wait for more than one of them.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

RECENT = 120.0  # seconds for which it counts who has had a place
MOST_WAITING = 24  # clips of one visitor, behind whose address there may be an office
MOST_VISITORS = 10_000  # that are remembered
CHECKED = 0.5  # seconds between two looks whether a clip is still wanted


@dataclass(eq=False)
class _Waiting:
    visitor: str


class ReadingPlaces:
    """Thread-safe."""

    def __init__(self, count: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._free, self._clock = count, clock
        self._each = max(1, count - 1)  # places that one visitor may have at the same time
        self._has: dict[str, int] = {}
        self._waiting: list[_Waiting] = []  # in the order in which they came
        self._spent: OrderedDict[str, deque[tuple[float, float]]] = OrderedDict()  # when it ended, how long
        self._changed = threading.Condition()

    def full(self, visitor: str) -> bool:
        """Whether one more clip of this visitor would be too many."""
        with self._changed:
            return sum(each.visitor == visitor for each in self._waiting) >= MOST_WAITING

    @contextmanager
    def place(self, visitor: str, wanted: Callable[[], bool]) -> Iterator[bool]:
        """Wait for a place, and have it within. False: it is not wanted any more."""
        mine = _Waiting(visitor)
        with self._changed:
            self._waiting.append(mine)
            while (still := wanted()) and self._next() is not mine:
                self._changed.wait(CHECKED)
            self._waiting.remove(mine)
            if still:
                self._free -= 1
                self._has[visitor] = self._has.get(visitor, 0) + 1
            self._changed.notify_all()
        begun = self._clock()
        try:
            yield still
        finally:
            if still:
                self._give_back(visitor, self._clock() - begun)

    def _next(self) -> _Waiting | None:
        may = [each for each in self._waiting if self._has.get(each.visitor, 0) < self._each]
        return min(may, key=lambda each: self._recent(each.visitor), default=None) if self._free else None

    def _recent(self, visitor: str) -> float:
        """Seconds of the last minutes for which it has had a place."""
        limit = self._clock() - RECENT
        return sum(length for end, length in self._spent.get(visitor, ()) if end > limit)

    def _give_back(self, visitor: str, seconds: float) -> None:
        with self._changed:
            self._free += 1
            self._has[visitor] -= 1
            if not self._has[visitor]:
                del self._has[visitor]
            spent = self._spent.setdefault(visitor, deque(maxlen=100))
            spent.append((self._clock(), seconds))
            self._spent.move_to_end(visitor)
            if len(self._spent) > MOST_VISITORS:
                self._spent.popitem(last=False)
            self._changed.notify_all()
