"""Who may ask, how much and how often; what is too much is told with a status of its own."""

import io
import threading
import time
from pathlib import Path

import openai
import pytest

from core.engine.video_chat import VideoChat
from core.errors import SettingError
from core.serve.admission import Admission
from core.serve.clips.files import FileStore
from core.serve.errors import ApiError, TooManyError
from core.serve.keys import Key, KeyFile, add_key, read_keys
from core.serve.settings import ApiLimits
from tests.demo.client import wait_for
from tests.serve.asking import about
from tests.serve.server import ApiServer
from tests.serve.speaking import LONG, SpeakingImageLLM, said_to


@pytest.fixture
def chats(tmp_path: Path) -> dict[str, VideoChat]:
    return {"tiny": VideoChat(SpeakingImageLLM(), tmp_path / "engine")}


def test_the_file_of_keys_holds_no_key(tmp_path: Path):
    path = tmp_path / "keys.toml"
    token = add_key(path, "ada")
    assert token not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    assert KeyFile(path).find(token) == Key("ada")
    with pytest.raises(SettingError, match="has a key of that name"):
        add_key(path, "ada")
    with pytest.raises(SettingError, match="letters"):
        add_key(path, "ada]\n[eve")


def test_a_new_key_spoils_no_file_that_an_editor_left_without_a_last_line_end(tmp_path: Path):
    path = tmp_path / "keys.toml"
    ada = add_key(path, "ada")
    path.write_text(path.read_text() + "per_minute = 60")
    bob = add_key(path, "bob")
    keys = KeyFile(path)
    assert (keys.find(ada), keys.find(bob)) == (Key("ada", per_minute=60), Key("bob"))


def test_a_key_that_is_taken_out_of_the_file_is_refused_from_then_on(tmp_path: Path):
    path = tmp_path / "keys.toml"
    ada, bob = add_key(path, "ada"), add_key(path, "bob")
    keys = KeyFile(path)
    path.write_text(path.read_text().partition("[bob]")[0] + "at_once = 3\n")
    assert (keys.find(ada), keys.find(bob)) == (Key("ada", at_once=3), None)
    path.write_text("half of a [")
    assert keys.find(ada) == Key("ada", at_once=3)


@pytest.mark.parametrize(
    "text", ["", "[ada]\n", "[ada]\nsha256 = 'x'\n", f"[ada]\nsha256 = '{'0' * 64}'\nat_once = -1\n", "= "]
)
def test_a_file_that_holds_no_keys_is_refused(tmp_path: Path, text: str):
    (tmp_path / "keys.toml").write_text(text)
    with pytest.raises(SettingError, match="no file of API keys"):
        read_keys(tmp_path / "keys.toml")


def test_a_key_has_so_many_requests_at_once_and_a_minute():
    admission, key = Admission(at_once=1, queue=9), Key("ada", at_once=2, per_minute=3)
    places = [admission.enter(key) for _ in range(2)]
    with pytest.raises(TooManyError, match="at the same time") as busy:
        admission.enter(key)
    assert int(busy.value.headers["Retry-After"]) >= 1
    places[0].leave()
    places[0].leave()  # once is enough
    assert admission.inside == 1
    for _ in range(3):
        admission.count(key)
    with pytest.raises(TooManyError, match="a minute") as often:
        admission.count(key)
    assert int(often.value.headers["Retry-After"]) >= 15
    admission.count(Key("bob"))


def test_what_does_not_fit_into_the_queue_is_turned_away(
    chats: dict[str, VideoChat], tmp_path: Path, data_url
):
    limits = ApiLimits(at_once=1, queue=1, senses_at_once=0)
    server = ApiServer(tmp_path / "api", chats, limits)
    try:
        streams = [
            server.client().chat.completions.create(
                model="tiny", messages=about(data_url, f"Please {LONG}"), stream=True, max_tokens=2000
            )
        ]
        next(iter(streams[0]))
        waiting = threading.Thread(
            target=lambda: server.client().chat.completions.create(model="tiny", messages=about(data_url))
        )
        waiting.start()
        wait_for(lambda: server.api.admission.inside == 2)
        assert server.api.admission.waiting == 1
        with pytest.raises(openai.RateLimitError) as full:
            server.client(server.bob).chat.completions.create(model="tiny", messages=about(data_url))
        assert full.value.code == "queue_full"
        assert int(full.value.response.headers["retry-after"]) >= 1
        streams[0].close()
        waiting.join(30)
        assert not waiting.is_alive()
    finally:
        server.close()


def test_one_request_after_the_other_is_never_two_at_once(
    chats: dict[str, VideoChat], tmp_path: Path, data_url: str
):
    server = ApiServer(tmp_path / "api", chats)
    server.keys.write_text(server.keys.read_text().replace("[bob]", "at_once = 1\n\n[bob]"))
    try:
        create = server.client().chat.completions.create
        for number in range(10):
            stream = create(
                model="tiny", messages=about(data_url, f"Thing {number}?"), stream=True, max_tokens=3
            )
            assert list(stream)
    finally:
        server.close()


def test_a_short_answer_is_not_stuck_behind_a_long_one(server: ApiServer, data_url: str):
    create = server.client().chat.completions.create
    long = create(model="tiny", messages=about(data_url, f"Please {LONG}"), stream=True, max_tokens=2000)
    next(iter(long))
    short = create(model="tiny", messages=about(data_url, "Short?"))
    assert short.choices[0].message.content == said_to("Short?")
    assert server.api.admission.inside == 1  # the long one goes on
    long.close()


