"""Who may ask, from where, and for what: no other site's page, and nothing that ours does not use."""

import json
import re
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from demo.page import theme
from demo.server.guard.addresses import FORWARDED, Addresses
from demo.server.guard.owners import Owners
from tests.demo.client import ask, connect
from tests.demo.server import DemoServer, running_server

EVIL = "http://evil.example"
JOIN = "gradio_api/queue/join"


@pytest.fixture
def server() -> DemoServer:
    return running_server()


@pytest.mark.parametrize("path", ["", "config", "health", JOIN, "gradio_api/token"])
def test_a_name_that_nobody_here_goes_by_gets_nothing(server: DemoServer, path: str):
    """Such a request comes from a page whose own domain was made to point here."""
    headers = {"host": "evil.example", "origin": EVIL}
    answer = httpx.get(server.url + path, headers=headers)
    assert answer.status_code == 400
    assert "access-control-allow-origin" not in answer.headers
    preflight = httpx.options(server.url + path, headers=headers | {"access-control-request-method": "POST"})
    assert preflight.status_code == 400
    assert "access-control-allow-origin" not in preflight.headers


def test_the_refusal_of_a_name_is_in_the_visitors_language(server: DemoServer):
    headers = {"host": "evil.example", "accept-language": "zh-CN"}
    assert "--trust-host" in httpx.get(server.url, headers=headers).text
    assert "域名" in httpx.get(server.url, headers=headers).text


@pytest.mark.parametrize("origin", [EVIL, "null", "http://127.0.0.1:1", "https://localhost"])
@pytest.mark.parametrize("path", [JOIN, "gradio_api/upload", "gradio_api/cancel", "login"])
def test_a_page_of_another_site_cannot_write(server: DemoServer, origin: str, path: str):
    answer = httpx.post(server.url + path, headers={"origin": origin}, files={"files": ("a.mp4", b"0")})
    assert answer.status_code == 403


def test_a_page_of_another_site_can_only_lead_to_this_one(server: DemoServer):
    elsewhere = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
    assert httpx.get(f"{server.url}gradio_api/info", headers=elsewhere).status_code == 403
    link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    assert httpx.get(server.url, headers=link).status_code == 200
    own = {"sec-fetch-site": "same-origin", "origin": server.url.rstrip("/")}
    assert httpx.get(f"{server.url}gradio_api/info", headers=own).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "10.0.0.2:7860", "[::1]:7860", "box.localhost"])
def test_numbers_and_local_names_need_not_be_told(server: DemoServer, host: str):
    assert httpx.get(f"{server.url}health", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        *(
            "token",
            "app_id",
            "user",
            "login_check",
            "dev/reload",
            "runs",
            "openapi.json",
            "vibe-code",
            "call/ask/1",
        ),
        *("deep_link?session_hash=a", "proxy=https://evil.example", "file=https://evil.example/a.mp4"),
        *("stream/a/1/1/playlist.m3u8", "component_server", "process_recording"),
    ],
)
def test_routes_that_the_page_does_not_use_are_closed(server: DemoServer, path: str):
    for method in ("GET", "POST"):
        assert httpx.request(method, f"{server.url}gradio_api/{path}").status_code == 404


