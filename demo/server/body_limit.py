"""How large a request may be, checked before anything of it is parsed or kept."""

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OTHERS = 8 * 10**6  # bytes of a request that uploads no file: a long conversation that a browser brings back


class _TooLargeError(Exception):
    """More has arrived than is taken."""


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
        declared = Headers(scope=scope).get("content-length", "0")
        answered = False
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > limit:
                raise _TooLargeError
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            if arrived > limit and "status" in message:  # of a route that made another error of it
                message["status"] = 413
            await send(message)

        try:
            if declared.isdecimal() and int(declared) > limit:
                raise _TooLargeError
            await self.app(scope, counted, noted)
        except _TooLargeError:
            if not answered:
                refusal = JSONResponse({"detail": f"at most {limit} bytes"}, 413)
                await refusal(scope, receive, send)
