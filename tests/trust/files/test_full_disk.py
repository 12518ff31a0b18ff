"""A full disk stops no answer, leaves no half line, and is told.

To a process that may not write files beyond some bytes, it is: all libraries' writes fail then.
"""

import json
import logging
import os
import resource
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import torch

from core import ChatSettings, Cue, Turn
from core.compact.llm.decoders import TorchDecoder
from core.compact.llm.preparing import open_decoder
from core.compact.trained_parts import LanguageParts
from core.engine.video_chat import VideoChat
from core.kept import append_whole
from core.progress import no_progress
from core.senses.sense import Sensed, SenseOptions
from core.senses.store import SenseStore
from demo.chat.feedback import FeedbackFile
from tests.compact.test_base_llm import write_gguf
from tests.demo.client import ask, connect, open_clip
from tests.demo.server import DemoServer
from tests.senses.plain_sense import PlainSense
from tests.tiny_compact import tiny_llm
from tests.tiny_model import TinyImageLLM


@contextmanager
def full_disk(size: int = 0) -> Iterator[None]:
    """Within, no file of this process grows beyond so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_clip_is_talked_about_though_nothing_of_it_can_be_kept(
    tmp_path: Path, clip_file: Path, other_clip_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "cache"
    chat = VideoChat(TinyImageLLM(), folder)
    with full_disk(), caplog.at_level(logging.WARNING):
        for clip in (clip_file, other_clip_file):
            conversation = chat.start(chat.open(clip))
            assert "".join(chat.ask(conversation, "What is it?", ChatSettings(max_new_tokens=8)))
    assert [*(folder / "features").iterdir()] == []
    said = [record.message for record in caplog.records if str(folder / "features") in record.message]
    assert len(said) == 1


def test_a_cache_that_cannot_be_made_stops_no_answer(tmp_path: Path, clip_file: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    chat = VideoChat(TinyImageLLM(), tmp_path / "file" / "cache")
    assert "".join(chat.ask(chat.start(chat.open(clip_file)), "What?", ChatSettings(max_new_tokens=8)))


def test_what_a_sense_found_is_there_though_it_cannot_be_kept(tmp_path: Path) -> None:
    store = SenseStore(tmp_path / "senses", 10**6)
    sense = PlainSense()
    with full_disk():
        store.put("a" * 64, sense, SenseOptions(), Sensed("plain", (Cue(0.0, 1.0, "hello"),), "heard"))
    assert store.get("a" * 64, sense, SenseOptions()) is None
    assert [*(tmp_path / "senses").iterdir()] == []


def test_an_llm_that_cannot_be_kept_ready_is_taken_apart_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    llm = tiny_llm()
    gguf = write_gguf(llm, tmp_path / "tiny.gguf")
    before = sorted(tmp_path.iterdir())
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage._replace(free=1000))
    decoder = open_decoder(gguf, LanguageParts.none(), "cpu", no_progress)
    x = torch.randn(5, llm.config.hidden_size, generator=torch.Generator().manual_seed(0))
    theirs = TorchDecoder(llm)
    torch.testing.assert_close(
        decoder.forward(x, decoder.new_cache()).float(),
        theirs.forward(x, theirs.new_cache()),
        atol=0.05,
        rtol=0.05,
    )
    assert [path for path in sorted(tmp_path.iterdir()) if path.suffix != ".lock"] == before


def test_a_line_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    append_whole(path, b"one\n")
    with full_disk(6), pytest.raises(OSError, match="space"):
        append_whole(path, b"another\n")
    append_whole(path, b"two\n")
    assert path.read_text() == "one\ntwo\n"
    ratings = FeedbackFile(tmp_path / "feedback.jsonl")
    ratings.add("1", Turn("What?", "A cat."), "tiny", "up")
    with full_disk(os.path.getsize(ratings.path) + 20), pytest.raises(OSError, match="space"):
        ratings.add("2", Turn("What?", "A cat."), "tiny", "up")
    ratings.add("3", Turn("What?", "A cat."), "tiny", "up")
    assert [json.loads(line)["id"] for line in ratings.path.read_text().splitlines()] == ["1", "3"]


@pytest.mark.slow
def test_an_upload_that_the_disk_is_too_full_for_is_told_in_the_visitors_language(
    tmp_path: Path, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = tmp_path / "uploads"
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(uploads))
    server = DemoServer(tmp_path, [])
    try:
        client = connect(server)
        open_clip(client, clip_file)
        files = {"files": ("clip.mp4", b"\0" * 300_000)}
        with full_disk(100_000):
            refused = httpx.post(
                f"{server.url}gradio_api/upload", files=files, headers={"accept-language": "zh-CN"}
            )
            assert len(ask(client, "What is in the video?")[-1]) == 2, "who has a clip goes on"
        assert (refused.status_code, "放不下" in refused.text) == (507, True)
        assert [path for path in uploads.iterdir() if path.is_file()] == [], "half an upload is left"
        assert httpx.post(f"{server.url}gradio_api/upload", files=files).status_code == 200
    finally:
        server.close()
