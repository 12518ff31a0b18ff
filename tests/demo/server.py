"""A real server of the page with a tiny model that says what a script tells it, for tests."""

import atexit
import shutil
import socket
import tempfile
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch

from core import Sighting, VideoChat, VideoLimits
from core.errors import ModelError
from core.language.detection import ANSWER_IN
from demo.clip.examples import Example
from demo.links.fetched import LinkedClips
from demo.models.pool import Models
from demo.server.accounts import Accounts
from tests.tiny_model import TinyImageLLM

ANSWERS = {
    "en": "A red square moves from left to right. It starts at 0:00 and stops at 0:03.",
    "zh": "一个红色方块从左往右移动，0:00 出发，0:03 停下。",
}
LONG = "count"  # a question with this word gets hundreds of words, the first of them fast, the others slowly
PACE, SLOW_PACE = 0.005, 0.2  # seconds for a token
FAST = 24  # tokens of a long answer


class ScriptedImageLLM(TinyImageLLM):
    """Everything is as in the tiny model, but the tokens it chooses spell a given answer."""

    name = "compact"  # so that the page shows the texts of the real one

    def __init__(self, answers: dict[str, str], seed: int = 0, able: bool = False) -> None:
        super().__init__(seed)
        self.compares_clips = self.reads_subtitles = able
        self.prompts: list[str] = []  # the words of each
        self._answers = answers
        self.languages = tuple(answers)

    def embed(self, parts, prefix):
        question = str(parts[-1])
        self.prompts.append("".join(part for part in parts if isinstance(part, str)))
        chinese = any("一" <= letter <= "鿿" for letter in question) and ANSWER_IN["en"] not in question
        self._slow = LONG in question
        answer = (
            " ".join(str(number) for number in range(900))
            if self._slow
            else self._answers["zh" if chinese and "zh" in self._answers else "en"]
        )
        self._script = [*self.tokenizer(answer)["input_ids"], self.tokenizer.eos_token_id]
        self._said = 0
        return super().embed(parts, prefix)

    def sightings(self, features):
        return (Sighting(0.0, float(features.seconds[-1]), {"en": "square", "zh": "方块"}),)

    def forward(self, embeds, cache):
        logits = super().forward(embeds, cache)
        self._said += 1
        time.sleep(SLOW_PACE if self._slow and self._said > FAST else PACE)
        logits = torch.full_like(logits, -1000.0)
        logits[self._script.pop(0)] = 1000.0
        return logits


def _open() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass
class Script:
    """A model of the server: whether its loading fails, and what it answers.

    may_load: while it is cleared, loading goes no further, so that what waits for it can be seen.
    """

    may_load: threading.Event = field(default_factory=_open)
    error: Exception | None = None
    answers: dict[str, str] = field(default_factory=lambda: ANSWERS)
    able: bool = False  # to compare clips, and to read subtitles
    loads: int = 0  # how often it was loaded


class DemoServer:
    """The page at `url`, until `close`. Beside the default model it may offer `others`.

    held: the default model is not loaded before `scripts["compact"].may_load` is set.
    """

    def __init__(
        self,
        folder: Path,
        clips: list[Example],
        held: bool = False,
        error: Exception | None = None,
        others: dict[str, Script] | None = None,
        able: bool = False,
        accounts: Accounts | None = None,
        uploads: bool = True,
        more: dict[str, Any] | None = None,  # options of launch
        senses: int = 0,  # at once; most tests need none, and they would take the processor from the others
        links: LinkedClips | None = None,
    ) -> None:
        from demo.page.app import build_app
        from demo.server.health import health_route
        from demo.server.launch import launch

        scripts = {"compact": Script(error=error, able=able), **(others or {})}
        if held:
            scripts["compact"].may_load.clear()

        def load(name, progress):
            script = scripts[name]
            script.loads += 1
            progress("loading", 0.4)
            script.may_load.wait()
            if script.error is not None:
                raise script.error
            model = ScriptedImageLLM(script.answers, list(scripts).index(name), script.able)
            return VideoChat(model, folder)

        self.folder = folder
        self.scripts = scripts
        self.models = Models(list(scripts), load)
        self.models.start()
        limits = VideoLimits(max_bytes=20 * 10**6)
        self.app = build_app(self.models, limits, folder / "data", clips, uploads, senses, links=links)
        _, self.url, _ = launch(
            self.app,
            port=free_port(),
            max_upload=20 * 10**6,
            folder=folder / "examples",
            accounts=accounts,
            routes=[health_route(self.models)],
            **(more or {}),
        )

    def close(self) -> None:
        for script in self.scripts.values():
            script.may_load.set()
        self.app.close(verbose=False)


@cache
def running_server() -> DemoServer:
    """One server for all tests of this process, with two example clips."""
    folder = Path(tempfile.mkdtemp(prefix="reeltalk-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    clips = [
        Example(write_clip(folder / "examples" / "red.mp4"), {"en": "Red square", "zh": "红方块"}),
        Example(
            write_clip(folder / "examples" / "blue.mp4", colour=(52, 101, 164)),
            {"en": "Blue one", "zh": "蓝的"},
        ),
    ]
    server = DemoServer(folder, clips)
    atexit.register(server.close)
    return server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def write_clip(path: Path, seconds: float = 4.0, colour: tuple[int, int, int] = (214, 69, 65)) -> Path:
    """A square that moves from left to right, as H.264."""
    import av

    path.parent.mkdir(parents=True, exist_ok=True)
    rate, width, height, side = 10, 320, 180, 60
    with av.open(str(path), "w") as file:
        stream = file.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        count = round(seconds * rate)
        for index in range(count):
            picture = np.full((height, width, 3), (236, 232, 222), np.uint8)
            left = round((width - side) * index / max(1, count - 1))
            picture[60:120, left : left + side] = colour
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                file.mux(packet)
        for packet in stream.encode():
            file.mux(packet)
    return path


def main() -> None:
    """`python -m tests.demo.server`: the page with the scripted model, to look at."""
    folder = Path(tempfile.mkdtemp())
    clips = [
        Example(write_clip(folder / "examples" / f"{name}.mp4", colour=colour), {"en": en, "zh": zh})
        for name, colour, en, zh in (
            ("red", (214, 69, 65), "Red square", "红方块"),
            ("blue", (52, 101, 164), "Blue square", "蓝方块"),
            ("green", (78, 154, 6), "Green square", "绿方块"),
            ("gold", (196, 160, 0), "Gold square", "金方块"),
        )
    ]
    others = {
        "someone/other": Script(answers={"en": "I am the other one. It is at 0:02."}),
        "someone/too-large": Script(
            error=ModelError("not_enough_memory", name="someone/too-large", needed="70.0", free="4.0")
        ),
    }
    server = DemoServer(folder, clips, held=True, others=others)
    print(server.url, flush=True)
    threading.Timer(4.0, server.scripts["compact"].may_load.set).start()
    threading.Event().wait()


if __name__ == "__main__":
    main()
