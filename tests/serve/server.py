"""Real servers of the API on ports of this machine: alone, and beside the page."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import openai
import uvicorn

from core.engine.video_chat import VideoChat
from core.image_llm.base import ImageLLM
from core.serve.api import Api
from core.serve.application import build_api
from core.serve.engines import LoadedEngines
from core.serve.keys import KeyFile, add_key
from core.serve.settings import ApiLimits
from core.video.clip import VideoLimits
from demo.models.engines import PageEngines
from demo.models.pool import Models
from tests.demo.server import free_port
from tests.tiny_model import TinyImageLLM

NO_SENSES = ApiLimits(senses_at_once=0)  # most tests need none, and they would take the processor


class ApiServer:
    """At `url`, until `close`; `token` is ada's key, and there is one of bob."""

    def __init__(
        self,
        folder: Path,
        chats: Mapping[str, VideoChat],
        limits: ApiLimits = NO_SENSES,
        open_to_all: bool = False,
        **more: Any,
    ) -> None:
        """more: of uvicorn."""
        keys = folder / "keys.toml"
        folder.mkdir(parents=True, exist_ok=True)
        self.keys = keys
        self.token, self.bob = add_key(keys, "ada"), add_key(keys, "bob")
        self.files = folder / "files"
        app = build_api(LoadedEngines(chats), self.files, None if open_to_all else KeyFile(keys), limits)
        self.api: Api = app.state.api
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        told = {"log_level": "warning", "timeout_graceful_shutdown": 30, **more}
        config = uvicorn.Config(app, port=self.port, **told)
        self.server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self.server.run, daemon=True)
        self._thread.start()
        while not self.server.started:
            assert self._thread.is_alive(), "the server did not start"
            self._thread.join(0.01)

    def client(self, token: str | None = None, **more: Any) -> openai.OpenAI:
        key = self.token if token is None else token
        return openai.OpenAI(base_url=f"{self.url}/v1", api_key=key, **{"max_retries": 0, **more})

    def later(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(base_url=f"{self.url}/v1", api_key=self.token, max_retries=0)

    def plain(self, token: str | None = None) -> httpx.Client:
        headers = {"authorization": f"Bearer {self.token if token is None else token}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def close(self) -> None:
        self.server.should_exit = True
        self._thread.join(60)


class PageServer:
    """At `url`, until `close`. more: options of launch."""

    def __init__(self, folder: Path, model: type[ImageLLM] = TinyImageLLM, **more: Any) -> None:
        from demo.page.app import build_app
        from demo.server.launch import launch

        folder.mkdir()
        self.models = Models(["tiny"], lambda name, progress: VideoChat(model(), folder / "engine"))
        self.models.start()
        self.token = add_key(folder / "keys.toml", "ada")
        self.keys = KeyFile(folder / "keys.toml")
        self.api = build_api(PageEngines(self.models), folder / "files", self.keys, NO_SENSES)
        self.app = build_app(self.models, VideoLimits(), folder / "data", [], senses_at_once=0)
        _, self.url, _ = launch(self.app, port=free_port(), folder=folder, api=self.api, **more)

    def client(self, url: str = "", **more: Any) -> openai.OpenAI:
        """url: of the API, where a proxy stands before it."""
        return openai.OpenAI(base_url=url or f"{self.url}v1", api_key=self.token, max_retries=0, **more)

    def close(self) -> None:
        self.app.close(verbose=False)
