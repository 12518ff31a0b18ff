"""How large the body of a request may be, and how slowly it may come: counted as it arrives.

What a request says of its length may be wrong, and a few that never end would keep the room for theirs.
"""

import asyncio
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PATIENCE, SLOWEST = 60.0, 10_000.0  # seconds for any body, and bytes a second beyond them


class BodyRefusedError(Exception):
    """Nothing has been answered yet. status: 413 for too large, 408 for too slow."""

    def __init__(self, status: int) -> None:
        self.status = status


async def within_limit(app: ASGIApp, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    """Let `app` answer a request of at most so many bytes. Raises BodyRefusedError."""
    declared = Headers(scope=scope).get("content-length", "0")
    if declared.isdecimal() and int(declared) > limit:
        raise BodyRefusedError(413)
    begun, arrived, complete, answered = time.monotonic(), 0, False, False
    refusal: BodyRefusedError | None = None

    async def counted() -> Message:
        nonlocal arrived, complete, refusal
        if complete:  # what follows is that the visitor leaves
            return await receive()
        left = PATIENCE + arrived / SLOWEST - (time.monotonic() - begun)
        try:
            message = await asyncio.wait_for(receive(), max(1.0, left))  # a busy server is slow itself
        except TimeoutError:
            refusal = BodyRefusedError(408)
            raise refusal from None
        arrived += len(message.get("body", b""))
        complete = not message.get("more_body", False)
        if arrived > limit:
            refusal = BodyRefusedError(413)
            raise refusal
        return message

    async def noted(message: Message) -> None:
        nonlocal answered
        if answered or refusal is None:  # else the app has made another error of it
            answered = True
            await send(message)

    try:
        await app(scope, counted, noted)
    except BodyRefusedError:
        if not answered:
            raise
    if refusal is not None and not answered:
        raise refusal
