"""What the browser is told the page may do: run its own scripts, load from its own server, be in no other.

Of the scripts, ours are known by their hash and those in the document by a number that each answer has anew.
Gradio makes functions of the text of events, so `unsafe-eval` has to be; a script that somebody smuggles into
the page is no less refused.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

NONCE = "reeltalk.nonce"  # of the answer, in the scope of its request
SHARED_FROM = "https://gradio.s3-us-west-2.amazonaws.com"  # whence gradio's scripts come on a public address
SCRIPT = re.compile(rb"<script(?=[\s>])")


def _hash(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


class PageHeaders:
    """Adds what a browser has to know to every answer, also to a refusal."""

    def __init__(self, app: ASGIApp, scripts: Sequence[str], frames: Sequence[str], shared: bool) -> None:
        """scripts: the text of ours. frames: addresses of pages that may show this one."""
        self.app = app
        more = f" {SHARED_FROM}" if shared else ""
        self._scripts = " ".join(["'self'", *map(_hash, scripts), f"'unsafe-eval'{more}"])
        self._rest = "; ".join(
            [
                "default-src 'none'",
                f"style-src 'self' 'unsafe-inline'{more}",
                "img-src 'self' data: blob:",
                "media-src 'self' data: blob:",
                f"font-src 'self' data:{more}",
                f"connect-src 'self' data: blob:{more}",
                "worker-src 'self' blob:",
                "manifest-src 'self'",
                "form-action 'self'",
                "base-uri 'self'",
                "frame-ancestors " + (" ".join(frames) or "'none'"),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        nonce = scope[NONCE] = secrets.token_urlsafe(16)

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                document = headers.get("content-type", "").startswith("text/html")
                scripts = f"'nonce-{nonce}' {self._scripts}" if document else "'self'"
                headers["Content-Security-Policy"] = f"script-src {scripts}; {self._rest}"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Referrer-Policy"] = "same-origin"
                headers["Cross-Origin-Resource-Policy"] = "same-origin"
            await send(message)

        await self.app(scope, receive, told)


class Nonces:
    """Gives the scripts in a document the number of its answer. What they hold is gradio's, escaped."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        start: Message = {}
        body = bytearray()

        async def gathered(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if message.get("more_body"):
                return
            content = SCRIPT.sub(f'<script nonce="{scope[NONCE]}"'.encode(), bytes(body))
            if scope["method"] != "HEAD":
                MutableHeaders(scope=start)["Content-Length"] = str(len(content))
            await send(start)
            await send({"type": "http.response.body", "body": content})

        await self.app(scope, receive, gathered)
