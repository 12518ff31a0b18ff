"""`reeltalk serve` as a process of its own."""

import signal
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import Popen

import openai
import pytest

from core.cli.main import main
from core.serve.keys import add_key
from tests.serve.asking import about

Start = Callable[..., "Popen[str]"]


def serving(start: Start, port: int, *options: str) -> tuple["Popen[str]", str]:
    """The process, and where it says that it answers."""
    process = start("serve", "--model", "tiny", "--port", str(port), "--senses-at-once", "0", *options)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert "answers at" in line, line
    return process, line.split()[-3]


@pytest.mark.slow
def test_a_program_asks_with_a_key_that_was_just_made(
    start_command_line: Start,
    free_port: int,
    tmp_path: Path,
    data_url: str,
    capsys: pytest.CaptureFixture[str],
):
    keys = tmp_path / "keys.toml"
    assert main(["api-key", "ada", "--keys", str(keys)]) == 0
    token = capsys.readouterr().out.strip()
    _, url = serving(start_command_line, free_port, "--keys", str(keys))
    client = openai.OpenAI(base_url=url, api_key=token, max_retries=0)
    assert client.chat.completions.create(model="tiny", messages=about(data_url)).choices[0].message.content
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=url, api_key="guessed").models.list()


@pytest.mark.slow
def test_a_server_that_is_stopped_ends_its_answers_and_leaves_nothing(
    start_command_line: Start, free_port: int, tmp_path: Path, data_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    process, url = serving(start_command_line, free_port)
    client = openai.OpenAI(base_url=url, api_key="any", max_retries=0)
    client.files.create(file=("a.mp4", b"clip"), purpose="user_data")
    assert list(tmp_path.glob("reeltalk-api-*"))
    stream = client.chat.completions.create(
        model="tiny", messages=about(data_url), stream=True, max_tokens=500
    )
    chunks = iter(stream)
    next(chunks)
    process.send_signal(signal.SIGTERM)
    last = [chunk.choices[0].finish_reason for chunk in chunks][-1]
    assert last in ("stop", "length")
    assert process.wait(30) == 0
    assert not list(tmp_path.glob("reeltalk-api-*"))


def test_where_others_reach_it_keys_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["serve", "--host", "0.0.0.0"]) == 2
    assert "needs keys" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told_in_one_line(
    free_port: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    with socket.create_server(("127.0.0.1", free_port)):
        assert main(["serve", "--port", str(free_port)]) == 2
    errors = capsys.readouterr().err
    assert f"cannot listen at 127.0.0.1:{free_port}" in errors
    assert errors.count("\n") == 1


@pytest.mark.slow
def test_many_at_once_get_the_answers_that_each_would_get_alone(
    start_command_line: Start, free_port: int, tmp_path: Path, data_url: str
):
    keys = tmp_path / "keys.toml"
    token = add_key(keys, "ada")
    keys.write_text(keys.read_text().strip() + "\nat_once = 50\n")
    _, url = serving(start_command_line, free_port, "--keys", str(keys), "--at-once", "4")
    client = openai.OpenAI(base_url=url, api_key=token, max_retries=0)
    questions = ["What is it?", "它往哪个方向移动？", "Tell me of the colours, please."]

    def ask(number: int) -> str:
        messages = about(data_url, questions[number % 3])
        reply = client.chat.completions.create(model="tiny", messages=messages, max_tokens=20)
        return reply.choices[0].message.content

    alone = [ask(number) for number in range(3)]
    with ThreadPoolExecutor(12) as threads:
        together = list(threads.map(ask, range(12)))
    assert len(set(alone)) == 3
    assert together == alone * 4
