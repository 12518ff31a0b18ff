"""The models that the API answers with, and whose turn it is to write.

The page has a pool of models of its own; it gives the API what `Engines` asks for.
"""

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core.engine.video_chat import VideoChat


class Engines(ABC):
    """Models by the names under which clients know them, the default first."""

    names: tuple[str, ...]

    @abstractmethod
    def use(self, name: str) -> AbstractContextManager["VideoChat"]:
        """Within, the model is in memory; waits until it is. Raises ModelError."""

    @abstractmethod
    def in_turn(self, pieces: Iterator[str], stop: threading.Event) -> Generator[str, None, None]:
        """The pieces of an answer, each made when it is its turn; ends early once `stop` is set."""


class LoadedEngines(Engines):
    """Models that stay in memory. Their answers take turns, piece by piece.

    Two at once would not be faster on the same processor. So who asks for little does not wait for who asks
    for much, and all together are as fast as one.
    """

    def __init__(self, chats: Mapping[str, "VideoChat"]) -> None:
        self.names = tuple(chats)
        self._chats = dict(chats)
        self._turns = Turns()

    def use(self, name: str) -> AbstractContextManager["VideoChat"]:
        return nullcontext(self._chats[name])

    def in_turn(self, pieces: Iterator[str], stop: threading.Event) -> Generator[str, None, None]:
        while True:
            with self._turns.turn():
                piece = None if stop.is_set() else next(pieces, None)
            if piece is None:
                return
            yield piece


class Turns:
    """A lock that goes to whoever has waited longest. Thread-safe."""

    def __init__(self) -> None:
        self._waiting: deque[object] = deque()
        self._changed = threading.Condition()

    @contextmanager
    def turn(self) -> Iterator[None]:
        mine = object()
        with self._changed:
            self._waiting.append(mine)
            self._changed.wait_for(lambda: self._waiting[0] is mine)
        try:
            yield
        finally:
            with self._changed:
                self._waiting.popleft()
                self._changed.notify_all()
