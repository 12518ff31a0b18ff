"""The page behind nginx, as docs/serving.md tells: with TLS, under a path."""

import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.clip.examples import Example
from demo.server.option_checks import check_origins, check_path, check_proxies
from tests.demo.server import DemoServer, free_port, write_clip

ROOT = Path(__file__).parents[2]
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
NAME = "talk.example"
AROUND = """
daemon off; pid {folder}/pid; error_log stderr; events {{}}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  {server}
}}
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DemoServer]:
    clips = [Example(write_clip(tmp_path / "examples" / "red.mp4"), {"en": "Red", "zh": "红"})]
    options = {"names": [NAME], "proxies": ["127.0.0.1"], "root_path": "/reeltalk"}
    server = DemoServer(tmp_path, clips, accounts=[("ada", "secret")], more=options)
    yield server
    server.close()


@pytest.fixture
def proxy(server: DemoServer, tmp_path: Path) -> Iterator[str]:
    """The address of nginx, which runs with the configuration that stands in the docs."""
    assert NGINX is not None
    pair = ["-keyout", tmp_path / "key", "-out", tmp_path / "pem", "-subj", f"/CN={NAME}"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", *pair]
    subprocess.run(command, check=True, capture_output=True)
    told = re.search("```nginx\n(.+?)```", (ROOT / "docs" / "serving.md").read_text("utf-8"), re.DOTALL)
    assert told is not None
    port = free_port()
    changes = {
        "listen 443": f"listen 127.0.0.1:{port}",
        f"/etc/ssl/{NAME}.pem": f"{tmp_path}/pem",
        f"/etc/ssl/{NAME}.key": f"{tmp_path}/key",
        "http://127.0.0.1:7860/": server.url,
    }
    text = told[1]
    for old, new in changes.items():
        assert old in text, "the docs say something else now"
        text = text.replace(old, new)
    config = tmp_path / "nginx.conf"
    config.write_text(AROUND.format(folder=tmp_path, server=text))
    running = subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(config)])
    url = f"https://127.0.0.1:{port}"
    for _ in range(200):
        try:
            httpx.get(url, verify=False)
            break
        except httpx.ConnectError:
            time.sleep(0.05)
    yield url
    running.terminate()
    running.wait(10)


@pytest.mark.slow
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_page_works_behind_nginx_with_tls_under_a_path(server: DemoServer, proxy: str):
    port = proxy.rsplit(":", 1)[1]
    host = f"{NAME}:{port}"
    visitor = httpx.Client(
        base_url=proxy, verify=False, headers={"host": host, "accept": "text/html"}, timeout=60
    )
    assert visitor.get("/reeltalk").headers["location"].endswith("/reeltalk/")
    assert 'action="login"' in visitor.get("/reeltalk/").text
    same = {"origin": f"https://{host}"}
    answer = visitor.post("/reeltalk/login", data={"username": "ada", "password": "secret"}, headers=same)
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    cookie = answer.headers["set-cookie"]
    assert "Secure" in cookie
    assert "Path=/reeltalk" in cookie
    visitor.headers["cookie"] = cookie.split(";")[0]  # the name of the host is not that of the address here
    config = visitor.get("/reeltalk/config").json()
    assert config["root"] == f"https://{host}/reeltalk"
    document = visitor.get("/reeltalk/").text
    for asset in re.findall(r'(?:src|href)="\./(assets/[^"]+)"', document):
        assert visitor.get(f"/reeltalk/{asset}").status_code == 200
    example = server.folder / "examples" / "red.mp4"
    assert visitor.get(f"/reeltalk/gradio_api/file={example}").content == example.read_bytes()
    part = visitor.get(f"/reeltalk/gradio_api/file={example}", headers={"range": "bytes=0-9"})
    assert (part.status_code, len(part.content)) == (206, 10)
    upload = visitor.post("/reeltalk/gradio_api/upload", files={"files": ("a.srt", b"1")}, headers=same)
    assert upload.status_code == 200
    assert (
        visitor.post("/reeltalk/gradio_api/upload", headers={"origin": "https://evil.example"}).status_code
        == 403
    )
    elsewhere = {"host": "evil.example"}
    assert visitor.get("/reeltalk/", headers=elsewhere).status_code == 400


@pytest.mark.parametrize(
    ("check", "value"),
    [
        (check_proxies, ["nginx"]),
        (check_proxies, ["10.0.0.1/8"]),
        (check_path, "reeltalk"),
        (check_path, "/a b"),
        (check_origins, ["site.example"]),
        (check_origins, ["https://site.example; script-src *"]),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused(check, value):
    with pytest.raises(Exception, match="is n") as failure:
        check(value)
    assert failure.type.__name__ == "BadParameter"


def test_options_that_can_be_meant_are_taken():
    assert check_proxies(["10.0.0.0/8", "::1"]) == ["10.0.0.0/8", "::1"]
    assert check_path("/reeltalk/") == "/reeltalk"
    assert check_path("") == ""
    assert check_origins(["https://site.example:8443"]) == ["https://site.example:8443"]
