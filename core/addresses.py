"""Fetches a clip from an address of the web, where the operator allows its host.

Who may make a server ask elsewhere could reach what only the server sees. So the host must be on a list,
every address that its name stands for must be public, and the connection goes to the address that was
checked, not to what the name stands for a moment later. A redirect is another address, checked as the first.
"""

import ipaddress
import socket
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import httpx

from core.errors import VideoError
from core.progress import Progress, no_progress
from core.text.cleaning import file_name

REDIRECTS = 3
CONNECT, SILENCE = 5.0, 15.0  # seconds
LONGEST = 2000  # characters of an address
PORTS = {"http": 80, "https": 443}
TYPES = ("video/", "image/", "application/octet-stream", "binary/octet-stream")
Resolve = Callable[[str, int], Collection[str]]  # (name, port) -> addresses
Room = Callable[[int], AbstractContextManager[None]]  # for so many bytes, while they are written


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


def name_at(url: str) -> str:
    """What the clip at an address is called; "clip" where that says nothing."""
    try:
        return file_name(unquote(urlsplit(url).path)) or "clip"
    except ValueError:
        return "clip"


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

    def fetch(
        self,
        url: str,
        folder: Path,
        progress: Progress = no_progress,
        room: Room = lambda size: nullcontext(),
    ) -> Path:
        """The clip as a file in `folder`. Raises VideoError.

        What `progress` or `room` raises ends it; then, and after an error, a part of the file may be there.
        """
        deadline = time.monotonic() + self.seconds
        progress("fetching", 0.0)
        for _ in range(REDIRECTS + 1):
            found = self._ask(url, folder, deadline, progress, room)
            if isinstance(found, Path):
                return found
            url = found
        raise VideoError("url_redirects", limit=REDIRECTS)

    def _ask(self, url: str, folder: Path, deadline: float, progress: Progress, room: Room) -> Path | str:
        """The clip, or where it is said to be."""
        scheme, name, port, target = self._checked(url)
        place = f"[{target}]" if ":" in target else target
        pinned = urlsplit(url)._replace(netloc=f"{place}:{port}", fragment="").geturl()
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
                    if answer.has_redirect_location:
                        return urljoin(url, answer.headers["location"])
                    size = self._promised(answer, name)
                    with room(size):
                        return self._saved(answer, folder / name_at(url), size, deadline, progress)
                finally:
                    answer.close()
            except httpx.TimeoutException as error:
                raise VideoError("url_too_slow") from error
            except httpx.HTTPError as error:
                raise VideoError("url_unreachable", host=name) from error

    def _checked(self, url: str) -> tuple[str, str, int, str]:
        """Scheme, name, port, and the address to connect to."""
        try:
            parts = urlsplit(url)
            scheme, name = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
            port = parts.port or PORTS.get(scheme, 0)
        except ValueError as error:
            raise VideoError("url_invalid") from error
        personal = parts.username is not None or parts.password is not None
        if scheme not in PORTS or personal or len(url) > LONGEST:
            raise VideoError("url_invalid")
        if not self._allowed(name, port, PORTS[scheme]):
            raise VideoError("url_not_allowed", hosts=", ".join(self.hosts))
        try:
            addresses = self._resolve(name, port)
        except (OSError, UnicodeError) as error:
            raise VideoError("url_unreachable", host=name) from error
        if not addresses or not all(map(self._public, addresses)):
            raise VideoError("url_not_public")
        return scheme, name, port, next(iter(addresses))

    def _allowed(self, name: str, port: int, usual: int) -> bool:
        for host in self.hosts:
            allowed, _, its_port = host.partition(":")
            if port == int(its_port or usual) and (
                name == allowed or (allowed.startswith(".") and name.endswith(allowed))
            ):
                return True
        return False

    def _promised(self, answer: httpx.Response, name: str) -> int:
        """The bytes of a clip that may be fetched; as many as are allowed, where the host does not say."""
        if answer.status_code != 200:
            raise VideoError("url_status", host=name, status=answer.status_code)
        if not answer.headers.get("content-type", TYPES[-1]).lower().startswith(TYPES):
            raise VideoError("url_no_clip")
        if answer.headers.get("content-encoding", "identity") != "identity":
            raise VideoError("url_compressed")  # a small answer could become a large file
        promised = answer.headers.get("content-length", "")
        size = int(promised) if promised.isascii() and promised.isdecimal() else self.max_bytes
        if size > self.max_bytes:
            raise self._too_large()
        return size

    def _saved(
        self, answer: httpx.Response, path: Path, size: int, deadline: float, progress: Progress
    ) -> Path:
        arrived = 0
        with path.open("wb") as file:
            for chunk in answer.iter_raw():
                arrived += len(chunk)
                if arrived > self.max_bytes:
                    raise self._too_large()
                if time.monotonic() > deadline:
                    raise VideoError("url_too_slow")
                file.write(chunk)
                progress("fetching", min(1.0, arrived / max(1, size)))
        return path

    def _too_large(self) -> VideoError:
        return VideoError("url_too_large", limit=f"{self.max_bytes / 1e6:,.0f}")