def test_a_body_that_is_too_large_is_refused_whether_or_not_it_says_so(
    chats: dict[str, VideoChat], tmp_path: Path
):
    server = ApiServer(tmp_path / "api", chats, ApiLimits(upload=1000, body=2000, senses_at_once=0))
    try:
        client = server.plain()
        large = b"x" * 3000
        told = client.post("/v1/chat/completions", content=large)
        untold = client.post("/v1/chat/completions", content=iter([large]))
        assert (told.status_code, untold.status_code) == (413, 413)
        assert told.json()["error"]["code"] == "request_too_large"
        upload = client.post("/v1/files", files={"file": ("a.mp4", b"x" * 2 * 10**6)})
        assert upload.status_code == 413
    finally:
        server.close()


def test_a_body_that_is_no_request_is_told_what_it_lacks(server: ApiServer):
    for body, field in ((b"{", "body"), (b'{"model": "tiny"}', "messages"), (b"[]", "body")):
        answer = server.plain().post(
            "/v1/chat/completions", content=body, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 400
        assert field in answer.json()["error"]["message"] or answer.json()["error"]["param"] == field


def test_below_a_path_of_a_proxy_health_is_open_and_uploads_are_as_large(
    chats: dict[str, VideoChat], tmp_path: Path
):
    limits = ApiLimits(upload=10**6, body=2000, senses_at_once=0)
    server = ApiServer(tmp_path / "api", chats, limits, root_path="/reeltalk")
    try:
        assert server.plain("none").get("/health").status_code == 200
        upload = server.plain().post("/v1/files", files={"file": ("a.mp4", b"x" * 5000)})
        assert upload.status_code == 200
    finally:
        server.close()


def test_a_failure_of_the_server_tells_the_id_under_which_its_log_says_more(
    server: ApiServer, data_url: str, monkeypatch: pytest.MonkeyPatch
):
    def fails(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("core.serve.routes.chat.read_request", fails)
    with pytest.raises(openai.InternalServerError) as failed:
        server.client().chat.completions.create(model="tiny", messages=about(data_url))
    assert failed.value.code == "failed"
    assert failed.value.response.headers["x-request-id"].startswith("req_")
    assert failed.value.response.headers["x-content-type-options"] == "nosniff"


def test_a_route_that_is_not_there_says_so_in_the_same_form(server: ApiServer):
    missing = server.plain().get("/v1/assistants")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "no_such_route")
    assert server.plain().put("/v1/files").status_code == 405


def test_without_keys_only_programs_of_this_machine_may_ask(chats: dict[str, VideoChat], tmp_path: Path):
    server = ApiServer(tmp_path / "api", chats, open_to_all=True)
    try:
        client = server.plain("nobody")
        assert client.get("/v1/models").status_code == 200
        assert client.get("/v1/models", headers={"origin": "https://evil.example"}).status_code == 403
        assert client.get("/v1/models", headers={"host": "evil.example"}).status_code == 403
    finally:
        server.close()


def test_metrics_count_what_was_done_and_name_nobody(server: ApiServer, data_url: str):
    server.client().chat.completions.create(model="tiny", messages=about(data_url, "What is counted?"))
    text = server.plain().get("/metrics").text
    assert 'reeltalk_requests_total{route="/v1/chat/completions",status="200"}' in text
    assert 'reeltalk_tokens_total{kind="written",model="tiny"}' in text
    assert "reeltalk_first_token_seconds_bucket" in text
    assert "process_resident_memory_bytes" in text
    assert "ada" not in text
    assert "counted" not in text


def test_a_file_goes_when_its_time_is_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    store = FileStore(tmp_path, seconds=3600, max_bytes=100)
    kept = store.put("ada", "../../etc/a\u202eb.mp4", "user_data", io.BytesIO(b"bytes"), seconds=120)
    assert kept.name == "ab.mp4"
    with store.opened(kept.id, "ada") as path:
        store.delete(kept.id, "ada")
        assert path.read_bytes() == b"bytes"  # whoever reads it reads on
    assert list(tmp_path.iterdir()) == []
    kept = store.put("ada", "a.mp4", "user_data", io.BytesIO(b"bytes"), seconds=120)
    (tmp_path / "in-use-of-a-server-that-was-killed").mkdir()
    later = time.time() + 86_500
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(ApiError):
        store.find(kept.id, "ada")
    store.clear()
    assert list(tmp_path.iterdir()) == []


def test_the_files_of_a_key_are_bounded_together(tmp_path: Path):
    store = FileStore(tmp_path, seconds=3600, max_bytes=100)
    store.put("ada", "a.mp4", "user_data", io.BytesIO(b"x" * 60))
    with pytest.raises(ApiError) as full:
        store.put("ada", "b.mp4", "user_data", io.BytesIO(b"x" * 60))
    assert full.value.status == 413
    store.put("bob", "b.mp4", "user_data", io.BytesIO(b"x" * 60))
    with pytest.raises(ApiError, match="is empty"):
        store.put("bob", "c.mp4", "user_data", io.BytesIO())
    assert len(store.all()) == 2
