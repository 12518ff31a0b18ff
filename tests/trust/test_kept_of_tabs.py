"""What the server keeps of tabs goes with them; of names that somebody invents hardly anything is kept."""

import gc
import platform
import threading
import tracemalloc
from pathlib import Path

import httpx
import psutil
import pytest
from gradio import Request
from gradio.utils import get_upload_folder

from core import Conversation, Turn
from demo.clip.reading import Reading
from demo.limits.memory import FreeMemory
from demo.models.host import ModelHost
from demo.page.states import PageStates
from demo.server.tabs import Tabs
from demo.server.talks import Talk
from tests.demo.client import ask, connect, open_clip, wait_for
from tests.demo.server import DemoServer, running_server

MEGABYTE = 10**6


@pytest.fixture
def server() -> DemoServer:
    return running_server()


def never_loaded() -> ModelHost:
    return ModelHost("tiny", "tiny", lambda name, progress: pytest.fail("nothing is to be loaded"))


def own_memory() -> float:
    """Bytes."""
    return psutil.Process().memory_full_info().uss


@pytest.mark.slow
def test_long_questions_under_invented_names_leave_nothing_behind(server: DemoServer) -> None:
    """Gradio keeps each of them for as long as there are no ten thousand newer names."""
    server.models.first.wait()
    kept = []
    with httpx.Client(base_url=server.url, timeout=60) as browser:
        browser.get("/")
        asks = next(
            each for each in browser.get("/config").json()["dependencies"] if each["api_name"] == "ask"
        )
        tracemalloc.start()
        try:
            for number in range(8):
                name = f"invented {number}"
                data = ["a" * 2 * MEGABYTE, "auto", 0.0, 16, True, 0]
                body = {"data": data, "fn_index": asks["id"], "session_hash": name}
                assert browser.post("/gradio_api/queue/join", json=body).status_code == 200
                with browser.stream("GET", f"/gradio_api/queue/data?session_hash={name}") as stream:
                    assert '"success":true' in "".join(stream.iter_lines())
                if number in (3, 7):
                    gc.collect()
                    kept.append(tracemalloc.get_traced_memory()[0])
        finally:
            tracemalloc.stop()
    assert kept[1] - kept[0] < 4 * MEGABYTE, "of four times two megabytes"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another allocator")
def test_what_was_freed_between_pieces_that_are_used_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.limits.memory.SOON", 0.0)
    pieces: list[bytearray] = []

    def visit() -> None:
        pieces.extend(bytearray(b"." * 50_000) for _ in range(4000))

    thread = threading.Thread(target=visit)
    thread.start()
    thread.join()
    full = own_memory()
    del pieces[:-1]
    assert own_memory() > full - 50 * MEGABYTE, "glibc keeps what is below the last"
    FreeMemory().give_back_soon()
    wait_for(lambda: own_memory() < full - 150 * MEGABYTE)


def test_of_names_that_are_no_tabs_only_the_latest_have_components(
    server: DemoServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    most = 3
    monkeypatch.setattr("demo.page.states.MOST_OTHERS", most)
    names = {"mine"}
    states = PageStates(lambda: names)
    states.set_blocks(server.app)
    try:
        mine = states["mine"]
        for number in range(3 * most):
            states[f"invented {number}"]
        assert states["mine"] is mine
        assert len(states.session_data) <= most + 2
        assert len(states.time_last_used) <= most + 2
        names.clear()
        for number in range(2 * most):
            states[f"newer {number}"]
        assert "mine" not in states, "its tab is gone"
    finally:
        server.app.app.state_holder.set_blocks(server.app)


def test_it_is_what_the_served_page_keeps_them_in(server: DemoServer) -> None:
    assert isinstance(server.app.app.state_holder, PageStates)
    assert server.app.state_holder is server.app.app.state_holder


def test_the_names_of_tabs_are_those_that_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demo.server.tabs.KEEP_CLOSED", -1.0)
    tabs = Tabs(running_server().models.first, lambda _: None)
    tabs.begun(Request(session_hash="one", headers={}))
    assert tabs.sessions == {"one"}
    tabs.close("one")
    tabs.begun(Request(session_hash="two", headers={}))
    assert tabs.sessions == {"two"}


def test_a_tab_that_the_page_has_changed_stays_as_it_was(server: DemoServer, clip_file: Path) -> None:
    """Its components are its own, while others come and go."""
    client, other = connect(server), connect(server, "zh")
    open_clip(client, clip_file)
    ask(other, "？")
    assert len(ask(client, "What is in the video?")[-1]) == 2


def test_a_file_that_is_refused_leaves_no_empty_subtitles(server: DemoServer, tmp_path: Path) -> None:
    folder, broken = Path(get_upload_folder()), tmp_path / "broken.mp4"
    broken.write_bytes(b"no video")
    before = set(folder.glob("*.vtt"))
    assert "rt-error" in open_clip(connect(server), broken)[-1]
    assert set(folder.glob("*.vtt")) == before


def test_a_closed_tab_keeps_what_was_said_and_the_model_forgets_it() -> None:
    forgotten: list[str] = []
    tabs = Tabs(never_loaded(), forgotten.append)
    talk = tabs.begun(Request(session_hash="one", headers={})).talk
    talk.conversation = Conversation("clip", turns=[Turn("A?", "B.")])
    tabs.close("one")
    assert forgotten == [talk.conversation.id]
    assert tabs.of(Request(session_hash="one", headers={})).talk.turns == [Turn("A?", "B.")]


def test_the_files_of_clips_that_nobody_can_reach_any_more_are_deleted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    monkeypatch.setattr("demo.keep.clips.MOST_LEFT", 2)
    host = never_loaded()
    tabs = Tabs(host, lambda _: None)
    open_talk = tabs.begun(Request(session_hash="open", headers={})).talk
    for name, talk in [("open", open_talk), *((name, Talk()) for name in ("twice", "b", "c", "twice", "d"))]:
        file = tmp_path / name / "clip.mp4"
        file.parent.mkdir(exist_ok=True)
        file.touch()
        tabs.clips.remember(talk, Reading(str(file), 8, host))
    # The last three, because the last is being opened just now; and that of the tab that is still there.
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "d", "open", "twice"]
    assert tabs.clips.again(open_talk.clip_id or "", host), "a reload finds it again"
