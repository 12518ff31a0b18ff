"""GET /health, for whoever watches over the server: is it up, and can it answer?

200 once the first model is there, 503 before and if it could not be loaded. Open without a password, and
says nothing of any visitor. On the loop itself: it waits for no thread that others keep busy.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from demo.models.host import ModelHost
from demo.models.pool import Models


def health_route(models: Models) -> Route:
    async def health(_: Request) -> JSONResponse:
        state = state_of(models.first)
        report = {"status": state, "models": {host.key: state_of(host) for host in models.hosts}}
        return JSONResponse(report, 200 if state == "ready" else 503)

    return Route("/health", health)


def state_of(host: ModelHost) -> str:
    if host.loading:
        return "loading"
    if host.error is not None:
        return "failed"
    return "ready" if host.loaded else "idle"
