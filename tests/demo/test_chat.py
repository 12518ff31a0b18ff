"""The server of the page, used by programs: gradio_client against a running server."""

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from core import Conversation, Turn
from core.errors import ModelError
from demo.chat.messages import assistant, link_times, user
from demo.clip.examples import list_examples
from demo.clip.times import clock
from demo.models.host import ModelHost
from demo.server.tabs import Tabs
from tests.demo.client import ask, chats, connect, open_clip, plain, wait_for
from tests.demo.server import LONG, DemoServer, free_port, running_server, write_clip

ROOT = Path(__file__).parent.parent.parent
MOVES, RED = "Which way does it move?", "What is in the video?"
NO_MODEL = ModelHost("compact", "compact", lambda name, progress: pytest.fail("nothing is to be loaded"))


@pytest.fixture(scope="module")
def server() -> DemoServer:
    return running_server()


@pytest.fixture(scope="module")
def clip(tmp_path_factory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "mine.mp4", seconds=3.5)


@pytest.fixture
def client(server, clip) -> Client:
    """A client that has opened a clip."""
    client = connect(server)
    open_clip(client, clip)
    return client


@pytest.mark.slow
def test_a_conversation_of_two_questions_streams_and_is_kept(client):
    first = ask(client, RED)
    assert len(first) > 2, "the answer came in one piece"
    assert first[0] == [RED, '<span class="rt-wait">Thinking…</span>']
    assert first[-1][0] == RED
    assert first[-1][1].startswith("A red square moves from left to right. It starts at [0:00](#t=0)")
    assert "tokens/s" in first[-1][1]
    second = ask(client, MOVES)
    assert second[-1][:2] == first[-1]
    assert second[-1][2] == MOVES
    assert len(second[-1]) == 4


@pytest.mark.slow
def test_opening_a_clip_tells_how_far_it_is_and_what_it_found(server, tmp_path):
    unread = write_clip(tmp_path / "unread.mp4", seconds=3.8)  # one that is kept may be there at once
    said = open_clip(connect(server), unread)
    assert "Reading the file" in said[0]
    assert "0:04 · 8 pictures read" in said[-1]


def test_an_answer_comes_in_the_language_that_was_chosen(client):
    chat = ask(client, RED, language="zh")[-1]
    assert chat[1].startswith("一个红色方块")


@pytest.mark.slow
def test_retry_answers_the_last_question_anew_in_place_of_its_answer(client):
    ask(client, RED)
    chat = ask(client, "", api_name="/retry")[-1]
    assert len(chat) == 2
    assert chat[0] == RED


@pytest.mark.slow
def test_undo_deletes_the_last_question_and_its_answer(client):
    ask(client, RED)
    first = ask(client, MOVES)[-1][:2]
    chat = plain(client.predict(api_name="/undo")[0])
    assert [part["text"] for message in chat for part in message["content"]] == first
    client.predict(api_name="/undo")
    assert plain(client.predict(api_name="/undo")[0]) == [], "there is nothing left to delete"


@pytest.mark.slow
def test_two_clients_never_see_each_others_clip_or_chat(server, clip, client):
    other = connect(server)
    ask(client, RED)
    assert "Please choose a video or picture first" in ask(other, MOVES)[-1][1]
    open_clip(other, clip)
    assert ask(other, MOVES)[-1][0] == MOVES
    assert [text for text in ask(client, RED)[-1] if text == MOVES] == []


@pytest.mark.slow
def test_stop_ends_an_answer_and_keeps_what_was_written(client):
    job = client.submit(f"Please {LONG}", max_tokens=256, api_name="/ask")
    wait_for(lambda: len(job.outputs()) > 4)
    client.predict(api_name="/stop")
    job.result(timeout=5)
    answer = plain(job.outputs()[-1][0])[1]["content"][0]["text"]
    assert answer.startswith("0 1 2 3")
    assert '<span class="rt-stopped">stopped' in answer
    assert ask(client, RED)[-1][2] == RED


@pytest.mark.slow
def test_clear_forgets_the_conversation_but_not_the_clip(client, server):
    ask(client, RED)
    assert plain(client.predict(api_name="/clear")[0]) == []
    chat = ask(client, MOVES)[-1]
    assert chat[0] == MOVES
    assert "red square" in chat[1]


