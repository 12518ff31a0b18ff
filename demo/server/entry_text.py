"""Halves of surrogate pairs in requests: no handler ever sees one.

JSON can name them, and nothing can be sent that has one: whatever repeats it would break the tab's stream of
events. So they become U+FFFD here, in whatever field they are.
"""

import json
import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Escapes in the order in which they are read: a backslash, a whole pair, half of one.
_ESCAPES = re.compile(
    r"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)


class EntryText:
    """Collects the body of a request that uploads no file, and passes it on without them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "multipart" not in Headers(scope=scope).get("content-type", ""):
            receive = _whole(receive)
        await self.app(scope, receive, send)


def _whole(receive: Receive) -> Receive:
    """The body as one message, cleaned; what comes before and after it as it is."""
    body = bytearray()

    async def cleaned() -> Message:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return message
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                whole = without_halves(bytes(body))
                body.clear()
                return {"type": "http.request", "body": whole, "more_body": False}

    return cleaned


def without_halves(body: bytes) -> bytes:
    """JSON with U+FFFD for every half of a surrogate pair, escaped or not."""
    text = body.decode(json.detect_encoding(body), "replace")
    return _ESCAPES.sub(lambda match: "\\ufffd" if match[1] else match[0], text).encode()
