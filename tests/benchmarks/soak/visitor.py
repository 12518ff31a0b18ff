"""One visitor of the page, over the routes that a browser uses: uploads, asks, stops, reloads, leaves."""

import asyncio
import json
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from demo.server.tabs import MOST_CLIPS

TOKENS = 24  # of an answer at most
PATIENCE = 600.0  # seconds that an event may take on a busy machine
QUESTIONS = ("What is in the video?", "视频里有什么？", "Where does it go?", "它什么时候停下？")


class LostError(Exception):
    """An event came to no end, or to one that nobody would understand."""


class Visitor:
    """counts: of what was done and how it ended, shared by all. address: whence it comes, as a proxy says."""

    def __init__(self, url: str, address: str, chance: random.Random, counts: Counter[str]) -> None:
        self.chance, self.counts = chance, counts
        headers = {"x-forwarded-for": address, "accept-language": chance.choice(("en", "zh-CN"))}
        self.browser = httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE)
        self.clip = False  # whether there is one to ask about
        self._heartbeat: asyncio.Task[None] | None = None

    async def arrive(self) -> None:
        """Open the page in a new tab."""
        (await self.browser.get("/")).raise_for_status()
        config = (await self.browser.get("/config")).json()
        self._values = {each["id"]: each["props"].get("value") for each in config["components"]}
        self._events = {each["api_name"]: each for each in config["dependencies"] if each["api_name"]}
        self._load = next(each for each in config["dependencies"] if _loads(each))
        self.session, self.clip, self._clips = secrets.token_hex(6), False, 0
        self._heartbeat = asyncio.create_task(self._stay(self.session))
        await self.event(self._load, [])
        self.counts["pages opened"] += 1

    async def leave(self) -> None:
        """Close the tab."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            with suppress(asyncio.CancelledError, httpx.HTTPError):
                await self._heartbeat
        self.counts["tabs closed"] += 1

    async def open(self, path: Path, good: bool, anew: bool = True) -> None:
        """Upload a clip and wait until it is read, or refused. anew: perhaps one that nobody has brought."""
        if self._clips == MOST_CLIPS:  # no more go into a tab
            await self.leave()
            await self.arrive()
        files = {"files": (path.name, self._like(path, good and anew))}
        answer = await self.browser.post("/gradio_api/upload", files=files)
        if answer.status_code in (413, 507):
            self.counts["uploads without room"] += 1
            return
        file = {"path": answer.raise_for_status().json()[0], "meta": {"_type": "gradio.FileData"}}
        told = json.dumps(await self.event(self._events["open_clip"], [file, 8]), ensure_ascii=False)
        read, refused = "data-seek" in told, "rt-error" in told
        if good and not read and not refused:
            raise LostError(f"a clip was neither read nor refused: {told[:300]}")
        self._clips += read
        self.clip = read  # a file that is refused takes the place on the page
        self.counts["clips read" if read else "bad clips refused"] += 1

    async def ask(self, stop: bool) -> None:
        """Ask, and perhaps stop the answer soon."""
        question = self.chance.choice(QUESTIONS)
        stopping = asyncio.create_task(self._stop()) if stop else None
        told = await self.event(self._events["ask"], [question, "auto", 0.0, TOKENS, True])
        if stopping is not None:
            await stopping
        text = json.dumps(told, ensure_ascii=False)
        if self.clip and not stop and "rt-cost" not in text:
            raise LostError(f"a question has no answer: {text[-300:]}")
        self.counts["answers stopped" if stop else "answers" if self.clip else "asked without a clip"] += 1

    async def event(self, dependency: dict[str, Any], values: list[Any]) -> list[Any]:
        """All that an event has shown; of the other inputs the values are those of the page."""
        data = [*values, *(self._values.get(each) for each in dependency["inputs"][len(values) :])]
        body = {"data": data, "fn_index": dependency["id"], "session_hash": self.session, "event_data": None}
        while True:
            joined = await self.browser.post("/gradio_api/queue/join", json=body)
            if joined.status_code not in (429, 503):
                break
            self.counts["told that the queue is full"] += 1
            await asyncio.sleep(self.chance.uniform(1, 3))
        event_id, shown = joined.raise_for_status().json()["event_id"], []
        async for message in self._messages():
            if message.get("event_id") == event_id and "output" in message:
                shown.append(message["output"].get("data"))
            if message.get("event_id") == event_id and message["msg"] == "process_completed":
                if not message.get("success"):
                    raise LostError(f"an event failed: {message}"[:500])
                return shown
        raise LostError("the stream of events ended")

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        asked = {"session_hash": self.session}
        async with self.browser.stream("GET", "/gradio_api/queue/data", params=asked) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    yield json.loads(line.removeprefix("data:"))

    async def _stop(self) -> None:
        await asyncio.sleep(self.chance.uniform(0, 2))
        body = {"data": [], "session_hash": self.session, "fn_index": self._events["stop"]["id"]}
        (await self.browser.post("/gradio_api/run/stop", json=body)).raise_for_status()

    async def _stay(self, session: str) -> None:
        """As long as this connection is open, the tab is."""
        async with self.browser.stream("GET", f"/gradio_api/heartbeat/{session}") as stream:
            async for _ in stream.aiter_raw():
                pass

    def _like(self, path: Path, anew: bool) -> bytes:
        """The file, or one that differs from all others and shows the same."""
        content = path.read_bytes()
        if anew and self.chance.random() < 0.5:
            content += b"\x00\x00\x00\x10free" + self.chance.randbytes(8)
        return content


def _loads(dependency: dict[str, Any]) -> bool:
    return any(target[1] == "load" for target in dependency["targets"]) and bool(dependency["inputs"])