def test_a_file_that_is_no_video_gets_a_localised_error(server, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("dear diary " * 100)
    assert "notes.mp4 cannot be opened;" in open_clip(connect(server), path)[-1]
    chinese = connect(server, "zh-TW,zh;q=0.9")
    assert "notes.mp4 打不开，它好像既不是视频，也不是图片。" in open_clip(chinese, path)[-1]
    assert "notes.mp4 打不开" in ask(chinese, "视频里有什么？")[-1][1]


def test_an_empty_question_changes_nothing(client):
    assert ask(client, "   ") == []


def test_a_question_that_could_not_be_answered_comes_back_into_the_box(client, server, monkeypatch):
    def fail(*_arguments):
        raise RuntimeError("a bug")

    monkeypatch.setattr(server.models.first.chat, "ask", fail)
    job = client.submit(RED, api_name="/ask")
    job.result()
    assert "Something went wrong on the server." in chats(job)[-1][1]
    assert [plain(output[1]) for output in job.outputs()][-1] == RED


@pytest.mark.slow
def test_a_question_waits_for_the_model_and_the_clip(tmp_path, clip):
    server = DemoServer(tmp_path, [], held=True)
    try:
        client = connect(server)
        opening = client.submit(handle_file(str(clip)), 8, api_name="/open_clip")
        wait_for(lambda: len(opening.outputs()) > 0)
        asking = client.submit(RED, api_name="/ask")
        wait_for(lambda: any("The model is still loading" in chat[1] for chat in chats(asking)))
        server.scripts["compact"].may_load.set()
        asking.result()
        assert "red square" in chats(asking)[-1][1]
    finally:
        server.close()


def test_a_model_that_cannot_be_loaded_says_so_in_the_chat(tmp_path, clip):
    error = ModelError("weights_unavailable", name="llm.gguf", megabytes=98, reason="offline")
    server = DemoServer(tmp_path, [], error=error)
    try:
        client = connect(server, "zh")
        assert "本机没有 llm.gguf（98 MB）" in open_clip(client, clip)[-1]
        assert "本机没有 llm.gguf（98 MB）" in ask(client, RED)[-1][1]
    finally:
        server.close()


@pytest.mark.parametrize("models", [["nope"], ["compact", "nope"]])
def test_a_model_that_does_not_exist_ends_the_program_with_one_clear_line(models):
    options = [part for model in models for part in ("--model", model)]
    command = [sys.executable, "-m", "demo", *options, "--port", str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("There is no model called nope. Known: compact, ")


def test_the_page_serves_no_other_files_than_the_examples(server):
    def status(path: Path) -> int:
        return httpx.get(f"{server.url}gradio_api/file={path}").status_code

    assert status(server.folder / "examples" / "red.mp4") == 200
    assert status(Path(__file__)) in (403, 404)
    assert status(server.folder / "features") in (403, 404)
    assert status(Path("/etc/hostname")) in (403, 404)


def test_events_of_the_page_alone_are_hidden(server):
    names = set(connect(server).view_api(return_format="dict", print_info=False)["named_endpoints"])
    assert names == {"/open_clip", "/ask", "/retry", "/undo", "/stop", "/clear"}


def test_a_closed_tab_is_forgotten_after_a_while_and_frees_its_conversation(monkeypatch):
    monkeypatch.setattr("demo.server.tabs.KEEP_CLOSED", 0.0)
    forgotten: list[str] = []
    tabs = Tabs(NO_MODEL, forgotten.append)
    tab = tabs.get("one", lambda: "zh")
    conversation = tab.talk.conversation = Conversation("clip")
    tabs.close("one")
    assert forgotten == [conversation.id], "what the model keeps of it goes at once"
    time.sleep(0.01)
    tabs.get("two", lambda: "en")
    assert set(forgotten) == {conversation.id}
    assert tabs.get("one", lambda: "en") is not tab


def test_of_closed_tabs_the_last_are_kept(monkeypatch):
    monkeypatch.setattr("demo.server.tabs.MOST_CLOSED", 2)
    tabs = Tabs(NO_MODEL, lambda _: None)
    for name in ("open", "1", "2", "3"):
        tabs.get(name, lambda: "en")
    for name in ("2", "1", "3"):
        tabs.close(name)
    tabs.get("another", lambda: "en")
    assert tabs.sessions == {"open", "1", "3", "another"}


def test_the_most_recent_tabs_are_kept_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr("demo.server.tabs.MOST_TABS", 2)
    tabs = Tabs(NO_MODEL, lambda _: None)
    first, second = tabs.get("1", lambda: "en"), tabs.get("2", lambda: "en")
    assert tabs.get("1", lambda: "en") is first
    tabs.get("3", lambda: "en")
    assert tabs.get("1", lambda: "en") is first
    assert tabs.get("2", lambda: "en") is not second


def test_times_within_the_clip_become_links():
    assert link_times("from 0:07 to 1:02:03", 4000) == "from [0:07](#t=7) to [1:02:03](#t=3723)"
    assert link_times("0:12 is after the end; 16:9 and 1.0:30 are no times", 11.9) == (
        "0:12 is after the end; 16:9 and 1.0:30 are no times"
    )
    assert link_times("在0:01停下", 5) == "在[0:01](#t=1)停下"


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        ("It stops at 7 s.", "It stops at [7 s](#t=7)."),
        ("after 7.5 seconds", "after [7.5 seconds](#t=7.5)"),
        ("At second 7 it turns.", "At [second 7](#t=7) it turns."),
        ("第7秒出现", "[第7秒](#t=7)出现"),
        ("到了 7 秒", "到了 [7 秒](#t=7)"),
        ("在7s时", "在[7s](#t=7)时"),
        ("1分5秒时离开", "[1分5秒](#t=65)时离开"),
        ("第1分05秒", "[第1分05秒](#t=65)"),
        ("0：07出现", "[0：07](#t=7)出现"),
        ("At 0:07.5 it turns.", "At [0:07.5](#t=7.5) it turns."),
        ("第三秒时出现", "[第三秒](#t=3)时出现"),
        ("从十二秒到二十秒", "从[十二秒](#t=12)到[二十秒](#t=20)"),
        ("一分五秒时停下", "[一分五秒](#t=65)时停下"),
        ("2到5秒在左边", "[2](#t=2)到[5秒](#t=5)在左边"),
        ("两到五秒之间", "[两](#t=2)到[五秒](#t=5)之间"),
        ("between 2 and 5 seconds", "between [2](#t=2) and [5 seconds](#t=5)"),
        ("第1分钟", "[第1分钟](#t=60)"),
        ("1 minute 5 seconds", "[1 minute 5 seconds](#t=65)"),
    ],
)
def test_a_time_in_seconds_becomes_a_link_too(text, linked):
    assert link_times(text, 70) == linked


