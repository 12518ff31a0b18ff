"""A site of the web on this machine, for what fetches clips from addresses."""

import http.server
import ssl
import threading
from collections.abc import Iterable
from contextlib import suppress

from core.addresses import Addresses

NAME = "clips.example"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.hosts.append(self.headers["host"])
        status, headers, body = self.server.pages[self.path]
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):  # whoever asked does not want it any more
            for piece in body:
                self.wfile.write(piece)

    def log_message(self, *_):
        pass


class Web(http.server.ThreadingHTTPServer):
    """It calls itself NAME. pages: by path, status, headers and pieces of the body."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)
        self.pages: dict[str, tuple[int, dict[str, str], Iterable[bytes]]] = {}
        self.hosts: list[str] = []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def holds(self, path: str, body: bytes = b"clip", status: int = 200, **headers: str) -> str:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"content-type": "video/mp4", **names}, [body])
        return f"http://{NAME}:{self.server_port}{path}"

    def trusted(self, max_bytes: int = 10**7, seconds: float = 60.0) -> Addresses:
        """What fetches clips from here, as if this machine were public."""
        return Addresses(
            [f"{NAME}:{self.server_port}"],
            *(max_bytes, seconds, lambda name, port: ["127.0.0.1"], lambda address: True),
        )
