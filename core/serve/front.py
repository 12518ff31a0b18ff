"""What stands in front of the routes: an id for each request, its key, and how large it may be.

All of it is decided before a byte of the body is read.
"""

import ipaddress
import logging
import secrets
import sys
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.serve.api import KEY, REQUEST_ID, Api
from core.serve.errors import ApiError, as_api_error
from core.serve.keys import NOBODY, Key, KeyFile
from core.serve.routes.bodies import BodyRefusedError, within_limit

OPEN = ("/health",)  # to everybody
UPLOADS = ("/v1/files", "/v1/audio/transcriptions")
AROUND_A_FILE = 10**6  # bytes: what a form adds to the file that it uploads
log = logging.getLogger(__name__)


class Front:
    """Answers for itself what may not come in."""

    def __init__(self, app: ASGIApp, api: Api, keys: KeyFile | None) -> None:
        """keys: None where who reaches this machine's own address needs none."""
        self.app, self.api, self.keys = app, api, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = scope[REQUEST_ID] = f"req_{secrets.token_hex(12)}"
        since, status, begun = time.monotonic(), 500, False

        async def told(message: Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        try:
            await self._let_in(scope, receive, told)
        except Exception as error:
            if not begun:  # what answers outside of this would not tell the id
                await as_api_error(error).response()(scope, receive, told)
            raise
        finally:
            self._note(scope, status, time.monotonic() - since)

    async def _let_in(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers, path = Headers(scope=scope), scope["path"].removeprefix(scope.get("root_path", ""))
        limit = self.api.limits.upload + AROUND_A_FILE if path in UPLOADS else self.api.limits.body
        try:
            if path not in OPEN:
                key = scope[KEY] = self._key(headers)
                self.api.admission.count(key)
        except ApiError as error:
            await error.response()(scope, receive, send)
            return
        try:
            await within_limit(self.app, scope, receive, send, limit)
        except BodyRefusedError as error:
            slow = ApiError("The body of the request came too slowly.", 408, "request_timeout")
            large = ApiError(f"A request to this route may have {limit:,} bytes.", 413, "request_too_large")
            await (slow if error.status == 408 else large).response()(scope, receive, send)

    def _key(self, headers: Headers) -> Key:
        if self.keys is None:
            if "origin" in headers or not _is_this_machine(headers.get("host", "")):
                raise ApiError("Without keys only programs of this machine may ask.", 403, "not_local")
            return NOBODY
        scheme, _, token = headers.get("authorization", "").partition(" ")
        key = self.keys.find(token.strip()) if scheme.lower() == "bearer" else None
        if key is None:
            raise ApiError(
                "This needs a key: Authorization: Bearer sk-...",
                401,
                "invalid_api_key",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return key

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        """In numbers, and in the log: who asked for what, how it ended; nothing of what was said."""
        route = getattr(scope.get("route"), "path", "none")
        self.api.metrics.answered(route, status, seconds)
        name = getattr(scope.get(KEY), "name", "-")
        log.info(
            "api id=%s key=%s route=%s status=%d seconds=%.1f",
            scope[REQUEST_ID],
            name,
            route,
            status,
            seconds,
        )


def log_requests() -> None:
    """A line on stdout for each request."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%Y-%m-%d %H:%M:%S"))
    parent = logging.getLogger("core.serve")
    parent.addHandler(handler)
    parent.setLevel(logging.INFO)


def _is_this_machine(host: str) -> bool:
    """Whether a name is one that no other site can have point here."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
