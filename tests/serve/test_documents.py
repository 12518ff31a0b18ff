"""What docs/serving.md shows of the API is run as it stands there, against a server of this machine."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engine.video_chat import VideoChat
from core.serve.settings import ApiLimits
from tests.serve.server import ApiServer
from tests.serve.speaking import SpeakingImageLLM, said_to

TEXT = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
HERE = "http://127.0.0.1:8000"
LINES = re.findall(rf"^curl (?:.*\\\n)*{HERE}(?:(?!^curl|^```).*\n)+", TEXT, re.MULTILINE)
ANSWER = said_to("What is in the video?")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory, clip_file: Path) -> Iterator[ApiServer]:
    folder = tmp_path_factory.mktemp("shown")
    chats = {"compact": VideoChat(SpeakingImageLLM(), folder / "engine")}
    running = ApiServer(folder, chats, ApiLimits(senses_at_once=1))
    (folder / "clip.mp4").write_bytes(clip_file.read_bytes())
    yield running
    running.close()


def test_the_lines_of_curl_are_found():
    assert len(LINES) == TEXT.count(f"curl {HERE}") == 8


@pytest.mark.slow
@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line.split()[1:3]))
def test_a_line_of_curl_does_what_it_says(shown: ApiServer, line: str):
    folder = shown.keys.parent
    file = shown.client().files.create(file=folder / "clip.mp4", purpose="user_data")
    line = line.replace(HERE, shown.url).replace("curl ", "curl --silent --show-error --fail-with-body ", 1)
    done = subprocess.run(
        ["bash", "-c", line],
        cwd=folder,
        env={**os.environ, "KEY": shown.token, "FILE": file.id},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip()
    if "chat/completions" in line:
        assert ANSWER.split("'")[-1] in done.stdout


def test_the_python_of_the_document_prints_an_answer(
    shown: ApiServer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (program,) = re.findall("```python\n(.+?)```", TEXT, re.DOTALL)
    monkeypatch.chdir(shown.keys.parent)
    program = program.replace(HERE, shown.url).replace("sk-reeltalk-...", shown.token)
    exec(compile(program, "serving.md", "exec"), {})
    assert capsys.readouterr().out == ANSWER
