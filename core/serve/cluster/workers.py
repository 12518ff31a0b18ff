"""The engine's replicas as the ingress sees them. A replica that dies takes no answer with it.

Another one writes the answer again, from the conversation that the client has sent, and goes on where the
first has ended: with the same seed the words are the same. Where they are not, the client is told.
"""

import hashlib
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from ray.exceptions import NodeDiedError, ObjectLostError, RayActorError
from ray.serve.exceptions import DeploymentUnavailableError, ReplicaUnavailableError
from ray.serve.handle import DeploymentHandle, DeploymentResponseGenerator

from core.senses.sense import SenseOptions
from core.serve.answers.answering import Written
from core.serve.answers.messages import Asked
from core.serve.answers.workers import Heard, Piece, Workers
from core.serve.clips.sources import Source
from core.serve.errors import ApiError
from core.serve.jobs import Item, Job
from core.serve.metrics import AnswerTimes, Metrics

LOST = (RayActorError, NodeDiedError, ObjectLostError, ReplicaUnavailableError)
ATTEMPTS = 3  # replicas that are asked for one answer
SEEDS = 2**31
_log = logging.getLogger(__name__)


class RemoteWorkers(Workers):
    def __init__(self, names: tuple[str, ...], engine: DeploymentHandle, metrics: Metrics) -> None:
        """engine: of `Replica`."""
        self.names = names
        self._engine, self._metrics = engine.options(stream=True), metrics

    def write(self, model: str, asked: Asked, owner: str, when_over: Callable[[], None]) -> Job[Piece]:
        if asked.settings.seed is None:  # so that another replica would write the same
            asked = replace(asked, settings=replace(asked.settings, seed=secrets.randbelow(SEEDS)))
        engine = self._engine.options(session_id=clip_of(asked.sources[0]))
        times = self._metrics.answer_begins(model)
        return RemoteJob(lambda: engine.write.remote(model, asked, owner), when_over, times)

    def hear(self, path: Path, options: SenseOptions, when_over: Callable[[], None]) -> Job[Heard]:
        return RemoteJob(lambda: self._engine.hear.remote(path, options), when_over)

    def close(self) -> None:
        """Ray ends its replicas itself."""


class RemoteJob(Job[Item]):
    """The items of a replica's stream, of another's where that one is lost."""

    def __init__(
        self,
        ask: Callable[[], DeploymentResponseGenerator[Any]],
        when_over: Callable[[], None],
        times: AnswerTimes | None = None,
    ) -> None:
        self._ask, self._when_over, self._times = ask, when_over, times
        self._response: DeploymentResponseGenerator[Any] | None = None
        self._items = self._taken()

    async def __anext__(self) -> Item:
        return await anext(self._items)

    def cancel(self) -> None:
        if self._response is not None:
            self._response.cancel()
        self._when_over()

    async def _taken(self) -> AsyncIterator[Any]:
        sent = ""
        try:
            for _ in range(ATTEMPTS):
                try:
                    async for item in self._of_one_replica(sent):
                        sent += item if isinstance(item, str) else ""
                        yield item
                    return
                except LOST as error:
                    _log.warning("a replica is lost, another is asked: %s", error)
            raise _lost()
        except DeploymentUnavailableError as error:
            raise ApiError("The model could not be loaded.", 503, "unavailable") from error
        finally:
            self._when_over()

    async def _of_one_replica(self, sent: str) -> AsyncIterator[Any]:
        """Its items, of the text what is not sent yet."""
        text = ""
        self._response = self._ask()
        async for item in self._response:
            if isinstance(item, ApiError):
                raise item
            if isinstance(item, str):
                text += item
                if not sent.startswith(text[: len(sent)]):
                    raise _lost()
                if item := text[max(len(sent), len(text) - len(item)) :]:
                    if self._times:
                        self._times.piece()
                    yield item
                continue
            if len(text) < len(sent):
                raise _lost()
            if self._times and isinstance(item, Written):
                self._times.over(item.turn)
            yield item


def clip_of(source: Source) -> str:
    """The same for all requests about a clip."""
    named = source.file_id or source.url
    return named or hashlib.sha256((source.data or "").encode()).hexdigest()


def _lost() -> ApiError:
    """The client has the conversation, so it can ask again."""
    return ApiError("The machine that wrote this answer was lost. Ask again.", 503, "replica_lost")
