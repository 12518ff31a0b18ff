"""How large a request may be, checked before anything of it is parsed or kept."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from core import BodyRefusedError, within_limit

OTHERS = 8 * 10**6  # bytes of a request that uploads no file: a long conversation that a browser brings back


class BodyLimit:
    """Answers 413 to a body beyond its route's limit, whether or not it says so in its header."""

    def __init__(self, app: ASGIApp, uploads: int, others: int = OTHERS) -> None:
        """uploads: bytes of a request to the route of uploads; others: of any other."""
        self.app, self.uploads, self.others = app, uploads, others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.uploads if scope["path"].endswith("/upload") else self.others
        try:
            await within_limit(self.app, scope, receive, send, limit)
        except BodyRefusedError as error:
            detail = "too slow" if error.status == 408 else f"at most {limit} bytes"
            await JSONResponse({"detail": detail}, error.status)(scope, receive, send)