def test_every_answer_tells_the_browser_what_the_page_may_do(server: DemoServer):
    for path in ("", "health", "gradio_api/token", "theme.css"):
        headers = httpx.get(server.url + path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe-inline" not in re.search("script-src[^;]+", policy)[0]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"


def test_each_document_has_a_number_of_its_own_for_its_scripts(server: DemoServer):
    documents = [httpx.get(server.url) for _ in range(2)]
    numbers = [re.search("'nonce-([^']+)'", each.headers["content-security-policy"])[1] for each in documents]
    assert numbers[0] != numbers[1]
    for document, number in zip(documents, numbers, strict=True):
        assert document.text.count("<script") == document.text.count(f'<script nonce="{number}"') > 3
    assert len(theme.scripts()) == documents[0].headers["content-security-policy"].count("'sha256-")


def test_a_tab_belongs_to_the_browser_that_has_used_it_first(server: DemoServer):
    mine, another = (httpx.Client(base_url=server.url) for _ in range(2))
    for browser in (mine, another):
        browser.get("/")
    (cookie,) = mine.cookies.jar
    assert cookie.get_nonstandard_attr("SameSite") == "lax"
    assert cookie.has_nonstandard_attr("HttpOnly")
    body = {"data": ["What?"], "fn_index": 0, "session_hash": "of-one-browser"}
    assert mine.post(f"/{JOIN}", json=body).status_code != 404
    assert another.post(f"/{JOIN}", json=body).status_code == 404
    assert httpx.post(f"{server.url}{JOIN}", json=body).status_code == 404, "without a cookie"
    cancel = {"session_hash": "of-one-browser", "fn_index": 0, "event_id": "1"}
    assert another.post("/gradio_api/cancel", json=cancel).status_code == 404
    assert another.get("/gradio_api/heartbeat/of-one-browser").status_code == 404
    assert another.get("/gradio_api/queue/data?session_hash=of-one-browser").status_code == 404


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"data": []}', b'{"session_hash": ""}', b'{"session_hash": 1}', b"[" * 100_000]
)
def test_what_names_no_tab_is_no_event(server: DemoServer, body: bytes):
    answer = httpx.post(f"{server.url}gradio_api/run/ask", content=body)
    assert answer.status_code == 400


def test_a_name_of_megabytes_is_no_tab(server: DemoServer):
    """Names are remembered, a thousand of each visitor."""
    body = {"data": [], "fn_index": 0, "session_hash": "s" * 10**6}
    assert httpx.post(f"{server.url}{JOIN}", json=body).status_code == 404


@pytest.mark.parametrize("number", [99999, -1, "a", [1]])
@pytest.mark.parametrize("path", [JOIN, "gradio_api/run/predict"])
def test_an_event_that_the_page_has_not_is_not_there(server: DemoServer, path: str, number, capfd):
    body = {"data": [], "fn_index": number, "session_hash": "curious"}
    assert httpx.post(f"{server.url}{path}", json=body).status_code in (404, 422)
    assert "Traceback" not in capfd.readouterr().err


def test_a_tab_that_has_asked_nothing_has_no_stream(server: DemoServer, capfd):
    """And whoever asks for one leaves no page of the log behind."""
    answer = httpx.get(f"{server.url}gradio_api/queue/data?session_hash=silent")
    assert json.loads(answer.text.removeprefix("data: "))["session_not_found"] is True
    assert "Traceback" not in capfd.readouterr().err


def test_a_part_of_a_file_tells_nothing_of_the_request(server: DemoServer, capfd):
    """Or a script could read the cookie that no script may read."""
    example = f"{server.url}gradio_api/file={server.folder}/examples/red.mp4"
    said = {"cookie": "token=secret", "set-cookie": "a=b", "access-control-allow-origin": "*", "x-mine": "1"}
    answer = httpx.get(example, headers={"range": "bytes=0-9", **said})
    assert (answer.status_code, len(answer.content)) == (206, 10)
    assert not {"cookie", "set-cookie", "access-control-allow-origin", "x-mine"} & set(answer.headers)
    for nonsense in ("bytes=1-2-3", "bytes=0-1," * 9 + "2-3", "cats=1-2", "bytes=a-b"):
        assert httpx.get(example, headers={"range": nonsense}).status_code == 200
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("path", ["http://example.com/a.mp4", "HTTPS://example.com/a.mp4", " http://a/b"])
def test_the_server_fetches_no_clip_for_a_visitor(
    server: DemoServer, path: str, monkeypatch: pytest.MonkeyPatch
):
    fetch = "gradio.processing_utils.async_ssrf_protected_download"
    monkeypatch.setattr(fetch, lambda *_: pytest.fail("it was fetched"))
    with httpx.Client(base_url=server.url, timeout=60) as browser:
        events = browser.get("/config").json()["dependencies"]
        opens = next(each["id"] for each in events if each["api_name"] == "open_clip")
        clip = {"path": path, "meta": {"_type": "gradio.FileData"}}
        body = {"data": [clip, 8], "fn_index": opens, "session_hash": f"fetches {path}"}
        assert browser.post(f"/{JOIN}", json=body).status_code == 200
        told = browser.get("/gradio_api/queue/data", params={"session_hash": f"fetches {path}"}).text
    assert "Not as the page sends it" in told


