"""Limits hold on the server, whatever sends the request."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from starlette.responses import JSONResponse
from starlette.types import Message

from core import ReelTalkError, Turn
from core.engine.asked import MOST_CHARACTERS
from core.engine.video_chat import VideoChat
from core.errors import SettingError
from demo.chat import feedback
from demo.chat.feedback import FeedbackFile
from demo.chat.rating import LONGEST_REASON
from demo.keep.transcripts import LONGEST_QUESTION, MOST_BYTES, from_file
from demo.limits.visitor import USER
from demo.models.host import ModelHost
from demo.server import tabs
from demo.server.body_limit import OTHERS
from demo.server.guard.places import Places
from demo.server.tabs import Tabs
from tests.demo.client import connect, open_clip, wait_for
from tests.demo.server import DemoServer, running_server
from tests.event_loop import run_apart

MEGABYTE = 10**6


@pytest.fixture
def server() -> DemoServer:
    return running_server()


@pytest.mark.parametrize(
    "route", ["gradio_api/queue/join", "gradio_api/run/ask", "gradio_api/call/ask", "login"]
)
def test_a_large_body_is_refused_before_it_is_parsed(server: DemoServer, route: str):
    answer = httpx.post(server.url + route, content=b'{"data": ["' + b"a" * OTHERS + b'"]}')
    assert answer.status_code == 413


def test_a_large_body_that_does_not_say_how_large_it_is_is_refused(server: DemoServer):
    def pieces() -> Iterator[bytes]:
        yield b'{"data": ["'
        for _ in range(OTHERS // MEGABYTE + 1):
            yield b"a" * MEGABYTE

    answer = httpx.post(server.url + "gradio_api/queue/join", content=pieces())
    assert answer.status_code == 413


def test_an_upload_may_be_as_large_as_the_operator_says(server: DemoServer):
    size = 2 * OTHERS
    answer = httpx.post(server.url + "gradio_api/upload", files={"files": ("clip.mp4", b"\0" * size)})
    assert answer.status_code == 200


def test_a_question_is_no_longer_than_the_box_takes(server: DemoServer, clip_file: Path):
    client = connect(server)
    open_clip(client, clip_file)
    prompts = server.models.first.chat.model.prompts
    asked = len(prompts)
    job = client.submit("why " * LONGEST_QUESTION, api_name="/ask")
    wait_for(job.done)
    assert len(prompts) == asked


def test_the_engine_refuses_a_question_that_nobody_can_mean(chat: VideoChat, clip_file: Path):
    conversation = chat.start(chat.open(clip_file))
    with pytest.raises(SettingError, match=str(MOST_CHARACTERS)):
        next(chat.ask(conversation, "a" * (MOST_CHARACTERS + 1)))
    assert conversation.turns == []


def test_a_file_larger_than_any_conversation_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "conversation.json"
    path.write_text(json.dumps({"turns": "a" * MOST_BYTES}))
    monkeypatch.setattr(json, "loads", lambda text: pytest.fail("it was parsed"))
    with pytest.raises(ReelTalkError) as failure:
        from_file(path)
    assert failure.value.key == "transcript_unreadable"


def test_strangers_cannot_fill_the_disk_with_ratings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(feedback, "MOST_BYTES", 1000)
    ratings = FeedbackFile(tmp_path / "feedback.jsonl")

    def add() -> None:
        ratings.add("1", Turn("What?", "A cat."), "tiny", "up", "r" * LONGEST_REASON)

    add()
    with pytest.raises(OSError, match="more ratings"):
        add()
    assert ratings.path.stat().st_size < 3000


def test_invented_tabs_push_out_one_another_and_nobodys_conversation(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tabs, "MOST_TABS", 10)
    host = ModelHost("compact", "compact", lambda name, progress: pytest.fail("nothing is to be loaded"))
    kept = Tabs(host, lambda id: None)

    def visit(session: str) -> tabs.Tab:
        return kept.get(session, lambda: "en")

    for session in ("talks", "has left"):
        visit(session).talk.clip_id = "a clip"
    kept.close("has left")
    mine = visit("talks")
    for number in range(100):
        visit(f"invented {number}")
    assert visit("talks") is mine
    assert len(kept._tabs) <= 10
    for number in range(9):
        visit(f"busy {number}").talk.clip_id = "another"
    assert "has left" not in kept._tabs
    assert visit("talks") is mine


async def places_left(waiting: list[tuple[str, str]], user: str, address: str) -> int:
    """The status of one more request, where these accounts and addresses wait in a queue of 16."""

    def scope_of(user: str, address: str) -> dict:
        path = "/gradio_api/queue/join"
        return {"type": "http", "path": path, "headers": [], USER: user, "client": (address, 1)}

    events = [SimpleNamespace(request=SimpleNamespace(scope=scope_of(*each))) for each in waiting]
    queue = SimpleNamespace(event_queue_per_concurrency_id={"one": SimpleNamespace(queue=events)})
    app = SimpleNamespace(get_blocks=lambda: SimpleNamespace(_queue=queue))
    status: list[int] = []

    async def send(message: Message) -> None:
        status.extend([message["status"]] if "status" in message else [])

    asked = Places(JSONResponse({}), 16)
    await asked(scope_of(user, address) | {"app": app}, pytest.fail, send)
    return status[0]


@pytest.mark.parametrize(
    ("waiting", "status"),
    [
        ([], 200),
        ([("ada", "1.1.1.1")] * 3, 200),
        ([("ada", "1.1.1.1")] * 4, 429),
        ([("bob", "2.2.2.2")] * 7, 200),
        ([(str(number), "2.2.2.2") for number in range(8)], 429),
        ([("bob", "1.1.1.1")] * 12, 200),
    ],
)
def test_nobody_takes_all_places_in_the_queue(waiting: list[tuple[str, str]], status: int):
    assert run_apart(places_left(waiting, "ada", "2.2.2.2")) == status