@pytest.mark.parametrize(
    "text",
    [
        *("7 squares", "每秒 24 帧", "7 s", "第8秒", "route 7s5", "1.0:07"),
        *("最后三秒", "下一秒", "一百零五秒", "几秒"),
    ],
)
def test_what_is_no_time_of_the_clip_becomes_no_link(text):
    assert link_times(text, 6.5) == text


def test_words_of_visitors_and_models_are_never_markup():
    assert user("<b>*hi*</b> [x](y)")["content"] == r"\<b\>\*hi\*\</b\> \[x\](y)"
    turn = Turn("q", answer="<img src=x onerror=alert(1)>", finished=True, seconds=1.0)
    assert "<img" not in assistant(turn, 5, "en")["content"]


def test_a_very_slow_answer_has_a_speed_too():
    turn = Turn("q", "A car.", finished=True, tokens=4, seconds_to_first_token=1.0, seconds=11.0)
    assert "0.3 tokens/s" in assistant(turn, 5, "en")["content"]


def test_a_clock_reads_as_people_do():
    assert [clock(0), clock(7.96), clock(67), clock(3725)] == ["0:00", "0:07", "1:07", "1:02:05"]
    assert [clock(1.45, decimals=1), clock(1.059, decimals=2)] == ["0:01.4", "0:01.05"]


def test_example_clips_come_in_the_order_of_their_list_with_their_titles(tmp_path):
    for name in ("b.mp4", "a.mp4", "a_kite-flies.mp4"):
        (tmp_path / name).touch()
    (tmp_path / "examples.json").write_text(json.dumps({"b.mp4": {"en": "First", "zh": "第一"}}), "utf-8")
    clips = list_examples(tmp_path)
    assert [clip.title("en") for clip in clips] == ["First", "a", "a kite flies"]
    assert clips[0].title("zh") == "第一"
    assert list_examples(tmp_path / "none") == []
