"""The routes that the page uses. Gradio has many more, some without a password; nobody here needs them.

A list of what is allowed also holds when a new version of gradio brings more of them.
"""

import re

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

API = "/gradio_api"
READ = (
    "/|/health|/config|/login|/logout|/theme.css|/favicon.ico|/manifest.json|/robots.txt",
    "/(assets|static|svelte)/.+",
    f"{API}/(info|theme.css|startup-events|queue/data|upload_progress)/?",
    f"{API}/heartbeat/[^/]+",
    # Of a file on this computer: an address of the web would be fetched by the server.
    f"{API}/file=(?!https?:).+",
)
WRITTEN = ("/login", f"{API}/(queue/join|cancel|reset|upload)/?", f"{API}/(run|api)/[^/]+/?")
ALLOWED = {
    "GET": re.compile("|".join(READ), re.IGNORECASE | re.DOTALL),
    "POST": re.compile("|".join(WRITTEN), re.DOTALL),
}


class Routes:
    """Answers 404 to all that the page does not use."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            allowed = ALLOWED.get("GET" if scope["method"] == "HEAD" else scope["method"])
            if allowed is None or not allowed.fullmatch(scope["path"]):
                await JSONResponse({"detail": "Not Found"}, 404)(scope, receive, send)
                return
        await self.app(scope, receive, send)
