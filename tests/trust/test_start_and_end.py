"""How a server starts and ends: nothing half written stays, and nothing of a server that is gone."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from core import Turn
from core.features.store import FeatureStore
from core.kept import WRITING
from demo.chat.feedback import FeedbackFile
from demo.server.uploads import own_upload_folder
from tests.real_server import PROGRAM, ROOT


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
