"""Who may come in: so many requests at a time and a minute, by key and in all. Others learn when to return.

A request that has been let in holds a place until all work for it has ended, also where its client has gone.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

from core.serve.errors import TooManyError
from core.serve.keys import Key

MINUTE = 60.0  # seconds
AGAIN = 2.0  # seconds after which a client may try again that has too many requests under way
FIRST_GUESS = 5.0  # seconds that a request takes, before any has been seen
NEWEST = 0.2  # the share of the newest request in the mean of what they take


class Place:
    """Of one request. `leave` may be called from any thread, and more than once."""

    def __init__(self, leave: Callable[[float], None]) -> None:
        self._leave: Callable[[float], None] | None = leave
        self._since = time.monotonic()
        self._lock = threading.Lock()

    def leave(self) -> None:
        with self._lock:
            leave, self._leave = self._leave, None
        if leave is not None:
            leave(time.monotonic() - self._since)


class Admission:
    """Thread-safe."""

    def __init__(self, at_once: int, queue: int) -> None:
        """at_once: requests that are worked on; queue: that may wait beside these."""
        self.at_once, self.most = at_once, at_once + queue
        self._inside: Counter[str] = Counter()  # by the key's name
        self._tokens: dict[str, tuple[float, float]] = {}  # requests left, and since when
        self._mean = FIRST_GUESS
        self._lock = threading.Lock()

    @property
    def inside(self) -> int:
        return self._inside.total()

    @property
    def waiting(self) -> int:
        return max(0, self.inside - self.at_once)

    def enter(self, key: Key) -> Place:
        """For a request that makes work. Raises TooManyError."""
        with self._lock:
            if self.inside >= self.most:
                raise TooManyError(
                    f"{self.waiting} requests are waiting, which is as many as may.",
                    self._mean * self.waiting / self.at_once,
                    "queue_full",
                )
            if self._inside[key.name] >= key.at_once:
                raise TooManyError(f"This key may have {key.at_once} requests at the same time.", AGAIN)
            self._inside[key.name] += 1
        return Place(lambda seconds: self._left(key, seconds))

    def count(self, key: Key) -> None:
        """One more request of a key: they come back evenly, and at most a minute's worth is saved up.

        Raises TooManyError.
        """
        now = time.monotonic()
        with self._lock:
            left, since = self._tokens.get(key.name, (float(key.per_minute), now))
            left = min(key.per_minute, left + (now - since) * key.per_minute / MINUTE)
            if left < 1:
                wait = (1 - left) * MINUTE / key.per_minute
                raise TooManyError(f"This key may send {key.per_minute} requests a minute.", wait)
            self._tokens[key.name] = (left - 1, now)

    def _left(self, key: Key, seconds: float) -> None:
        with self._lock:
            self._inside[key.name] -= 1
            self._inside += Counter()  # drops those at zero
            self._mean += NEWEST * (seconds - self._mean)
