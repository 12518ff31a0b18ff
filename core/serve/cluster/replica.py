"""One replica of the engine: a model in memory that writes answers, in a process of its own."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TypeVar

from core.image_llm.load_options import LoadOptions
from core.senses.sense import SenseOptions
from core.serve.answers.messages import Asked
from core.serve.answers.workers import Heard, LocalWorkers, Piece
from core.serve.clips.files import FileStore
from core.serve.engines import LoadedEngines
from core.serve.errors import ApiError, as_api_error
from core.serve.jobs import Job
from core.serve.metrics import Metrics
from core.serve.settings import ApiLimits

Item = TypeVar("Item")


class Replica:
    """What fails comes as the last item: of exceptions, Ray would lose the kind on the way."""

    def __init__(
        self,
        model: str,
        name: str,
        adapter: Path | None,
        options: LoadOptions,
        store: Path,
        limits: ApiLimits,
    ) -> None:
        """store: the folder that all replicas share. Raises ModelError."""
        from core.engine.video_chat import VideoChat

        chat = VideoChat.load(model, adapter, store, options=options)
        files = FileStore(store / "files", limits.kept, limits.kept_bytes)
        unread = Metrics(lambda: 0, lambda: 0)  # Ray tells of its replicas itself
        self._workers = LocalWorkers(LoadedEngines({name: chat}), files, limits, unread)

    async def write(self, model: str, asked: Asked, owner: str) -> AsyncIterator[Piece | ApiError]:
        async for item in _told(self._workers.write(model, asked, owner, _nothing)):
            yield item

    async def hear(self, path: Path, options: SenseOptions) -> AsyncIterator[Heard | ApiError]:
        async for item in _told(self._workers.hear(path, options, _nothing)):
            yield item


async def _told(job: Job[Item]) -> AsyncIterator[Item | ApiError]:
    """Ray closes this where nobody wants it any more."""
    try:
        async for item in job:
            yield item
    except Exception as error:
        yield as_api_error(error)
        if as_api_error(error).status == 500:
            raise
    finally:
        job.cancel()


def _nothing() -> None:
    """The place of a request is at the ingress."""
