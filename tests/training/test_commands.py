"""`reeltalk train`, `adapters` and `precompute --data`, with the tiny model and real clips."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from core.errors import TrainingError
from core.evaluation.json_lines import read_json_lines
from core.features.adapter import CONFIG_FILE, WEIGHTS_FILE

pytestmark = pytest.mark.usefixtures("tiny_in_registry", "read_once")
Captured = pytest.CaptureFixture[str]
QUESTION = "What is it?"


@pytest.fixture
def videos(tmp_path: Path, clip_file: Path, other_clip_file: Path) -> Path:
    folder = tmp_path / "videos"
    folder.mkdir()
    shutil.copy(clip_file, folder / "one.mp4")
    shutil.copy(other_clip_file, folder / "two.mp4")
    (folder / "broken.mp4").write_bytes(b"\0" * 100)
    return folder


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    """Six good rows about two clips, in two formats, and three that cannot be used."""
    good = [
        {"video": "one.mp4", "question": QUESTION, "answer": f"It is {word}."} for word in ("a", "b", "c")
    ]
    good += [{"video_id": "two", "q": QUESTION, "a": f"It is {word}."} for word in ("d", "e", "f")]
    bad: list[dict[str, Any]] = [
        {"video": "one.mp4"},
        {"video": "gone.mp4", "question": QUESTION, "answer": "No."},
        {"video": "broken.mp4", "question": QUESTION, "answer": "No."},
    ]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(good + bad))
    return path


def run(capsys: Captured, *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(each) for each in arguments])
    return code, *capsys.readouterr()


def train(out: Path, rows: Path, *more: str | Path) -> list[str | Path]:
    return ["train", "--model", "tiny", "--data", rows, "--out", out, "--frames", "4", "--batch", "3", *more]


def answers(capsys: Captured, clip: Path, *more: str | Path) -> str:
    code, output, _ = run(
        capsys, "ask", clip, QUESTION, "--model", "tiny", "--frames", "4", "--max-new-tokens", "8", *more
    )
    assert code == 0
    return output


@pytest.mark.slow
def test_a_run_leaves_an_adapter_that_answers_and_a_card_that_tells_all(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path
) -> None:
    out = tmp_path / "adapter"
    more = ("--videos", videos, "--eval-data", rows, "--steps", "8", "--rate", "0.05", "--eval-every", "4")
    code, output, errors = run(capsys, *train(out, rows, *more))
    assert code == 0, errors
    assert "8 steps" in output
    files = {path.name for path in out.iterdir() if path.is_file()}
    assert files == {
        *(CONFIG_FILE, WEIGHTS_FILE, "README.md", "curve.png", "results.json", "training.toml"),
        *("metrics.jsonl", "left-out.jsonl", "checkpoint.pt"),
    }
    card = (out / "README.md").read_text()
    results = json.loads((out / "results.json").read_text())
    for told in ("tiny-0", "rows.json", "| before | after |", "8 steps", "seed 0", "torch ", results["kind"]):
        assert told in card
    assert results["after"]["loss"] < results["before"]["loss"]
    assert (out / "curve.png").read_bytes().startswith(b"\x89PNG")
    metrics = read_json_lines(out / "metrics.jsonl").lines
    assert [line["step"] for line in metrics if "loss" in line] == [*range(1, 9)]
    assert [line["step"] for line in metrics if "eval_loss" in line] == [0, 4, 8]
    left_out = read_json_lines(out / "left-out.jsonl").lines
    assert {line["place"] for line in left_out} == {
        *(f"{number} of rows.json" for number in (7, 8, 9)),
        *("gone.mp4", "broken.mp4"),
    }
    clip = videos / "one.mp4"
    told = answers(capsys, clip, "--adapter", out)
    assert told != answers(capsys, clip)
    code, output, _ = run(capsys, "adapters", tmp_path)
    assert code == 0
    assert output.startswith(f"{out}  copy for tiny\n")
    assert "8 steps" in output


def test_a_training_goes_on_from_features_where_there_are_no_videos(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path
) -> None:
    features = tmp_path / "features"
    code, output, errors = run(
        capsys,
        *("precompute", "--data", rows, "--videos", videos, "--features", features),
        *("--model", "tiny", "--frames", "4"),
    )
    assert code == 2
    assert "features of 2 of 4 clips" in output
    assert len(errors.splitlines()) == 2
    shutil.rmtree(videos)
    code, output, _ = run(capsys, *train(tmp_path / "out", rows, "--features", features, "--steps", "2"))
    assert (code, "2 steps" in output) == (0, True)


@pytest.mark.slow
def test_a_stopped_run_goes_on_to_the_same_numbers(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.training.loop import Trainer

    features = ("--videos", videos, "--features", tmp_path / "features")
    more = (*features, "--steps", "6", "--checkpoint-every", "2", "--eval-data", rows)
    whole, stopped = tmp_path / "whole", tmp_path / "stopped"
    assert run(capsys, *train(whole, rows, *more))[0] == 0
    one_step = Trainer._one_step

    def stops(trainer: Trainer, *given: Any) -> Any:
        if trainer.step == 5:
            raise TrainingError("training_stopped", step=6, reason="a GPU was lost", path=stopped)
        return one_step(trainer, *given)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_one_step", stops)
        code, _, errors = run(capsys, *train(stopped, rows, *more))
    assert (code, "GPU was lost" in errors) == (2, True)
    code, _, errors = run(capsys, *train(stopped, rows, *more))
    assert (code, "--resume goes on" in errors) == (2, True)
    assert run(capsys, "train", "--out", stopped, "--resume")[0] == 0
    assert (stopped / WEIGHTS_FILE).read_bytes() == (whole / WEIGHTS_FILE).read_bytes()
    ours, theirs = (read_json_lines(folder / "metrics.jsonl").lines for folder in (stopped, whole))
    assert [(line["step"], line.get("loss")) for line in ours] == [
        (line["step"], line.get("loss")) for line in theirs
    ]
    scores = [json.loads((folder / "results.json").read_text())["before"] for folder in (stopped, whole)]
    assert scores[0] == scores[1]


def test_a_check_tells_what_it_would_take_and_trains_nothing(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path
) -> None:
    out = tmp_path / "out"
    command = train(out, rows, "--videos", videos, "--epochs", "3", "--check", "--json")
    code, output, errors = run(capsys, *command)
    assert code == 0, errors
    needs = json.loads(output)
    assert (needs["rows"], needs["clips"], needs["steps"]) == (
        7,
        3,
        9,
    )  # one is broken, which is not known yet
    assert needs["left_out"] == 3  # a row without a question, the lost file, and the row about it
    assert needs["trained_numbers"] == 12 * 32 + 32
    assert needs["longest_row"] >= needs["tokens_per_row"] > 9 + 4
    assert needs["memory"] > 0
    assert {path.name for path in out.iterdir()} == {"features", "left-out.jsonl"}


def test_settings_of_a_file_are_overridden_by_options(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path
) -> None:
    config = tmp_path / "mine.toml"
    config.write_text(f'model = "tiny"\ndata = ["{rows}"]\nvideos = "{videos}"\nsteps = 5\nframes = 4\n')
    out = tmp_path / "out"
    code, output, _ = run(capsys, "train", "--config", config, "--out", out, "--steps", "1")
    assert (code, "1 steps" in output) == (0, True)
    assert "steps = 1\n" in (out / "training.toml").read_text()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--batch", "0"], "batch"),
        (["--train", "llm"], "g_t, g"),
        (["--temporal-module", "magic"], "magic"),
        (["--rate", "0"], "rate"),
        (["--resume"], "nothing to resume"),
    ],
)
def test_a_users_error_is_one_clear_line(
    capsys: Captured, tmp_path: Path, videos: Path, rows: Path, more: list[str], said: str
) -> None:
    code, output, errors = run(capsys, *train(tmp_path / "out", rows, "--videos", videos, *more))
    assert (code, output) == (2, "")
    assert said in errors.splitlines()[-1]
