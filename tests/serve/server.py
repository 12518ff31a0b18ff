"""A real server of the API on a port of this machine, with a model that spells what a script tells it."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import openai
import uvicorn

from core.engine.video_chat import VideoChat
from core.serve.api import Api
from core.serve.app import build_api
from core.serve.engines import LoadedEngines
from core.serve.keys import KeyFile, add_key
from core.serve.settings import ApiLimits
from tests.demo.server import free_port

NO_SENSES = ApiLimits(senses_at_once=0)  # most tests need none, and they would take the processor


class ApiServer:
    """At `url`, until `close`; `token` is ada's key, and there is one of bob."""

    def __init__(
        self,
        folder: Path,
        chats: Mapping[str, VideoChat],
        limits: ApiLimits = NO_SENSES,
        open_to_all: bool = False,
    ) -> None:
        keys = folder / "keys.toml"
        folder.mkdir(parents=True, exist_ok=True)
        self.keys = keys
        self.token, self.bob = add_key(keys, "ada"), add_key(keys, "bob")
        self.files = folder / "files"
        app = build_api(LoadedEngines(chats), self.files, None if open_to_all else KeyFile(keys), limits)
        self.api: Api = app.state.api
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(app, port=self.port, log_level="warning", timeout_graceful_shutdown=30)
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
