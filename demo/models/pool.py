"""All models that visitors may choose from, and which of them are in memory.

* The first is loaded at the start and stays. Of the others at most `keep` are kept while nobody uses
  them, the least recently used goes first; it is loaded again when a visitor needs it.
* One is loaded at a time, and only when there is room: beside the first and the one that is being loaded,
  never more than `keep` are in memory.
* Nobody who uses a loaded model waits for another one to be loaded, so every wait for room ends.
* Some answers are written at the same time, whichever models write them; those of one model share its passes.
  What can wait (reading_ahead.py) goes only while nobody asks, and neither loads a model nor keeps one.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, count
from pathlib import Path

from demo.models.host import Load, ModelHost
from demo.models.turn import Turn


class Models:
    """The models of this server, the default first. Thread-safe."""

    def __init__(self, names: Sequence[str], load: Load, keep: int = 1, at_once: int = 1) -> None:
        """keep: models that stay beside the first; at_once: answers that are written at the same time."""
        self.hosts = tuple(ModelHost(name, key, load) for name, key in zip(names, _keys(names), strict=True))
        self.keep = keep
        self.turn = Turn(at_once)
        self._users = dict.fromkeys(self.hosts, 0)
        self._used_at = dict.fromkeys(self.hosts, 0.0)
        self._changed = threading.Condition()  # guards the two above, and which models are in memory
        self._one_load = threading.Lock()

    @property
    def first(self) -> ModelHost:
        return self.hosts[0]

    def by_key(self, key: str) -> ModelHost:
        return next(host for host in self.hosts if host.key == key)

    def start(self) -> None:
        """Begin to load the first model, unless a visitor had it begun; returns at once."""
        with self._changed:
            if not (self.first.loaded or self.first.loading):
                self._begin(self.first, None)

    @contextmanager
    def use(self, host: ModelHost, instead_of: ModelHost | None = None) -> Iterator[None]:
        """Within, the model is in memory or on its way there: `host.chat` waits for it.

        instead_of: a model that shall not be dropped to make room for this one.
        """
        with self._changed:
            self._users[host] += 1
            if not (host.loaded or host.loading):
                self._begin(host, instead_of)
        try:
            yield
        finally:
            with self._changed:
                self._users[host] -= 1
                self._settle(host)

    @contextmanager
    def spare(self, host: ModelHost) -> Iterator[bool]:
        """For what can wait: within, the model stays in memory if it is there for that, but is not loaded."""
        with self._changed:
            there = host.loaded and not self.room_wanted(host)
            self._users[host] += there
        try:
            yield there
        finally:
            with self._changed:
                self._users[host] -= there
                self._drop_unused(self.keep)
                self._changed.notify_all()

    def room_wanted(self, host: ModelHost) -> bool:
        """Whether another model is being loaded that may need this one's room."""
        return host is not self.first and any(each.loading for each in self.hosts)

    def forget(self, conversation_id: str) -> None:
        """Free what is kept for a conversation that is over; only one model knew of it."""
        for host in self.hosts:
            host.forget(conversation_id)

    def _begin(self, host: ModelHost, instead_of: ModelHost | None) -> None:
        host.begin()
        threading.Thread(target=self._load, args=(host, instead_of), name="load-model", daemon=True).start()

    def _load(self, host: ModelHost, instead_of: ModelHost | None) -> None:
        with self._one_load:
            with self._changed:
                self._changed.wait_for(lambda: host is self.first or self._has_room(instead_of))
            host.load()
        with self._changed:
            self._settle(host)

    def _has_room(self, spared: ModelHost | None) -> bool:
        """Whether one more model may come into memory, after dropping what may be dropped for it."""
        self._drop_unused(self.keep - 1, spared)
        return len(self._others()) <= self.keep

    def _settle(self, host: ModelHost) -> None:
        self._used_at[host] = time.monotonic()
        self._drop_unused(self.keep)
        self._changed.notify_all()

    def _drop_unused(self, most: int, spared: ModelHost | None = None) -> None:
        """Drop models that nobody uses until `most` are left beside the first, if so many can go."""
        unused = [host for host in self._others() if self._users[host] == 0 and host is not spared]
        surplus = len(self._others()) - most
        for host in sorted(unused, key=self._used_at.__getitem__)[: max(0, surplus)]:
            host.drop()

    def _others(self) -> list[ModelHost]:
        return [host for host in self.hosts[1:] if host.loaded]


def _keys(names: Sequence[str]) -> list[str]:
    """One key for each name, all different: of a folder only its last part, the rest concerns no visitor."""
    keys: list[str] = []
    for name in names:
        short = Path(name).resolve().name if Path(name).is_dir() else name
        numbered = (f"{short} ({number})" for number in count(2))
        keys.append(next(key for key in chain([short], numbered) if key not in keys))
    return keys
