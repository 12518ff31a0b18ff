"""Who does the work of requests: threads of this process, or replicas of the engine on other machines."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from core.addresses import Addresses
from core.dialogue.conversation import Cue
from core.senses.sense import SenseOptions
from core.serve.answers.answering import Answers, Written
from core.serve.answers.messages import Asked
from core.serve.clips.files import FileStore
from core.serve.clips.sources import Sources
from core.serve.engines import Engines
from core.serve.jobs import Job, ThreadJob
from core.serve.metrics import Metrics
from core.serve.settings import ApiLimits

Piece = str | Written
Heard = tuple[Cue, ...]


class Workers(ABC):
    """names: the models that they have, the default first."""

    names: tuple[str, ...]

    @abstractmethod
    def write(self, model: str, asked: Asked, owner: str, when_over: Callable[[], None]) -> Job[Piece]:
        """An answer: pieces of text, then what there is to say of all of it. Raises as it is taken."""

    @abstractmethod
    def hear(self, path: Path, options: SenseOptions, when_over: Callable[[], None]) -> Job[Heard]:
        """What is said in a file, as one item."""

    @abstractmethod
    def close(self) -> None:
        """What has not begun never will."""


class LocalWorkers(Workers):
    """Threads, as many as requests are worked on side by side."""

    def __init__(self, engines: Engines, files: FileStore, limits: ApiLimits, metrics: Metrics) -> None:
        self.names = engines.names
        addresses = Addresses(limits.url_hosts, limits.upload, limits.url_seconds)
        self._answers = Answers(engines, Sources(files, addresses), limits, metrics)
        self._executor = ThreadPoolExecutor(limits.at_once, "answer")

    def write(self, model: str, asked: Asked, owner: str, when_over: Callable[[], None]) -> Job[Piece]:
        return ThreadJob(
            self._executor, lambda stop: self._answers.write(model, asked, owner, stop), when_over
        )

    def hear(self, path: Path, options: SenseOptions, when_over: Callable[[], None]) -> Job[Heard]:
        return ThreadJob(self._executor, lambda stop: self._answers.hear(path, options, stop), when_over)

    def close(self) -> None:
        self._executor.shutdown(wait=False, cancel_futures=True)
