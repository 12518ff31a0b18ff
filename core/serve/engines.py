"""The models that the API answers with, and whose turn it is to write.

The page has a pool of models of its own; it gives the API what `Engines` asks for.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
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
    """Models that stay in memory, and share out turns themselves."""

    def __init__(self, chats: Mapping[str, "VideoChat"]) -> None:
        self.names = tuple(chats)
        self._chats = dict(chats)

    def use(self, name: str) -> AbstractContextManager["VideoChat"]:
        return nullcontext(self._chats[name])

    def in_turn(self, pieces: Iterator[str], stop: threading.Event) -> Generator[str, None, None]:
        yield from pieces
