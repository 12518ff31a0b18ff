"""Everything that the routes share, made once for a server."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request

from core.addresses import Addresses
from core.serve.admission import Admission, Place
from core.serve.answers.answering import Answers
from core.serve.clips.files import FileStore
from core.serve.clips.sources import Sources
from core.serve.engines import Engines
from core.serve.jobs import Job, Work
from core.serve.keys import Key
from core.serve.metrics import Metrics
from core.serve.settings import ApiLimits

KEY = "reeltalk.key"  # in the scope of a request, who has sent it
REQUEST_ID = "reeltalk.request_id"


@dataclass
class Api:
    """files: the folder of what clients upload."""

    engines: Engines
    folder: Path
    limits: ApiLimits = field(default_factory=ApiLimits)

    def __post_init__(self) -> None:
        limits = self.limits
        self.admission = Admission(limits.at_once, limits.queue)
        self.metrics = Metrics(lambda: self.admission.inside, lambda: self.admission.waiting)
        self.files = FileStore(self.folder, limits.kept, limits.kept_bytes)
        addresses = Addresses(limits.url_hosts, limits.upload, limits.url_seconds)
        self.sources = Sources(self.files, addresses)
        self.answers = Answers(self.engines, self.sources, limits, self.metrics)
        self._executor = ThreadPoolExecutor(limits.at_once, "answer")

    def job(self, place: Place, work: Work) -> Job:
        """Work that begins when there is room; the place is left when it has ended."""
        return Job(self._executor, work, place.leave)

    def close(self) -> None:
        """What has not begun never will."""
        self._executor.shutdown(wait=False, cancel_futures=True)


def api_of(request: Request) -> Api:
    return request.app.state.api


def key_of(request: Request) -> Key:
    return request.scope[KEY]
