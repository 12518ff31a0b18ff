"""nginx before a server of the page, with the configuration that docs/serving.md tells."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.demo.server import DemoServer, free_port

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
NAME = "talk.example"
BEHIND: dict[str, Any] = {
    "names": [NAME],
    "proxies": ["127.0.0.1"],
    "root_path": "/reeltalk",
}  # of the server
AROUND = """
daemon off; pid {folder}/pid; error_log stderr; events {{}}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {server}
}}
"""


@contextmanager
def behind_nginx(server: DemoServer, folder: Path) -> Iterator[str]:
    """The address of nginx, without the path."""
    assert NGINX is not None
    pair = ["-keyout", folder / "key", "-out", folder / "pem", "-subj", f"/CN={NAME}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *pair]
    subprocess.run(command, check=True, capture_output=True)
    told = re.search("```nginx\n(.+?)```", (ROOT / "docs" / "serving.md").read_text("utf-8"), re.DOTALL)
    assert told is not None
    port = free_port()
    changes = {
        "listen 443": f"listen 127.0.0.1:{port}",
        f"/etc/ssl/{NAME}.pem": f"{folder}/pem",
        f"/etc/ssl/{NAME}.key": f"{folder}/key",
        "http://127.0.0.1:7860/": server.url,
    }
    text = told[1]
    for old, new in changes.items():
        assert old in text, "the docs say something else now"
        text = text.replace(old, new)
    config = folder / "nginx.conf"
    config.write_text(AROUND.format(folder=folder, server=text))
    running = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(config)])
    url = f"https://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url
    finally:
        running.terminate()
        running.wait(10)


def wait_for(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(url, verify=False, timeout=60)
            return
        except httpx.ConnectError:
            time.sleep(0.05)
