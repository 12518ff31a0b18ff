"""Everything that the routes share, made once for a server."""

from dataclasses import dataclass

from starlette.requests import Request

from core.serve.admission import Admission
from core.serve.answers.workers import Workers
from core.serve.clips.files import FileStore
from core.serve.keys import Key
from core.serve.metrics import Metrics
from core.serve.settings import ApiLimits

KEY = "reeltalk.key"  # in the scope of a request, who has sent it
REQUEST_ID = "reeltalk.request_id"


@dataclass(frozen=True)
class Api:
    """files: what clients have uploaded."""

    workers: Workers
    files: FileStore
    admission: Admission
    metrics: Metrics
    limits: ApiLimits

    def close(self) -> None:
        self.workers.close()


def api_of(request: Request) -> Api:
    return request.app.state.api


def key_of(request: Request) -> Key:
    return request.scope[KEY]
