"""The API beside the page: programs have keys, and what keeps browsers and tabs apart is none of theirs."""

import re

from starlette.types import ASGIApp, Receive, Scope, Send

THEIRS = re.compile("/v1(/.*)?|/metrics")


class BesideApi:
    def __init__(self, app: ASGIApp, api: ASGIApp) -> None:
        """app: the page."""
        self.app, self.api = app, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        theirs = scope["type"] == "http" and THEIRS.fullmatch(scope["path"])
        await (self.api if theirs else self.app)(scope, receive, send)
