"""The same conversation by API, page, command line and Python has the same answers."""

import html
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import Popen
from typing import Any

import pytest

from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from tests.demo.client import ask, connect, open_clip
from tests.serve.asking import in_turns
from tests.serve.server import ApiServer, PageServer
from tests.tiny_model import TinyImageLLM

QUESTIONS = ["What is in the video?", "它往哪个方向移动？", "And what colour is it?"]
SETTINGS = ChatSettings(max_new_tokens=32)
FRAMES = 8


@pytest.fixture
def page(tmp_path: Path) -> Iterator[PageServer]:
    running = PageServer(tmp_path / "page")
    yield running
    running.close()


@pytest.fixture
def expected(chat: VideoChat, clip_file: Path) -> list[str]:
    """The answers of the engine itself."""
    from core.video.sampling import SamplingPlan

    conversation = chat.start(chat.open(clip_file, SamplingPlan(frames=FRAMES)))
    answers = ["".join(chat.ask(conversation, question, SETTINGS)) for question in QUESTIONS]
    assert len(set(answers)) == len(answers)
    return answers


def asked_by_api(client: Any, data_url: str) -> list[str]:
    ours = {"reeltalk": {"frames": FRAMES}}
    return in_turns(client, "tiny", data_url, QUESTIONS, max_tokens=32, extra_body=ours)


def test_the_api_answers_as_python_does(chat: VideoChat, expected: list[str], tmp_path: Path, data_url: str):
    server = ApiServer(tmp_path / "api", {"tiny": VideoChat(TinyImageLLM(), tmp_path / "another")})
    try:
        assert asked_by_api(server.client(), data_url) == expected
    finally:
        server.close()


@pytest.mark.slow
def test_the_command_line_answers_as_python_does(
    expected: list[str], clip_file: Path, start_command_line: Callable[..., "Popen[str]"]
):
    options = ["--model", "tiny", "--frames", str(FRAMES), "--max-new-tokens", "32", "--json"]
    process = start_command_line("ask", str(clip_file), *QUESTIONS, *options, "--no-hear", "--no-read")
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert [json.loads(line)["answer"] for line in out.splitlines()] == expected


@pytest.mark.slow
def test_the_page_and_the_api_beside_it_answer_as_python_does(
    expected: list[str], page: PageServer, clip_file: Path, data_url: str
):
    visitor = connect(page)  # type: ignore[arg-type]  # which needs its address alone
    open_clip(visitor, clip_file)
    shown = [
        ask(visitor, each, language="auto", temperature=0, max_tokens=32, timestamps=True)[-1]
        for each in QUESTIONS
    ]
    written = [html.unescape(text.partition("\n\n<span")[0]) for text in shown[-1][1::2]]  # without the cost
    assert written == [answer.strip() for answer in expected]
    assert asked_by_api(page.client(), data_url) == expected
