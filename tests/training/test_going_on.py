"""A training goes on: from an adapter, from kept features, with other processes; nothing is lost by it."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from safetensors.torch import load, load_file

from core.cli.main import main
from core.evaluation.json_lines import read_json_lines
from core.features.adapter_parts import ALIGNMENT_FILE, LORA_FOLDER

pytestmark = [pytest.mark.usefixtures("tiny_in_registry", "read_once")]
Captured = pytest.CaptureFixture[str]
UPDATES = Path(LORA_FOLDER) / "adapter_model.safetensors"


@pytest.fixture
def videos(tmp_path: Path, clip_file: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    shutil.copy(clip_file, folder / "one.mp4")
    Image.new("RGB", (96, 96), "red").save(folder / "two.jpg")
    return folder


@pytest.fixture
def rows(tmp_path: Path, videos: Path) -> Path:
    """About a clip by its whole path, and about a photograph."""
    path = tmp_path / "rows.json"
    turns = [("human", "<video>\nWhat is it?"), ("gpt", "It is so.")]
    said = [{"from": who, "value": text} for who, text in turns]
    named = ({"video": str(videos / "one.mp4")}, {"image": "two.jpg"})
    path.write_text(json.dumps([name | {"id": "1", "conversations": said} for name in named]))
    return path


def train(out: Path, rows: Path, *more: str | Path) -> int:
    common = ("--model", "tiny", "--data", rows, "--frames", "4", "--batch", "2", "--steps", "1")
    return main(["train", *map(str, (*common, "--out", out, *more))])


def loss(folder: Path, when: str) -> float:
    """On --eval-data, before or after the training."""
    found: float = json.loads((folder / "results.json").read_text())[when]["loss"]
    return found


@pytest.mark.slow
def test_what_an_adapter_has_stays_in_the_one_that_goes_on_from_it(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path
) -> None:
    first, second, third = tmp_path / "first", tmp_path / "second", tmp_path / "third"
    common = ("--videos", videos, "--features", tmp_path / "features", "--eval-data", rows)
    assert train(first, rows, *common, "--train", "g_t,g", "--lora", "2", "--rate", "0.05") == 0
    still = (*common, "--rate", "1e-9")
    assert train(second, rows, *still, "--adapter", first) == 0
    assert train(third, rows, *still, "--adapter", second, "--train", "none", "--lora", "2") == 0
    for folder in (second, third):
        for file in (Path(ALIGNMENT_FILE), UPDATES):
            ours, theirs = load_file(folder / file), load_file(first / file)
            assert ours.keys() == theirs.keys()
            assert all(ours[name].equal(theirs[name]) for name in theirs), f"{file} in {folder.name}"
        assert loss(folder, "before") == pytest.approx(loss(first, "after"), rel=5e-3), "kept in 16 bits"
    assert loss(first, "before") != pytest.approx(loss(first, "after"), rel=0.05)
    capsys.readouterr()
    assert train(tmp_path / "fourth", rows, *still, "--adapter", first, "--lora", "3") == 2
    assert "another --lora" in capsys.readouterr().err


def test_features_that_were_damaged_or_lost_are_made_again(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path
) -> None:
    features = tmp_path / "features"
    common = ("--videos", videos, "--features", features)
    precompute = ["precompute", "--data", rows, *common, "--model", "tiny", "--frames", "4"]
    assert main([str(each) for each in precompute]) == 0
    first, second = sorted(features.glob("*.safetensors"))
    whole = first.read_bytes()
    first.write_bytes(whole[:-8] + b"\0" * 4 + whole[-4:])
    second.unlink()
    capsys.readouterr()
    common = (*common, "--eval-data", rows)
    assert train(tmp_path / "out", rows, *common) == 2
    assert "were damaged" in capsys.readouterr().err
    assert train(tmp_path / "out", rows, *common, "--resume") == 0
    assert second.exists()
    again, kept = load_file(first), load(whole)
    assert all(again[name].equal(kept[name]) for name in kept)


def test_rows_whose_features_are_gone_are_left_out_where_there_are_no_videos(
    tmp_path: Path, videos: Path, rows: Path
) -> None:
    features = tmp_path / "features"
    assert train(tmp_path / "first", rows, "--videos", videos, "--features", features) == 0
    next(features.glob("*.safetensors")).unlink()
    assert train(tmp_path / "second", rows, "--features", features) == 0
    assert len(read_json_lines(tmp_path / "second" / "left-out.jsonl").lines) == 2, "the clip, and its row"


def test_a_run_is_resumed_as_it_was_begun_but_for_the_processes_that_share_a_step(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training import run

    out, more = tmp_path / "out", ("--videos", videos)
    (videos / "late.mp4").write_bytes(b"")
    late = tmp_path / "late.jsonl"
    late.write_text(json.dumps({"video": "late.mp4", "question": "?", "answer": "!"}))
    assert train(out, rows, *more, "--data", late, "--accumulate", "2") == 0
    shutil.copy(videos / "one.mp4", videos / "late.mp4")
    told = (out / "left-out.jsonl").read_text()
    resume = ["train", "--out", str(out), "--resume"]
    assert main([*resume, "--gradient-checkpointing"]) == 0, "what could be read later is not in it"
    assert (out / "left-out.jsonl").read_text() == told
    capsys.readouterr()
    assert main([*resume, "--accumulate", "1"]) == 2
    assert "product of processes and --accumulate" in capsys.readouterr().err
    fingerprint_of = run.fingerprint_of

    def of_two(*given: Any) -> str:
        return fingerprint_of(*given[:-1], 2)

    monkeypatch.setattr(run, "fingerprint_of", of_two)
    assert main([*resume, "--accumulate", "1"]) == 0
