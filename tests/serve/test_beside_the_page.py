"""The API in the page's own process: programs come in by key, visitors as ever, and neither as the other."""

import base64
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest

from tests.serve.asking import about
from tests.serve.server import PageServer
from tests.serve.speaking import LONG, SpeakingImageLLM, said_to
from tests.trust.nginx import BEHIND, NAME, NGINX, behind_nginx


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageServer]:
    folder = tmp_path_factory.mktemp("beside") / "page"
    running = PageServer(folder, SpeakingImageLLM, accounts=[("grace", "secret")], **BEHIND)
    yield running
    running.close()


def test_a_key_opens_the_api_and_nothing_of_the_page(page: PageServer, data_url: str):
    reply = page.client().chat.completions.create(model="tiny", messages=about(data_url, "Who asks?"))
    assert reply.choices[0].message.content == said_to("Who asks?")
    bearer = {"authorization": f"Bearer {page.token}"}
    assert httpx.get(f"{page.url}config", headers=bearer).status_code == 401
    assert httpx.get(f"{page.url}metrics", headers=bearer).status_code == 200
    assert httpx.get(f"{page.url}gradio_api/info", headers=bearer).status_code == 401


def test_an_account_opens_the_page_and_nothing_of_the_api(page: PageServer):
    visitor = httpx.Client(base_url=page.url)
    signed_in = visitor.post("login", data={"username": "grace", "password": "secret"})
    visitor.headers["cookie"] = signed_in.headers["set-cookie"].split(";")[
        0
    ]  # of /reeltalk, where no proxy is
    assert visitor.get("config").status_code == 200
    refused = visitor.get("v1/models")
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "invalid_api_key")
    assert visitor.get("metrics").status_code == 401


def test_another_sites_page_cannot_ask_even_with_a_key(page: PageServer):
    headers = {"authorization": f"Bearer {page.token}", "origin": "https://evil.example"}
    assert httpx.get(f"{page.url}v1/models", headers=headers).status_code == 403
    headers = {"authorization": f"Bearer {page.token}", "host": "evil.example"}
    assert httpx.get(f"{page.url}v1/models", headers=headers).status_code == 400


def test_a_clip_inside_a_request_may_be_larger_than_what_a_browser_sends(page: PageServer, clip_file: Path):
    padded = clip_file.read_bytes() + b"\0" * 9 * 10**6  # a free box at the end changes no picture
    url = "data:video/mp4;base64," + base64.b64encode(padded).decode()
    assert page.client().chat.completions.create(model="tiny", messages=about(url)).choices


def test_a_client_that_goes_away_gives_the_turn_back(page: PageServer, data_url: str):
    stream = page.client().chat.completions.create(
        model="tiny", messages=about(data_url, f"Please {LONG}"), stream=True, max_tokens=2000
    )
    next(iter(stream))
    assert page.models.turn.locked()
    stream.close()
    reply = page.client().chat.completions.create(model="tiny", messages=about(data_url))
    assert reply.choices[0].finish_reason == "stop"


@pytest.mark.slow
def test_without_keys_the_page_has_no_api(tmp_path: Path):
    from core.video.clip import VideoLimits
    from demo.models.pool import Models
    from demo.page.app import build_app
    from demo.server.launch import launch
    from tests.demo.server import free_port

    def never(name, progress):
        raise AssertionError("it was loaded")

    app = build_app(Models(["tiny"], never), VideoLimits(), tmp_path, [], senses_at_once=0)
    _, url, _ = launch(app, port=free_port())
    try:
        assert httpx.get(f"{url}v1/models").status_code == 404
        assert httpx.get(f"{url}metrics").status_code == 404
    finally:
        app.close(verbose=False)


@pytest.mark.slow
@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_page_and_api_stand_side_by_side_behind_nginx_under_a_path(
    page: PageServer, tmp_path: Path, data_url: str
):
    with behind_nginx(page, tmp_path) as proxy:  # type: ignore[arg-type]  # which needs its address alone
        host = f"{NAME}:{proxy.rsplit(':', 1)[1]}"
        visitor = httpx.Client(base_url=proxy, verify=False, headers={"host": host, "accept": "text/html"})
        assert 'action="login?lang=en"' in visitor.get("/reeltalk/").text
        client = page.client(
            f"{proxy}/reeltalk/v1",
            http_client=openai.DefaultHttpxClient(verify=False),
            default_headers={"host": host},
        )
        stream = client.chat.completions.create(
            model="tiny", messages=about(data_url, "Through it?"), stream=True
        )
        pieces = [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(pieces) == said_to("Through it?")
    assert len(pieces) > 10
