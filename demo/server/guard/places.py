"""Places in the queue: one visitor cannot take them all, or everybody else would be turned away.

An account may hold a quarter of them, an address half: behind one there may be a whole office. Whoever asks
on and on and never listens to what comes of it is told to wait, too.
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
from demo.server.guard.wellformed import TAB

MOST_UNREAD = 400  # messages to a tab that nobody has fetched; gradio keeps them all
JOIN = re.compile(f"{API}/queue/join/?")


class Places:
    def __init__(self, app: ASGIApp, queue: int) -> None:
        """queue: all the places that there are."""
        self.app, self._all = app, queue
        self._of_account, self._of_address = max(2, queue // 4), max(4, queue // 2)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        joins = scope["type"] == "http" and JOIN.fullmatch(scope["path"])
        if joins and (refusal := self._refusal(scope)):
            text = t(refusal, pick_language(Headers(scope=scope).get("accept-language")))
            await JSONResponse({"detail": text}, 429)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> str | None:
        """Gradio, too, refuses whom a full queue has no place for, but in English (503)."""
        queue = scope["app"].get_blocks()._queue
        unread = queue.pending_messages_per_session.get(scope.get(TAB))
        if unread is not None and unread.qsize() > MOST_UNREAD:
            return "server.enough_places"
        waiting = [event.request.scope for event in _waiting(queue)]
        address = sum(_address(each) == _address(scope) for each in waiting)
        account = sum(each.get(USER) == scope.get(USER) for each in waiting) if scope.get(USER) else 0
        if address >= self._of_address or account >= self._of_account:
            return "server.enough_places"
        return "server.queue_full" if len(waiting) >= self._all else None


def _address(scope: Scope) -> str:
    return (scope.get("client") or ("", 0))[0]


def _waiting(queue: Any) -> Iterator[Any]:
    """The events of gradio's queue that nobody has begun with."""
    for each in queue.event_queue_per_concurrency_id.values():
        yield from each.queue
