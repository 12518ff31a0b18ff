"""Who a visitor is: with accounts by name and password, without them a browser that has been here before.

Nothing of the page answers to anybody who has not signed in. The sign-in page is our own, not gradio's: it
must say in the visitor's language why it does not let somebody in, and load nothing.
"""

import html
import math
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from hmac import compare_digest
from importlib.resources import files
from string import Template
from typing import Literal
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from demo.limits.visitor import ACCOUNTS, USER
from demo.page.i18n import LANGUAGES, pick_language, t
from demo.server.accounts import Accounts
from demo.server.guard.routes import API
from demo.server.guard.throttle import Throttle

OPEN = ("/health", "/robots.txt", "/favicon.ico", f"{API}/startup-events")  # to everybody
SESSION = 14 * 86400.0  # seconds after which a password is asked for again
MOST_SESSIONS = 10_000
LONGEST_FORM = 8_000  # bytes


@dataclass(frozen=True)
class Cookie:
    """By which a browser is known.

    name: of this server alone, as cookies are shared by all ports of an address. embedded: pages of other
    sites may show this one, so that the cookie has to come with what they make the browser ask.
    """

    name: str
    path: str = "/"
    embedded: bool = False

    def give(self, response: Response, value: str, scheme: str) -> None:
        secure = self.embedded or scheme == "https"
        same_site: Literal["none", "lax"] = "none" if self.embedded else "lax"
        response.set_cookie(
            self.name, value, path=self.path, secure=secure, httponly=True, samesite=same_site
        )


class SignIn:
    """Lets through who has signed in."""

    def __init__(self, app: ASGIApp, accounts: Accounts, cookie: Cookie) -> None:
        self.app, self.cookie = app, cookie
        self._passwords = dict(accounts)
        self._throttle = Throttle()
        self._sessions: OrderedDict[str, tuple[str, float]] = OrderedDict()  # token -> account, since when

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, token = scope["path"], HTTPConnection(scope).cookies.get(self.cookie.name, "")
        user = self._user(token)
        if path == "/login" and scope["method"] == "POST":
            answer: ASGIApp = await self._sign_in(scope, receive)
        elif path == "/login":
            answer = RedirectResponse("./", 303)
        elif path == "/logout":
            answer = self._sign_out(scope, token)
        elif user is not None or path in OPEN:
            scope[USER], scope[ACCOUNTS] = user or "", user is not None
            answer = self.app
        elif path == "/":
            answer = sign_in_page(scope)
        else:
            answer = JSONResponse({"detail": t("sign_in.first", _language(scope))}, 401)
        await answer(scope, receive, send)

    def _user(self, token: str) -> str | None:
        name, since = self._sessions.get(token, ("", 0.0))
        if name and time.monotonic() - since < SESSION:
            return name
        self._sessions.pop(token, None)
        return None

    async def _sign_in(self, scope: Scope, receive: Receive) -> Response:
        name, password = await _form(receive)
        address = (scope.get("client") or ("", 0))[0]
        if wait := self._throttle.wait(address, name):
            return _refused(scope, 429, "sign_in.too_often", math.ceil(wait))
        # An unknown name takes as long as a known one.
        right = compare_digest(self._passwords.get(name, "").encode(), password.encode())
        if not right or name not in self._passwords:
            self._throttle.missed(address, name)
            return _refused(scope, 401, "sign_in.wrong")
        self._throttle.hit(name)
        token = secrets.token_urlsafe(32)
        self._sessions[token] = name, time.monotonic()
        if len(self._sessions) > MOST_SESSIONS:
            self._sessions.popitem(last=False)
        answer = RedirectResponse("./", 303) if _reads_pages(scope) else JSONResponse({"success": True})
        self.cookie.give(answer, token, scope["scheme"])
        return answer

    def _sign_out(self, scope: Scope, token: str) -> Response:
        """Not where a link of another site leads here: it is the visitor who decides."""
        answer = RedirectResponse("./", 303)
        if Headers(scope=scope).get("sec-fetch-site") not in ("cross-site", "same-site"):
            self._sessions.pop(token, None)
            answer.delete_cookie(self.cookie.name, self.cookie.path)
        return answer


class Visitors:
    """Where there are no accounts: gives each browser a name of its own, which says nothing of who it is."""

    def __init__(self, app: ASGIApp, cookie: Cookie) -> None:
        self.app, self.cookie = app, cookie

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        token = scope[USER] = HTTPConnection(scope).cookies.get(self.cookie.name, "")
        if token or scope["path"] != "/":
            await self.app(scope, receive, send)
            return
        given = Response()
        self.cookie.give(given, secrets.token_urlsafe(32), scope["scheme"])

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                cookies = [pair for pair in given.raw_headers if pair[0] == b"set-cookie"]
                message["headers"] = [*message["headers"], *cookies]
            await send(message)

        await self.app(scope, receive, told)


def sign_in_page(scope: Scope, status: int = 200, error: str = "") -> HTMLResponse:
    """Asks for name and password; error: why they were not taken."""
    lang = _language(scope)
    template = Template(files("demo").joinpath("server", "guard", "login.html").read_text("utf-8"))
    texts = {key: t(f"sign_in.{key}", lang) for key in ("title", "name", "password", "button")}
    others = [
        f'<a href="./?lang={each}" lang="{each}">{t("sign_in.this_language", each)}</a>'
        for each in LANGUAGES
        if each != lang
    ]
    values = {
        "lang": "zh-CN" if lang == "zh" else "en",
        "code": lang,
        "others": " · ".join(others),
        **{key: html.escape(text) for key, text in texts.items()},
        "error": f'<p role="alert">{html.escape(error)}</p>' if error else "",
    }
    return HTMLResponse(template.substitute(values), status, {"Cache-Control": "no-store"})


def _refused(scope: Scope, status: int, key: str, wait: int = 0) -> Response:
    text = t(key, _language(scope), minutes=wait // 60, seconds=wait % 60)
    answer = (
        sign_in_page(scope, status, text) if _reads_pages(scope) else JSONResponse({"detail": text}, status)
    )
    if wait:
        answer.headers["Retry-After"] = str(wait)
    return answer


def _language(scope: Scope) -> str:
    """That which was chosen on the sign-in page, or else the browser's."""
    chosen = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [""])[0]
    return chosen if chosen in LANGUAGES else pick_language(Headers(scope=scope).get("accept-language"))


def _reads_pages(scope: Scope) -> bool:
    """A browser rather than a program."""
    return "text/html" in Headers(scope=scope).get("accept", "")


async def _form(receive: Receive) -> tuple[str, str]:
    """Name and password; empty where they are not there."""
    body = bytearray()
    more = True
    while more and len(body) < LONGEST_FORM:
        message = await receive()
        body.extend(message.get("body", b""))
        more = message.get("more_body", False)
    fields = parse_qs(bytes(body[:LONGEST_FORM]).decode("latin-1"), encoding="utf-8", errors="replace")
    name, password = (fields.get(key, [""])[0] for key in ("username", "password"))
    return name.strip(), password
