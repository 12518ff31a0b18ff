"""`python -m demo` as a process of its own, with the tiny model in the place of a real one."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
PROGRAM = (
    "import typer; from core.image_llm import registry; "
    "registry.FAMILIES['tiny'] = 'tests.tiny_model:load_tiny'; "
    "from demo.__main__ import main; typer.run(main)"
)
STARTING = 300.0  # seconds that a start may take on a busy machine


class RealServer:
    """Runs until `close`, which ends it as a service manager does. Its files lie below `folder`."""

    def __init__(
        self, folder: Path, arguments: Sequence[str] = (), environment: Mapping[str, str] | None = None
    ) -> None:
        """environment: beside this process's own."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}/"
        self.temporary = folder / "temporary"
        self.temporary.mkdir(parents=True, exist_ok=True)
        self._log = (folder / "server.log").open("ab")
        own = {"TMPDIR": str(self.temporary), "REELTALK_CACHE": str(folder / "cache")}
        environment = {**os.environ, **own, **(environment or {})}
        environment.pop("GRADIO_TEMP_DIR", None)  # of this process: the server makes its own
        options = [
            "--model",
            "tiny",
            "--only",
            "--port",
            str(port),
            "--data",
            str(folder / "data"),
            *arguments,
        ]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *options],
            cwd=ROOT,
            env=environment,
            stdout=self._log,
            stderr=subprocess.STDOUT,
        )
        end = time.monotonic() + STARTING
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.close()
                raise RuntimeError(f"no server: {self.log}")
            time.sleep(0.1)

    @property
    def log(self) -> str:
        return Path(self._log.name).read_text(errors="replace")

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self._log.close()

    def _ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}health").status_code == 200
        except httpx.TransportError:
            return False
