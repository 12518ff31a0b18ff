"""Work of one request, whose items the event loop takes as they come.

The engine is threads and generators, the server is an event loop; `ThreadJob` is where they meet.
"""

import asyncio
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import suppress
from typing import Generic, TypeVar

Item = TypeVar("Item")
Work = Callable[[threading.Event], Iterator[Item]]  # is told when nobody wants more; sees it soon


class Job(ABC, Generic[Item]):
    """`async for item in job` gives its items, and raises what the work raises."""

    def __aiter__(self) -> "Job[Item]":
        return self

    @abstractmethod
    async def __anext__(self) -> Item: ...

    @abstractmethod
    def cancel(self) -> None:
        """Nobody wants it any more; returns at once, the work ends soon."""


class ThreadJob(Job[Item]):
    """A generator in a thread."""

    def __init__(self, executor: Executor, work: Work[Item], when_over: Callable[[], None]) -> None:
        """when_over: called, perhaps twice, when all has ended or never began, before that is told."""
        self._stop = threading.Event()
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[tuple[Item | None, BaseException | None]] = asyncio.Queue()
        self._when_over = when_over
        self._future = executor.submit(self._run, work)
        self._future.add_done_callback(lambda _: when_over())  # of what never began

    def cancel(self) -> None:
        self._stop.set()
        self._future.cancel()

    async def __anext__(self) -> Item:
        item, error = await self._items.get()
        if error is not None:
            raise error
        assert item is not None, "only an error comes without an item"
        return item

    def _run(self, work: Work[Item]) -> None:
        end: BaseException = StopAsyncIteration()
        try:
            for item in work(self._stop):
                self._put(item, None)
        except Exception as error:  # it is raised again where the items are taken
            end = error
        self._when_over()
        self._put(None, end)

    def _put(self, item: Item | None, error: BaseException | None) -> None:
        with suppress(RuntimeError):  # the loop has ended, and so has whoever waited
            self._loop.call_soon_threadsafe(self._items.put_nowait, (item, error))
