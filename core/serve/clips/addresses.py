"""Fetches a clip from an address of the web, where the operator allows its host.

Who may make a server ask elsewhere could reach what only the server sees. So the host must be on a list,
every address that its name stands for must be public, and the connection goes to the address that was
checked, not to what the name stands for a moment later. A redirect is another address, checked as the first.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Collection
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx

from core.serve.clips.files import shown
from core.serve.errors import ApiError

REDIRECTS = 3
CONNECT, SILENCE = 5.0, 15.0  # seconds
PORTS = {"http": 80, "https": 443}
TYPES = ("video/", "image/", "application/octet-stream", "binary/octet-stream")
Resolve = Callable[[str, int], Collection[str]]  # (name, port) -> addresses


def resolve(name: str, port: int) -> Collection[str]:
    """All addresses of a name."""
    return [str(each[4][0]) for each in socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)]


def is_public(address: str) -> bool:
    """Whether it is one of the internet, and no part of it reserved for something else."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        inside = parsed.ipv4_mapped or parsed.sixtofour or (parsed.teredo and parsed.teredo[1])
        if inside:  # an address of the fourth version in the clothes of the sixth
            return is_public(str(inside))
        if parsed in ipaddress.ip_network("64:ff9b::/96"):  # translated on the way
            return is_public(str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF)))
    return parsed.is_global and not parsed.is_multicast


class Addresses:
    """Fetches clips. Thread-safe."""

    def __init__(
        self,
        hosts: Collection[str],
        max_bytes: int,
        seconds: float,
        resolve: Resolve = resolve,
        public: Callable[[str], bool] = is_public,
        certificates: str | None = None,
    ) -> None:
        """hosts: names, or ".site.example" for all below it; with ":port" where it is no usual one.

        seconds: for all of it. certificates: a file of authorities, beside those that the system trusts.
        """
        self.hosts = tuple(host.lower() for host in hosts)
        self.max_bytes, self.seconds = max_bytes, seconds
        self._resolve, self._public = resolve, public
        self._tls = httpx.create_ssl_context()
        if certificates:
            self._tls.load_verify_locations(certificates)

    def fetch(self, url: str, folder: Path) -> Path:
        """The clip as a file in `folder`. Raises ApiError."""
        deadline = time.monotonic() + self.seconds
        for _ in range(REDIRECTS + 1):
            found = self._ask(url, folder, deadline)
            if isinstance(found, Path):
                return found
            url = found
        raise _refused(f"more than {REDIRECTS} redirects")

    def _ask(self, url: str, folder: Path, deadline: float) -> Path | str:
        """The clip, or where it is said to be."""
        scheme, name, port, target = self._checked(url)
        place = f"[{target}]" if ":" in target else target
        parts = urlsplit(url)
        pinned = parts._replace(netloc=f"{place}:{port}", fragment="").geturl()
        host = name if port == PORTS[scheme] else f"{name}:{port}"
        timeout = httpx.Timeout(SILENCE, connect=CONNECT)
        # No proxy and no password file of this machine: the request goes where it was checked to go.
        with httpx.Client(timeout=timeout, trust_env=False, verify=self._tls) as client:
            request = client.build_request(
                "GET",
                pinned,
                headers={"Host": host, "Accept-Encoding": "identity", "User-Agent": "reeltalk"},
                extensions={"sni_hostname": name},
            )
            try:
                answer = client.send(request, stream=True)
                try:
                    if answer.is_redirect:
                        return urljoin(url, answer.headers["location"])
                    return self._saved(answer, folder / shown(parts.path), deadline)
                finally:
                    answer.close()
            except httpx.TimeoutException as error:
                raise _too_slow() from error
            except httpx.HTTPError as error:
                raise _refused("the host could not be reached") from error

    def _checked(self, url: str) -> tuple[str, str, int, str]:
        """Scheme, name, port, and the address to connect to."""
        try:
            parts = urlsplit(url)
            scheme, name = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
            port = parts.port or PORTS.get(scheme, 0)
        except ValueError as error:
            raise _refused("it is no address") from error
        if scheme not in PORTS:
            raise _refused("only http, https and data")
        if parts.username is not None or parts.password is not None:
            raise _refused("no name and password in it, please")
        if not self._allowed(name, port, PORTS[scheme]):
            raise ApiError(
                "This server fetches no clip from that host. Upload it to /v1/files, or send it as base64.",
                403,
                "url_not_allowed",
                "url",
            )
        try:
            addresses = self._resolve(name, port)
        except (OSError, UnicodeError) as error:
            raise _refused("the host is not known") from error
        if not addresses or not all(map(self._public, addresses)):
            raise _refused("the host has an address that is not public")
        return scheme, name, port, next(iter(addresses))

    def _allowed(self, name: str, port: int, usual: int) -> bool:
        for host in self.hosts:
            allowed, _, its_port = host.partition(":")
            if port == int(its_port or usual) and (
                name == allowed or (allowed.startswith(".") and name.endswith(allowed))
            ):
                return True
        return False

    def _saved(self, answer: httpx.Response, path: Path, deadline: float) -> Path:
        if answer.status_code != 200:
            raise _refused(f"the host answers {answer.status_code}")
        if not answer.headers.get("content-type", TYPES[-1]).lower().startswith(TYPES):
            raise _refused("it is neither a video nor a picture")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise _refused("it comes compressed")  # a small answer could become a large file
        arrived = 0
        with path.open("wb") as file:
            for chunk in answer.iter_raw():
                arrived += len(chunk)
                if arrived > self.max_bytes:
                    limit = f"{self.max_bytes / 1e6:,.0f} MB"
                    raise ApiError(f"The clip has more than {limit}.", 413, "file_too_large", "url")
                if time.monotonic() > deadline:
                    raise _too_slow()
                file.write(chunk)
        return path


def _too_slow() -> ApiError:
    return _refused("it took too long", "url_too_slow")


def _refused(reason: str, code: str = "url_refused") -> ApiError:
    return ApiError(f"The clip cannot be fetched from its address: {reason}.", 400, code, "url")
