"""How often a password may be guessed: a few wrong ones are free, then each next try waits twice as long.

Counted for the address that asks, and for the name that is asked for: who guesses from many addresses waits,
too, but never long, or else anybody could lock somebody out.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from demo.limits.visitor import household

FORGET = 3600.0  # seconds without a wrong password after which all is forgotten
MOST = 10_000  # addresses, and names, that are remembered


@dataclass
class _Misses:
    """Wrong passwords of one key."""

    count: int = 0
    last: float = 0.0
    until: float = 0.0  # when the next try may come


@dataclass
class _Book:
    """Wrong passwords by key."""

    free: int
    first: float  # seconds of the first wait
    longest: float
    misses: OrderedDict[str, _Misses] = field(default_factory=OrderedDict)

    def until(self, key: str) -> float:
        return self.misses[key].until if key in self.misses else 0.0

    def miss(self, key: str, now: float) -> None:
        misses = self.misses.setdefault(key, _Misses())
        self.misses.move_to_end(key)
        if now - misses.last > FORGET:
            misses.count = 0
        misses.count += 1
        misses.last = now
        if misses.count >= self.free:
            misses.until = now + min(self.longest, self.first * 2.0 ** min(misses.count - self.free, 20))
        if len(self.misses) > MOST:
            self.misses.popitem(last=False)


class Throttle:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._addresses = _Book(free=5, first=15.0, longest=900.0)
        self._names = _Book(free=20, first=5.0, longest=60.0)

    def wait(self, address: str, name: str) -> float:
        """Seconds until a password may be tried; 0: now."""
        until = max(self._addresses.until(household(address)), self._names.until(name))
        return max(0.0, until - self._clock())

    def missed(self, address: str, name: str) -> None:
        """A password was wrong."""
        now = self._clock()
        self._addresses.miss(household(address), now)
        self._names.miss(name, now)

    def hit(self, name: str) -> None:
        """It was right. What the address has missed stays: whoever has one account could guess at others."""
        self._names.misses.pop(name, None)
