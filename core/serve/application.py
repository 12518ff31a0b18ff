"""The API as a FastAPI application, alone or beside a page."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from core import __version__
from core.errors import ReelTalkError
from core.serve.admission import Admission
from core.serve.answers.workers import LocalWorkers, Workers
from core.serve.api import Api
from core.serve.clips.files import FileStore
from core.serve.engines import Engines
from core.serve.errors import ApiError, as_api_error
from core.serve.front import Front
from core.serve.keys import KeyFile
from core.serve.metrics import Metrics
from core.serve.routes import chat, files, models, operators, transcriptions
from core.serve.routes.waiting import GoneError
from core.serve.settings import ApiLimits

GONE = 499  # as nginx has it; nobody reads it but the log


def build_api(
    engines: Engines, folder: Path, keys: KeyFile | None, limits: ApiLimits = ApiLimits()
) -> FastAPI:
    """The API with models of this process.

    folder: of uploaded files. keys: None where only programs of this machine may ask, without a key.

    The state of the application has `api`; where no server runs its lifespan, close that at the end.
    """
    return build_api_for(
        lambda kept, metrics: LocalWorkers(engines, kept, limits, metrics), folder, keys, limits
    )


def build_api_for(
    workers: Callable[[FileStore, Metrics], Workers], folder: Path, keys: KeyFile | None, limits: ApiLimits
) -> FastAPI:
    """The API with any workers; they learn where uploads lie, and whom to tell how long things take."""
    admission = Admission(limits.at_once, limits.queue)
    metrics = Metrics(lambda: admission.inside, lambda: admission.waiting)
    kept = FileStore(folder, limits.kept, limits.kept_bytes)
    api = Api(workers(kept, metrics), kept, admission, metrics, limits)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        api.close()

    app = FastAPI(
        title="ReelTalk",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    app.state.api = api
    for part in (chat, files, models, transcriptions, operators):
        app.include_router(part.router)
    for kind in (ApiError, ReelTalkError):
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(GoneError, _gone)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _no_route)
    app.add_middleware(Front, api=api, keys=keys)
    return app


async def _told(_: Request, error: Exception) -> Response:
    return as_api_error(error).response()


async def _gone(_: Request, error: Exception) -> Response:
    return Response(status_code=GONE)


async def _not_valid(_: Request, error: Exception) -> Response:
    """The first thing that is wrong, without what was sent."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(each for each in first["loc"][1:] if isinstance(each, str))
    message = first["msg"].removeprefix("Value error, ")
    return ApiError(f"{place or 'body'}: {message}", 400, "invalid_request", place or None).response()


async def _no_route(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return ApiError(f"{error.detail}.", error.status_code, "no_such_route", headers=error.headers).response()
