"""How a server starts and ends: nothing half written stays, and nothing of a server that is gone."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from core import Cue, Turn
from core.features.store import FeatureStore
from core.kept import WRITING
from core.senses.sense import Sensed, SenseOptions
from core.senses.store import SenseStore
from demo.chat.feedback import FeedbackFile
from demo.page.head import privacy
from demo.server.uploads import own_upload_folder
from tests.demo.client import open_clip
from tests.demo.server import DemoServer
from tests.real_server import PROGRAM, ROOT, RealServer
from tests.senses.plain_sense import PlainSense


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_stopped_leaves_no_uploads(tmp_path: Path, free_port: int, how: signal.Signals):
    server = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--model", "tiny", "--only", "--port", str(free_port)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert server.stdout is not None
    assert b"ReelTalk" in server.stdout.readline()
    assert len(list(tmp_path.glob("reeltalk-*"))) == 1
    server.send_signal(how)
    server.communicate(timeout=60)
    assert list(tmp_path.glob("reeltalk-*")) == []


def test_a_machine_that_is_too_busy_to_answer_at_once_has_a_server_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("gradio.networking.url_ok", lambda url: False)
    server = DemoServer(tmp_path, [])
    try:
        assert httpx.get(f"{server.url}robots.txt", timeout=60).status_code == 200
    finally:
        server.close()


def test_a_start_removes_what_a_crashed_server_has_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left, running = tmp_path / f"reeltalk-{gone.pid}-abc", tmp_path / f"reeltalk-{os.getpid()}-abc"
    for folder in (left, running):
        folder.mkdir()
        (folder / "clip.mp4").touch()
    mine = Path(own_upload_folder())
    assert not left.exists()
    assert (running / "clip.mp4").exists()
    assert mine.stat().st_mode & 0o777 == 0o700


def test_a_start_removes_unfinished_entries_that_nobody_writes(tmp_path: Path):
    old, new = tmp_path / f"{WRITING}old.tmp", tmp_path / f"{WRITING}new.tmp"
    for path in (old, new):
        path.touch()
    os.utime(old, (0, 0))
    FeatureStore(tmp_path, 10**6)
    assert not old.exists()
    assert new.exists(), "another process may be writing it"


@pytest.mark.slow
@pytest.mark.parametrize("keeps", [True, False])
def test_what_was_found_in_clips_is_kept_unless_the_operator_says_otherwise(
    tmp_path: Path, clip_file: Path, keeps: bool
):
    options = ["--senses-at-once", "0", *([] if keeps else ["--keep-no-clips"])]
    server = RealServer(tmp_path, options)
    try:
        client = Client(server.url, verbose=False, httpx_kwargs={"timeout": 300})
        assert "Ask away" in open_clip(client, clip_file)[-1]
        found = [*tmp_path.rglob("*.safetensors")]
        assert len(found) == 1
        assert found[0].stat().st_mode & 0o077 == 0, "for this user alone"
    finally:
        server.close()
    left = [*tmp_path.rglob("*.safetensors")]
    assert left == (found if keeps else [])
    assert [*server.temporary.glob("reeltalk-*")] == []
    note = privacy("en", keeps)
    assert ("until newer clips" in note, "is deleted when" in note) == (keeps, not keeps)


def test_what_senses_found_is_for_this_user_alone(tmp_path: Path):
    store = SenseStore(tmp_path, 10**6)
    store.put("a" * 64, PlainSense(), SenseOptions(), Sensed("plain", (Cue(0.0, 1.0, "hello"),), "heard"))
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0]


def test_ratings_are_for_the_operator_alone_and_hold_any_text(tmp_path: Path):
    ratings = FeedbackFile(tmp_path / "feedback.jsonl")
    ratings.add("1", Turn("half a pair \ud83d", "A cat."), "tiny", "up")
    assert ratings.path.stat().st_mode & 0o777 == 0o600
    assert json.loads(ratings.path.read_text("utf-8"))["answer"] == "A cat."


@pytest.mark.slow
def test_a_port_that_is_taken_is_one_line_and_exit_code_2():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        server = subprocess.run(
            [sys.executable, "-m", "demo", "--port", port],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert server.returncode == 2
    assert port in server.stderr
    assert len(server.stderr.splitlines()) == 1
