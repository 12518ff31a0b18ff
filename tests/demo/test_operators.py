"""What the operator of a server needs: accounts, /health, a log without anybody's words, help."""

import logging
import os
import subprocess
import sys

import httpx
import pytest
import typer
from gradio_client import Client

from core import ReelTalkError
from core.errors import ModelError
from demo.server.accounts import read_accounts
from tests.demo.client import ask, connect, open_clip
from tests.demo.server import DemoServer, running_server, write_clip
from tests.demo.test_chat import ROOT

QUESTION = "What is in the video?"
WIDE = {**os.environ, "COLUMNS": "160", "TERM": "dumb"}


def test_accounts_are_lines_of_name_and_password(tmp_path):
    path = tmp_path / "accounts"
    path.write_text("# friends\nada:one:two\n\n 小明:密码 \n", "utf-8")
    assert read_accounts(path) == [("ada", "one:two"), ("小明", "密码")]


@pytest.mark.parametrize("text", ["", "# nobody\n", "ada:x\nsecret\n", ":secret", "ada:"])
def test_a_file_of_accounts_that_cannot_be_meant_is_refused_without_showing_it(tmp_path, text):
    path = tmp_path / "accounts"
    path.write_text(text, "utf-8")
    with pytest.raises(ReelTalkError, match="name:password") as caught:
        read_accounts(path)
    assert "secret" not in str(caught.value)


def test_no_file_of_accounts_is_one_clear_line(tmp_path):
    command = [sys.executable, "-m", "demo", "--auth", str(tmp_path / "none"), "--only"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.endswith("line 1: a line of accounts is `name:password`.")


@pytest.fixture
def started(tmp_path, monkeypatch):
    """Starts the program as far as serving; the models that it would serve, and the line that says why."""
    from demo.server import options

    served = []
    monkeypatch.setattr(options, "serve", lambda models, data, page, more, why: served.append((models, why)))
    monkeypatch.setattr(options.signal, "signal", lambda *_: None)
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr("core.image_llm.fitting.free_memory", lambda: 3 * 10**9)
    app = typer.Typer()
    app.command()(options.main)

    def start(*arguments: str):
        app(list(arguments), standalone_mode=False)
        return served[-1]

    return start


def test_without_a_model_the_one_that_fits_is_first_and_a_line_says_why(started):
    models, why = started()
    assert [host.name for host in models.hosts[:2]] == ["compact-mini", "compact"]
    assert why == "3.0 GB of memory are free: compact-mini is used (needs 2.7 GB). Another: --model."


def test_with_a_model_it_is_first_without_a_word_and_our_own_are_offered_too(started):
    models, why = started("--model", "someone/other")
    assert [host.name for host in models.hosts[:3]] == ["someone/other", "compact", "compact-mini"]
    assert why == ""


def test_with_only_no_other_is_offered(started):
    models, _ = started("--only")
    assert [host.name for host in models.hosts] == ["compact-mini"]


@pytest.mark.slow
def test_with_accounts_only_they_see_the_page_and_everybody_its_health(tmp_path):
    server = DemoServer(tmp_path, [], accounts=[("ada", "secret")])
    try:
        assert httpx.get(f"{server.url}config").status_code == 401
        wrong = httpx.post(f"{server.url}login", data={"username": "ada", "password": "guess"})
        assert wrong.status_code == 401
        right = httpx.post(f"{server.url}login", data={"username": "ada", "password": "secret"})
        assert right.status_code == 200
        assert httpx.get(f"{server.url}config", cookies=right.cookies).status_code == 200
        server.models.first.wait()
        assert httpx.get(f"{server.url}health").status_code == 200
        client = Client(server.url, auth=("ada", "secret"), verbose=False, analytics_enabled=False)
        assert "Please choose a video or picture first" in ask(client, QUESTION)[-1][1]
    finally:
        server.close()


def test_health_tells_when_the_first_model_is_there(tmp_path):
    server = DemoServer(tmp_path, [], held=True)
    try:
        answer = httpx.get(f"{server.url}health")
        assert (answer.status_code, answer.json()["status"]) == (503, "loading")
        server.scripts["compact"].may_load.set()
        server.models.first.wait()
        answer = httpx.get(f"{server.url}health")
        assert answer.status_code == 200
        assert answer.json() == {"status": "ready", "models": {"compact": "ready"}}
    finally:
        server.close()


def test_health_tells_that_the_model_could_not_be_loaded(tmp_path):
    error = ModelError("weights_unavailable", name="llm.gguf", megabytes=98, reason="offline")
    server = DemoServer(tmp_path, [], error=error)
    try:
        server.models.first.wait()
        answer = httpx.get(f"{server.url}health")
        assert (answer.status_code, answer.json()["status"]) == (503, "failed")
    finally:
        server.close()


@pytest.mark.slow
def test_each_request_is_one_line_without_anybodys_words(tmp_path, caplog):
    caplog.set_level(logging.INFO, "demo.server.request_log")
    client = connect(running_server())
    ask(client, f"{QUESTION} private")
    open_clip(client, write_clip(tmp_path / "private.mp4", seconds=2.2))
    ask(client, f"{QUESTION} private")
    notes = tmp_path / "private notes.mp4"
    notes.write_text("dear diary " * 100)
    open_clip(client, notes)
    lines = [record.getMessage() for record in caplog.records if record.name == "demo.server.request_log"]
    assert len(lines) == 4
    assert lines[0] == "question model=compact turn=1 outcome=no_clip"
    assert lines[1].startswith("clip model=compact frames=8 seconds=")
    assert lines[1].endswith("outcome=done")
    assert lines[2].startswith("question model=compact turn=1 language=en tokens=")
    assert lines[2].endswith("outcome=done")
    assert lines[3].endswith("outcome=not_a_video")
    assert "private" not in "".join(lines)
    assert "red" not in "".join(lines)


def test_help_tells_every_option():
    command = [sys.executable, "-m", "demo", "--help"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=120, env=WIDE
    )
    for option in (
        "host",
        "port",
        "model",
        "adapter",
        "auth",
        "max-upload",
        "queue",
        "trust-host",
        "proxy",
        "root-path",
        "embed",
        "data",
        "share",
        "read-only-examples",
    ):
        assert f"--{option} " in done.stdout, option
