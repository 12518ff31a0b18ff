"""Nothing that a visitor wrote or showed is in the log, also where it breaks what takes it."""

import logging
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.demo.client import ask, connect, open_clip
from tests.demo.server import DemoServer, running_server
from tests.video_files import write_clip

SECRET = "my-very-own-words"
FILE = {"path": f"/tmp/{SECRET}.mp4", "meta": {"_type": "gradio.FileData"}}


@pytest.fixture
def server() -> DemoServer:
    return running_server()


def junk(number: int) -> list[Any]:
    """Values for events that no page sends."""
    values = [SECRET, {SECRET: SECRET}, FILE, [SECRET] * 3, [[SECRET]], -1e308, None, True]
    return [values[(number + place) % len(values)] for place in range(12)]


@pytest.mark.parametrize("data", [junk(0), junk(2), [SECRET]], ids=range(3))
def test_what_no_page_sends_is_refused_and_not_logged(
    server: DemoServer, data: list[Any], capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """To every event of the page, by its number."""
    clicks = [SECRET, {"turn": SECRET, "rating": SECRET}, {"talk": SECRET, "value": SECRET}, None]
    with caplog.at_level(logging.INFO), httpx.Client(base_url=server.url, timeout=60) as browser:
        browser.get("/")
        count = len(browser.get("/config").json()["dependencies"])
        for number in range(count):
            more = {"session_hash": SECRET, "fn_index": number, "event_data": clicks[number % len(clicks)]}
            answer = browser.post("/gradio_api/run/predict", json={"data": data, **more})
            assert answer.status_code in (200, 404, 422, 500), answer.text[:200]
    logged = "".join(capfd.readouterr()) + caplog.text
    assert SECRET not in logged


def test_the_log_has_no_name_of_a_file_and_no_question(
    server: DemoServer, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Neither of a clip that is read, nor of one that is refused."""
    broken = tmp_path / f"{SECRET}-broken.mp4"
    broken.write_bytes(b"\0" * 3000)
    with caplog.at_level(logging.INFO):
        client = connect(server)
        open_clip(client, broken)
        open_clip(client, write_clip(tmp_path / f"{SECRET}.mp4"))
        ask(client, f"Is this {SECRET}?")
    assert SECRET not in "".join(capfd.readouterr()) + caplog.text
