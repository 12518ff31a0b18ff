"""Waiting for something for as long as the client is there."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from starlette.requests import Request

LOOKED = 0.25  # seconds between two looks
Result = TypeVar("Result")


class GoneError(Exception):
    """Nobody waits for the answer any more."""


async def unless_gone(request: Request, result: Awaitable[Result], cancel: Callable[[], None]) -> Result:
    """The result. Where the client goes first: calls `cancel`, raises GoneError."""
    waiting = asyncio.ensure_future(result)
    try:
        while not (await asyncio.wait([waiting], timeout=LOOKED))[0]:
            if await request.is_disconnected():
                raise GoneError
        return waiting.result()
    except BaseException:
        cancel()
        waiting.cancel()
        raise
