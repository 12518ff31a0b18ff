"""One server with a scripted model for the tests that change nothing on it."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.engine.video_chat import VideoChat
from tests.serve.server import ApiServer
from tests.serve.speaking import SpeakingImageLLM


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    folder = tmp_path_factory.mktemp("api")
    running = ApiServer(folder, {"tiny": VideoChat(SpeakingImageLLM(), folder / "engine")})
    yield running
    running.close()


@pytest.fixture(scope="session")
def data_url(clip_file: Path) -> str:
    return "data:video/mp4;base64," + base64.b64encode(clip_file.read_bytes()).decode()
