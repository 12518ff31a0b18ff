"""`reeltalk transcribe`, and the senses of `ask`."""

import json
from pathlib import Path

import pytest

from core.cli.main import main
from core.cli.senses import SenseChoice
from core.dialogue.conversation import Cue
from core.engine.video_chat import VideoChat
from core.senses import background
from core.senses.sense import Sensed

HEARD = Sensed("hearing", "heard", (Cue(0.5, 2.0, "Hello there.", 0.9, "en", "heard"),))
READ = Sensed("reading", "read", (Cue(0.0, 3.0, "EXIT", 0.99, "en", "read"),))
NO_TRACKS = Sensed("subtitles", "subtitles", (), "no_tracks")
FOUND = {"hearing": HEARD, "reading": READ, "subtitles": NO_TRACKS}


@pytest.fixture(autouse=True)
def found(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the senses find, without a child process; the names of those that were used."""
    used: list[str] = []

    def run(sense, *_: object) -> Sensed:
        used.append(sense.name)
        return FOUND[sense.name]

    monkeypatch.setattr(background, "run_sense", run)
    return used


def test_transcribe_prints_what_is_said_and_what_is_written(
    clip_file: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["transcribe", str(clip_file)]) == 0
    assert capsys.readouterr().out == "0:00 [EXIT]\n0:00 Hello there.\n"


def test_transcribe_writes_subtitles_and_json(clip_file: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["transcribe", str(clip_file), "--srt", "--no-read"]) == 0
    assert "00:00:00,500 --> 00:00:02,000\nHello there." in capsys.readouterr().out
    assert main(["transcribe", str(clip_file), "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["source"] for row in rows] == ["read", "heard"]
    assert rows[1] == {
        "start": 0.5,
        "end": 2.0,
        "text": "Hello there.",
        "confidence": 0.9,
        "language": "en",
        "source": "heard",
    }


def test_transcribe_says_why_there_is_nothing(
    clip_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(FOUND, "hearing", Sensed("hearing", "heard", (), "no_sound"))
    assert main(["transcribe", str(clip_file), "--no-read"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "The clip has no sound." in captured.err


def test_ask_uses_the_senses_and_its_json_tells_which_cues_were_in_the_prompt(
    clip_file: Path, capsys: pytest.CaptureFixture[str], tiny_in_registry: None
):
    options = ["--model", "tiny", "--max-new-tokens", "4", "--json"]
    assert main(["ask", str(clip_file), "What?", *options]) == 0
    assert [cue["text"] for cue in json.loads(capsys.readouterr().out)["cues"]] == ["Hello there.", "EXIT"]
    assert main(["ask", str(clip_file), "What?", *options, "--no-read"]) == 0
    assert [cue["text"] for cue in json.loads(capsys.readouterr().out)["cues"]] == ["Hello there."]


def test_ask_with_little_memory_or_no_wish_for_them_uses_none(
    clip_file: Path, found: list[str], tiny_in_registry: None, monkeypatch: pytest.MonkeyPatch
):
    options = ["--model", "tiny", "--max-new-tokens", "4"]
    monkeypatch.setattr(VideoChat, "senses", lambda *_, **__: pytest.fail("no sense is wanted"))
    assert main(["ask", str(clip_file), "What?", *options, "--no-hear", "--no-read"]) == 0
    assert found == []


def test_a_sense_that_is_asked_for_and_not_installed_is_an_error(
    clip_file: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("core.senses.hearing.Hearing.packages", ("no_such_package",))
    assert SenseChoice(read=False).names() == ["subtitles"]
    assert main(["transcribe", str(clip_file), "--hear"]) == 2
    assert "pip install no_such_package" in capsys.readouterr().err