@pytest.mark.parametrize(
    "host", ["evil.example:80@localhost", "localhost@evil.example", "[::1", "a b", "localhost/../x", ""]
)
def test_what_is_no_name_of_a_host_is_none_of_ours(server: DemoServer, host: str):
    assert httpx.get(f"{server.url}health", headers={"host": host}).status_code == 400


def test_nobody_pushes_out_anothers_tab(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("demo.server.guard.owners.MOST", 3)
    owners = Owners(lambda *_: pytest.fail("not asked"))
    assert owners.take("hers", "ada")
    assert all(owners.take(f"invented {number}", "eve") for number in range(10))
    assert not owners.take("hers", "eve")
    assert owners.take("invented 1", "ada"), "eve has too many to keep them all"


def test_a_program_still_talks_with_the_page(server: DemoServer):
    assert isinstance(client := connect(server), Client)
    assert "choose a video" in ask(client, "What is in the video?")[-1][1]


def seen(client: str, headers: dict[str, str], path: str = "/", **options) -> dict:
    """The request as what stands behind the guard sees it."""
    guard = Addresses(lambda *_: pytest.fail("not asked"), **options)
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "client": (client, 1), "scheme": "http", "headers": raw}
    scope |= {"path": path, "raw_path": path.encode()}
    return guard._before_proxies(scope)


SAID = {
    "host": "inside:7860",
    "x-forwarded-for": "6.6.6.6, 9.9.9.9, 10.0.0.2",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "talk.example",
}


def test_only_a_known_proxy_is_believed():
    scope = seen("10.0.0.1", SAID)
    assert (scope["client"][0], scope["scheme"]) == ("10.0.0.1", "http")
    assert dict(scope["headers"]) == {b"host": b"inside:7860"}, "gradio would believe it"
    scope = seen("10.0.0.1", SAID, proxies=["10.0.0.0/8"])
    assert (scope["client"][0], scope["scheme"]) == ("9.9.9.9", "https"), "the visitor said 6.6.6.6"
    assert dict(scope["headers"]) == {b"host": b"talk.example"}
    assert not {name for name, _ in scope["headers"]} & set(FORWARDED)


@pytest.mark.parametrize(
    ("said", "client"),
    [("1.2.3.4:5678", "1.2.3.4"), ("2001:db8::1", "2001:db8::1"), ("[2001:db8::1]:5", "2001:db8::1")],
)
def test_a_proxy_may_add_the_port_of_a_visitor(said: str, client: str):
    scope = seen("10.0.0.1", {"x-forwarded-for": said}, proxies=["10.0.0.1"])
    assert scope["client"][0] == client


def test_a_proxy_may_leave_its_path_on_or_take_it_off():
    for path in ("/reeltalk/gradio_api/info", "/gradio_api/info"):
        assert seen("10.0.0.1", {}, path, root_path="/reeltalk")["path"] == "/gradio_api/info"
    assert seen("10.0.0.1", {}, "/reeltalker", root_path="/reeltalk")["path"] == "/reeltalker"


def test_only_sites_that_the_operator_names_may_show_the_page(tmp_path: Path):
    server = DemoServer(tmp_path, [], accounts=[("ada", "secret")], more={"frames": ["https://site.example"]})
    try:
        answer = httpx.post(f"{server.url}login", data={"username": "ada", "password": "secret"})
        assert answer.headers["content-security-policy"].endswith("frame-ancestors https://site.example")
        cookie = answer.headers["set-cookie"].lower()
        assert "samesite=none" in cookie, "or the browser would not send it from within the other page"
        assert "secure" in cookie
    finally:
        server.close()
