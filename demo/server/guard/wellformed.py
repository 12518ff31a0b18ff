"""What gradio would stumble over, with a traceback in the log: an event that the page has not, a stream of a
tab that has asked nothing, a range that says nothing.

And of the head of a request for a file only what that needs is handed on: with a part of a file gradio sends
the whole head back, the visitor's cookie included.
"""

import json
import re

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.server.guard.routes import API

TAB, EVENT = "reeltalk.tab", "reeltalk.event"  # in the scope of an event: its tab's name, its number or None
FILE, STREAM = f"{API}/file=", re.compile(f"{API}/queue/data/?")
OF_A_FILE = re.compile(rb"host|range|if-[a-z-]+|accept-encoding")
RANGE = re.compile(r"bytes=\d*-\d*")
# What gradio itself says to whom it does not know.
UNKNOWN = {
    "msg": "unexpected_error",
    "message": "404: Not Found",
    "success": False,
    "session_not_found": True,
}


class WellFormed:
    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["path"].startswith(FILE):
            await self.app(_for_a_file(scope), receive, send)
        elif EVENT in scope and not _is_there(scope):
            await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)
        elif STREAM.fullmatch(scope["path"]) and not _has_asked(scope):
            told = f"data: {json.dumps(UNKNOWN)}\n\n"
            await Response(told, media_type="text/event-stream")(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_there(scope: Scope) -> bool:
    """Whether the page has the event that is named; to some routes it is named in the path."""
    number = scope[EVENT]
    return number is None or (isinstance(number, int) and number in scope["app"].get_blocks().fns)


def _for_a_file(scope: Scope) -> Scope:
    understood = RANGE.fullmatch(Headers(scope=scope).get("range", ""))
    needed = [pair for pair in scope["headers"] if OF_A_FILE.fullmatch(pair[0])]
    return {**scope, "headers": [pair for pair in needed if understood or pair[0] != b"range"]}


def _has_asked(scope: Scope) -> bool:
    return scope.get(TAB) in scope["app"].get_blocks()._queue.pending_messages_per_session
