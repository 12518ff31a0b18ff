"""Limits hold on the server, whatever sends the request."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

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
from demo.page.i18n import LANGUAGES, t
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


def test_a_body_that_comes_too_slowly_is_refused(server: DemoServer, monkeypatch: pytest.MonkeyPatch):
    """Or a few uploads that never end would take the room of all."""
    monkeypatch.setattr("core.serve.routes.bodies.PATIENCE", 0.3)
    for route in ("gradio_api/upload", "gradio_api/queue/join"):
        with socket.create_connection(("127.0.0.1", urlsplit(server.url).port), 20) as connection:
            head = f"POST /{route} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
            kind = "Content-Type: multipart/form-data; boundary=x\r\n" if route.endswith("upload") else ""
            connection.sendall(f"{head}{kind}\r\n--x".encode())
            assert connection.recv(100).startswith(b"HTTP/1.1 408"), route


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


async def places_left(waiting: list[tuple[str, str]], user: str, address: str, lang: str = "en") -> str:
    """What one more request is told, where these wait in a queue of 16; "": it joins."""

    def scope_of(user: str, address: str) -> dict:
        path = "/gradio_api/queue/join"
        headers = [(b"accept-language", lang.encode())]
        return {"type": "http", "path": path, "headers": headers, USER: user, "client": (address, 1)}

    events = [SimpleNamespace(request=SimpleNamespace(scope=scope_of(*each))) for each in waiting]
    queue = SimpleNamespace(
        event_queue_per_concurrency_id={"one": SimpleNamespace(queue=events)}, pending_messages_per_session={}
    )
    app = SimpleNamespace(get_blocks=lambda: SimpleNamespace(_queue=queue))
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    asked = Places(JSONResponse({}), 16)
    await asked(scope_of(user, address) | {"app": app}, pytest.fail, send)
    detail = json.loads(told[1]["body"]).get("detail", "")
    assert told[0]["status"] == (429 if detail else 200)
    return detail


@pytest.mark.parametrize(
    ("waiting", "told"),
    [
        ([], None),
        ([("ada", "1.1.1.1")] * 3, None),
        ([("ada", "1.1.1.1")] * 4, "server.enough_places"),
        ([("bob", "2.2.2.2")] * 7, None),
        ([(str(number), "2.2.2.2") for number in range(8)], "server.enough_places"),
        ([("bob", "1.1.1.1")] * 12, None),
        ([(str(number), f"1.1.1.{number}") for number in range(16)], "server.queue_full"),
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_nobody_takes_all_places_in_the_queue_and_one_that_is_full_says_so(
    waiting: list[tuple[str, str]], told: str | None, lang: str
):
    assert run_apart(places_left(waiting, "ada", "2.2.2.2", lang)) == (t(told, lang) if told else "")


def test_who_never_listens_is_told_to_wait(server: DemoServer, monkeypatch: pytest.MonkeyPatch):
    """Or what comes of all the questions would pile up."""
    monkeypatch.setattr("demo.server.guard.places.MOST_UNREAD", 12)
    server.models.first.wait()
    with httpx.Client(base_url=server.url, timeout=60) as browser:
        browser.get("/")
        events = browser.get("/config").json()["dependencies"]
        asks = next(each["id"] for each in events if each["api_name"] == "ask")
        body = {"data": [" ", "auto", 0.0, 16, True, 0], "fn_index": asks, "session_hash": "deaf"}

        def told_to_wait() -> bool:
            return browser.post("/gradio_api/queue/join", json=body).status_code == 429

        wait_for(told_to_wait)
        with browser.stream("GET", "/gradio_api/queue/data?session_hash=deaf") as stream:
            assert "process_completed" in "".join(stream.iter_lines())
        assert not told_to_wait()


def test_what_waits_in_the_queue_cannot_be_called_past_it(server: DemoServer):
    body = {"data": ["What?", "auto", 0.0, 16, True, 0], "session_hash": "hurried"}
    answers = [httpx.post(f"{server.url}gradio_api/{way}/ask", json=body) for way in ("run", "api")]
    assert [each.status_code for each in answers] == [404, 404]
    assert "queue" in answers[0].json()["detail"]
