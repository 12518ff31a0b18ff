"""Places in the queue: one visitor cannot take them all, or everybody else would be turned away.

An account may hold a quarter of them, an address half: behind one there may be a whole office.
"""

import re
from collections.abc import Iterator
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.limits.visitor import USER
from demo.page.i18n import pick_language, t
from demo.server.guard.routes import API

JOIN = re.compile(f"{API}/queue/join/?")


class Places:
    def __init__(self, app: ASGIApp, queue: int) -> None:
        """queue: all the places that there are."""
        self.app = app
        self._of_account, self._of_address = max(2, queue // 4), max(4, queue // 2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and JOIN.fullmatch(scope["path"]) and self._has_enough(scope):
            text = t("server.enough_places", pick_language(Headers(scope=scope).get("accept-language")))
            await JSONResponse({"detail": text}, 429)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _has_enough(self, scope: Scope) -> bool:
        waiting = [event.request.scope for event in _waiting(scope["app"])]
        address = sum(_address(each) == _address(scope) for each in waiting)
        account = sum(each.get(USER) == scope.get(USER) for each in waiting) if scope.get(USER) else 0
        return address >= self._of_address or account >= self._of_account


def _address(scope: Scope) -> str:
    return (scope.get("client") or ("", 0))[0]


def _waiting(app: Any) -> Iterator[Any]:
    """The events of gradio's queue that nobody has begun with."""
    for each in app.get_blocks()._queue.event_queue_per_concurrency_id.values():
        yield from each.queue
