"""How often a visitor may do what is no question and costs something: rate, bring a file of text."""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

MOST_VISITORS = 10_000  # that are remembered


class Rate:
    """So many times in so many seconds, for each visitor. Thread-safe."""

    def __init__(self, most: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._clock = most, seconds, clock
        self._times: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def allows(self, visitor: str) -> bool:
        """Whether it may be now, once more; then it counts."""
        with self._lock:
            now = self._clock()
            times = self._times.setdefault(visitor, deque())
            self._times.move_to_end(visitor)
            while times and now - times[0] > self._seconds:
                times.popleft()
            if len(self._times) > MOST_VISITORS:
                self._times.popitem(last=False)
            if len(times) >= self._most:
                return False
            times.append(now)
            return True
