"""Whose a tab is. Its name stands in addresses, and so in the logs of whatever lies between; it opens nothing
to anybody but the account, or where there are none the browser, that was the first to use it.
"""

import json
import re
from collections import OrderedDict
from typing import Any
from urllib.parse import parse_qs

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.limits.visitor import USER
from demo.server.guard.routes import API
from demo.server.guard.wellformed import EVENT, TAB

MOST = 1000  # tabs of one visitor that are remembered; nobody can push out another's
MOST_VISITORS = 10_000
LONGEST_NAME = 100  # characters; those of gradio have 11 or 36
IN_PATH = re.compile(f"{API}/heartbeat/([^/]+)")
IN_BODY = re.compile(f"{API}/(queue/join|run/[^/]+|api/[^/]+|cancel)/?")


class Owners:
    """Answers to a tab of somebody else as if there were none."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._owner: dict[str, str] = {}
        self._tabs: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()  # of each, the latest last

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        tabs = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
        if named := IN_PATH.fullmatch(scope["path"]):
            tabs.append(named[1])
        if scope["method"] == "POST" and IN_BODY.fullmatch(scope["path"]):
            body = await _whole(receive)
            receive = _again(body, receive)
            event = _read(body)
            tab = event.get("session_hash")
            if not isinstance(tab, str) or not tab:
                await JSONResponse({"detail": "session_hash is missing"}, 400)(scope, receive, send)
                return
            tabs.append(tab)
            scope[EVENT] = event.get("fn_index")
        scope[TAB] = tabs[-1] if tabs else None
        if not all(self.take(tab, scope.get(USER, "")) for tab in tabs):
            await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def take(self, tab: str, user: str) -> bool:
        """Whether it is the visitor's own, or becomes so now."""
        if len(tab) > LONGEST_NAME or self._owner.setdefault(tab, user) != user:
            return False
        own = self._tabs.setdefault(user, OrderedDict())
        self._tabs.move_to_end(user)
        own[tab] = None
        own.move_to_end(tab)
        if len(own) > MOST:
            del self._owner[own.popitem(last=False)[0]]
        if len(self._tabs) > MOST_VISITORS:
            for gone in self._tabs.popitem(last=False)[1]:
                del self._owner[gone]
        return True


async def _whole(receive: Receive) -> bytes:
    """All of a body. How much that may be was checked before."""
    body = bytearray()
    while True:
        message = await receive()
        body.extend(message.get("body", b""))
        if not message.get("more_body"):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """What was read comes once more, then what comes after it."""
    given = False

    async def receive_again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _read(body: bytes) -> dict[str, Any]:
    """An event; empty where it is none."""
    try:
        read = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}
