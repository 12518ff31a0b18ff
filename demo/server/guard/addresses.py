"""By which name a request came, through which proxy, and from which page. What is from elsewhere is refused.

A page of another site can make a visitor's browser ask this server, in that visitor's name. Its Origin gives
it away; or, where it has its own domain point at this computer, the name in Host, which nobody here goes by.
"""

import ipaddress
import re
import socket
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from demo.page.i18n import pick_language, t

FORWARDED = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host", b"x-gradio-server", b"forwarded")
HOST = re.compile(r"[\w.:%\[\]-]+", re.ASCII)
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


def own_names() -> set[str]:
    """By which this computer is known without being told. Addresses of numbers are, too: no site has one."""
    name = socket.gethostname().lower()
    return {"localhost", name, f"{name}.local"}


class Addresses:
    """Lets through what was sent to one of our names, and by no other site's page."""

    def __init__(
        self,
        app: ASGIApp,
        names: Collection[str] = (),
        proxies: Sequence[str] = (),
        root_path: str = "",
    ) -> None:
        """names: in lower case; more may be added later. proxies: those whose X-Forwarded-* count.

        root_path: where a proxy shows the page; it may take it off the path before it asks, or leave it on.
        """
        self.app, self.names, self.root_path = app, names, root_path
        self.proxies = [ipaddress.ip_network(each) for each in proxies]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope = self._before_proxies(scope)
        headers = Headers(scope=scope)
        if not self._ours(_name(headers.get("host", ""))):
            refusal, status = "server.unknown_name", 400
        elif _of_another_page(scope["scheme"], headers):
            refusal, status = "server.another_page", 403
        else:
            await self.app(scope, receive, send)
            return
        text = t(refusal, pick_language(headers.get("accept-language")))
        await PlainTextResponse(text, status)(scope, receive, send)

    def _ours(self, name: str) -> bool:
        return name in self.names or name.endswith(".localhost") or _address(name) is not None

    def _before_proxies(self, scope: Scope) -> Scope:
        """The request as the visitor sent it. What nobody we trust says of it is dropped."""
        headers = Headers(scope=scope)
        kept = [pair for pair in scope["headers"] if pair[0] not in FORWARDED]
        changes: Scope = {}
        if self._is_proxy((scope.get("client") or ("", 0))[0]):
            if client := self._client(headers.getlist("x-forwarded-for")):
                changes["client"] = (client, 0)
            if (scheme := _first(headers, "x-forwarded-proto")) in DEFAULT_PORTS:
                changes["scheme"] = scheme
            if host := _first(headers, "x-forwarded-host"):
                kept = [(b"host", host.encode("latin-1")), *(pair for pair in kept if pair[0] != b"host")]
        if self.root_path and scope["path"].startswith(f"{self.root_path}/"):
            changes["path"] = scope["path"].removeprefix(self.root_path)
            changes["raw_path"] = scope["raw_path"].removeprefix(self.root_path.encode())
        return {**scope, **changes, "headers": kept}

    def _is_proxy(self, client: str) -> bool:
        address = _address(client)
        return address is not None and any(address in network for network in self.proxies)

    def _client(self, chain: list[str]) -> str | None:
        """The last address that no proxy of ours has: what stands before it was said by the visitor."""
        said = [each.strip() for each in ",".join(chain).split(",")]
        addresses = [each if _address(each) else _name(each) for each in said if each]  # some add the port
        return next((each for each in reversed(addresses) if not self._is_proxy(each)), None)


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, "").split(",")[0].strip()


def _name(host: str) -> str:
    """Without the port; empty where it is no name."""
    if not HOST.fullmatch(host):
        return ""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _address(name: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _of_another_page(scheme: str, headers: Headers) -> bool:
    """Whether a page of another site has made the browser ask. To follow a link to us is no such thing."""
    origin = headers.get("origin")
    if origin is None:
        elsewhere = headers.get("sec-fetch-site") in ("cross-site", "same-site")
        return elsewhere and headers.get("sec-fetch-mode") != "navigate"
    theirs, _, place = origin.lower().partition("://")
    ours = headers.get("host", "").lower().removesuffix(DEFAULT_PORTS.get(scheme, ""))
    return place.removesuffix(DEFAULT_PORTS.get(theirs, "")) != ours
