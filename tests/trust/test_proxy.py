"""The page behind nginx, as docs/serving.md tells: with TLS, under a path."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.clip.examples import Example
from demo.server.option_checks import check_origins, check_path, check_proxies
from tests.demo.server import DemoServer, write_clip
from tests.trust.nginx import BEHIND, NAME, NGINX, behind_nginx


@pytest.fixture
def server(tmp_path: Path) -> Iterator[DemoServer]:
    clips = [Example(write_clip(tmp_path / "examples" / "red.mp4"), {"en": "Red", "zh": "红"})]
    server = DemoServer(tmp_path, clips, accounts=[("ada", "secret")], more=BEHIND)
    yield server
    server.close()


@pytest.fixture
def proxy(server: DemoServer, tmp_path: Path) -> Iterator[str]:
    with behind_nginx(server, tmp_path) as url:
        yield url


@pytest.mark.slow
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_page_works_behind_nginx_with_tls_under_a_path(server: DemoServer, proxy: str):
    port = proxy.rsplit(":", 1)[1]
    host = f"{NAME}:{port}"
    visitor = httpx.Client(
        base_url=proxy, verify=False, headers={"host": host, "accept": "text/html"}, timeout=60
    )
    assert visitor.get("/reeltalk").headers["location"].endswith("/reeltalk/")
    assert 'action="login?lang=en"' in visitor.get("/reeltalk/").text
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
