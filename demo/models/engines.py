"""The page's models as the API asks for them: loaded when they are wanted, in turn with its visitors."""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager

import core
from demo.models.pool import Models

LOOKED = 0.1  # seconds between two looks whether anybody still waits


class PageEngines(core.Engines):
    def __init__(self, models: Models) -> None:
        self.names = tuple(host.key for host in models.hosts)
        self._models = models

    @contextmanager
    def use(self, name: str) -> Iterator["core.VideoChat"]:
        host = self._models.by_key(name)
        with self._models.use(host):
            yield host.chat

    def in_turn(self, pieces: Iterator[str], stop: threading.Event) -> Generator[str, None, None]:
        turn = self._models.turn
        with turn.asking():
            while not turn.acquire(timeout=LOOKED):
                if stop.is_set():
                    return
            try:
                if not stop.is_set():
                    yield from pieces
            finally:
                turn.release()
