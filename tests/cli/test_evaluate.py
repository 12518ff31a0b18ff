"""`evaluate` with the tiny model and real clips: what is asked, kept, taken up again and scored."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import main
from core.errors import EvaluationError
from core.evaluation.benchmarks.rows import BenchmarkRow
from core.evaluation.json_lines import append_json_lines, read_json_lines
from core.evaluation.predictions import Prediction, load_predictions, put_questions
from core.evaluation.report import make_report
from core.features.adapter import save_temporal_module
from tests.tiny_model import TinyImageLLM

pytestmark = pytest.mark.usefixtures("tiny_in_registry", "read_once")
Captured = pytest.CaptureFixture[str]
QUESTIONS = [
    {"video_name": "kite", "question_id": "q1", "question": "what flies over the beach?"},
    {"video_name": "v_dog", "question_id": "q2", "question": "谁在追球？"},
    {"video_name": "gone", "question_id": "q3", "question": "who is gone?"},
]
ANSWERS = [
    {"question_id": f"q{n}", "answer": text, "type": 5} for n, text in enumerate(["kite", "狗", "he"], 1)
]


@pytest.fixture
def folder(tmp_path: Path, clip_file: Path, other_clip_file: Path) -> Path:
    """Question and answer lists and, in videos/, the clips of two of the three videos."""
    (tmp_path / "videos" / "deep").mkdir(parents=True)
    shutil.copy(clip_file, tmp_path / "videos" / "kite.mp4")
    shutil.copy(other_clip_file, tmp_path / "videos" / "deep" / "v_dog.m4v")
    (tmp_path / "test_q.json").write_text(json.dumps(QUESTIONS), encoding="utf-8")
    (tmp_path / "test_a.json").write_text(json.dumps(ANSWERS), encoding="utf-8")
    return tmp_path


@pytest.fixture
def run(capsys: Captured, folder: Path) -> Callable[..., tuple[int, str, str]]:
    """Runs the command on the lists: (exit code, stdout, stderr)."""

    def command(*options: str, videos: bool = True, out: str = "out.jsonl") -> tuple[int, str, str]:
        files = [str(folder / name) for name in ("test_q.json", "test_a.json")]
        where = ["--videos", str(folder / "videos")] if videos else []
        fixed = ["--out", str(folder / out), "--model", "tiny", "--frames", "4", "--max-new-tokens", "8"]
        code = main(["evaluate", "msvd-qa", *files, *where, *fixed, *options])
        return code, *capsys.readouterr()

    return command


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# Asking and keeping


@pytest.mark.slow
def test_rows_are_answered_scored_and_what_is_missing_is_told(run, folder: Path) -> None:
    code, output, _ = run()
    kept = lines(folder / "out.jsonl")
    assert code == 0
    assert [line["id"] for line in kept] == ["q1", "q2", "q3"]
    assert ["answers" in line for line in kept] == [True, True, False]
    assert "gone" in kept[2]["error"]
    assert "谁在追球？" in (folder / "out.jsonl").read_text(encoding="utf-8")
    assert "| all | 3 | 2 |" in output
    assert "Problems: 1" in output
    assert "q3: There is no video called" in output
    report = json.loads((folder / "out.report.json").read_text(encoding="utf-8"))
    assert report["tables"][0]["lines"][-1][:3] == ["all", 3, 2]
    assert "tiny" in report["title"]


def test_what_was_answered_is_not_asked_again_and_what_failed_is(
    run, folder: Path, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.engine.video_chat import VideoChat

    run()
    before = lines(folder / "out.jsonl")
    asked: list[str] = []
    ask = VideoChat.ask
    monkeypatch.setattr(VideoChat, "ask", lambda *given: (asked.append(given[2]), ask(*given))[1])
    shutil.copy(clip_file, folder / "videos" / "gone.mp4")
    _, output, _ = run()
    after = lines(folder / "out.jsonl")
    assert asked == ["who is gone?"]
    assert after[:3] == before
    assert after[3]["id"] == "q3"
    assert "answers" in after[3]
    assert "| all | 3 | 3 |" in output
    assert "Problems" not in output


def test_a_last_line_that_a_crash_left_in_half_is_asked_again(run, folder: Path) -> None:
    run()
    out = folder / "out.jsonl"
    whole = out.read_bytes()
    out.write_bytes(whole[: whole.index("谁".encode()) + 1])  # in the middle of a character
    _, output, _ = run()
    assert out.read_bytes() == whole
    assert "| all | 3 | 2 |" in output


def test_answers_of_two_runs_are_never_mixed(run, folder: Path) -> None:
    run()
    before = (folder / "out.jsonl").read_bytes()
    code, _, errors = run("--frames", "5")
    assert code == 2
    assert "another run" in errors
    assert len(errors.splitlines()) == 1
    assert (folder / "out.jsonl").read_bytes() == before


def test_a_run_with_another_adapter_is_another_run(run, folder: Path) -> None:
    model = TinyImageLLM()
    save_temporal_module(model.temporal_module, folder / "mine")
    code, output, _ = run("--adapter", str(folder / "mine"))
    assert code == 0
    assert "with adapter mine (" in output.splitlines()[0]
    code, _, errors = run()
    assert code == 2
    assert "another run" in errors


def test_without_videos_only_what_is_there_is_scored(run, folder: Path) -> None:
    question = {
        "id": "q1",
        "questions": ["what flies over the beach?"],
        "answers": ["A kite."],
        "run": "mine",
    }
    (folder / "out.jsonl").write_text(json.dumps(question), encoding="utf-8")
    code, output, _ = run(videos=False)
    assert code == 0
    assert output.startswith("# msvd-qa: mine")
    assert "| what | 1 | 1 | 100.0 | 100.0 |" in output
    assert output.count("not answered yet") == 2


def test_a_limit_is_for_a_try_and_does_not_hinder_the_rest(run) -> None:
    _, output, _ = run("--limit", "1")
    assert "| all | 1 | 1 |" in output
    _, output, _ = run()
    assert "| all | 3 | 2 |" in output
    _, output, _ = run("--limit", "1")
    assert "Problems" not in output


def test_rows_of_a_part_of_a_clip_and_with_options_are_asked_so(
    capsys: Captured, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.engine.video_chat import VideoChat

    plans: list[tuple[float | None, float | None]] = []
    open_clip = VideoChat.open
    monkeypatch.setattr(
        VideoChat, "open", lambda *given: (plans.append((given[2].start, given[2].end)), open_clip(*given))[1]
    )
    row = {"video": "kite.mp4", "question": "What?", "candidates": ["a cup", "a box"], "answer": "a box"}
    rows = [row | {"start": 0.5, "end": 1.5}, row, row | {"start": 60.0, "end": 70.0}]
    (folder / "task.json").write_text(json.dumps(rows), encoding="utf-8")
    options = ["--out", str(folder / "out.jsonl"), "--model", "tiny", "--max-new-tokens", "4"]
    main(["evaluate", "mvbench", str(folder / "task.json"), "--videos", str(folder), *options])
    kept = lines(folder / "out.jsonl")
    assert plans == [(0.5, 1.5), (None, None), (60.0, 70.0)]
    assert "A. a cup\nB. a box" in kept[0]["questions"][0]
    assert "does not lie within" in kept[2]["error"]
    assert "| all | 3 | 2 |" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such-qa", "FILE", "--out", "OUT"], "msvd-qa"),
        (["msvd-qa", "FILE"], "--out"),
        (["msvd-qa", "no.json", "--out", "OUT"], "no.json"),
        (["msvd-qa", "FILE", "--out", "OUT", "--videos", "no-such-folder"], "--videos"),
        (["msvd-qa", "FILE", "--out", "no/folder/out.jsonl"], "cannot be written"),
        (["msvd-qa", "FILE", "--out", "OUT", "--judge", "x", "--judge-url", "http://127.0.0.1:1"], "judge x"),
    ],
)
def test_a_users_error_is_one_clear_line(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], said: str
) -> None:
    monkeypatch.setattr("core.evaluation.judge.LONGEST_PAUSE", 0.0)
    row = {"id": 1, "video_id": 7, "question": "what?", "answer": "that"}
    (tmp_path / "qa.json").write_text(json.dumps([row]), encoding="utf-8")
    answer = {"id": "1", "questions": ["what?"], "answers": ["this"], "run": "mine"}
    (tmp_path / "out.jsonl").write_text(json.dumps(answer), encoding="utf-8")
    places = {"FILE": str(tmp_path / "qa.json"), "OUT": str(tmp_path / "out.jsonl")}
    code = main(["evaluate", *(places.get(each, each) for each in arguments)])
    output, errors = capsys.readouterr()
    assert (code, output) == (2, "")
    told = [line for line in errors.splitlines() if line.startswith("error: ")]
    assert len(told) == 1
    assert said in told[0]


# The file that grows


def test_lines_are_appended_to_a_file_however_its_last_line_ends(tmp_path: Path) -> None:
    for content, kept in [
        (b"", []),
        (b'{"a": 1}\n', [{"a": 1}]),
        (b'{"a": 1}', [{"a": 1}]),
        (b'{"a": 1}\n{"b"', [{"a": 1}]),
        (b'{"a": 1}\n{"b": "\xe8', [{"a": 1}]),
        (b'{"a": 1}\n\0\0\0', [{"a": 1}]),
    ]:
        path = tmp_path / "lines.jsonl"
        path.write_bytes(content)
        with append_json_lines(path) as append:
            append({"c": "狗 \ud800"})
        assert read_json_lines(path).lines == [*kept, {"c": "狗 \ud800"}]
        assert read_json_lines(path).problems == []


def test_a_damaged_line_in_the_middle_is_told_and_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    path.write_bytes(b'{"a": 1}\n{"b": \n[1]\n\n{"c": 3}\n')
    read = read_json_lines(path)
    assert read.lines == [{"a": 1}, {"c": 3}]
    assert read.problems == ["Line 2 of lines.jsonl is damaged.", "Line 3 of lines.jsonl is damaged."]


@pytest.mark.parametrize("content", [b"[1, 2]", b"video\x00\x01", b'{\n "a": 1\n}'])
def test_a_file_that_is_none_of_ours_is_never_cut_or_written_to(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "precious"
    path.write_bytes(content)
    with pytest.raises(EvaluationError, match="JSON lines"), append_json_lines(path):
        pass
    assert path.read_bytes() == content


# Predictions and scores


def choice(id: str, right: int, group: str = "kind") -> BenchmarkRow:
    return BenchmarkRow(id, (id,), ("What?",), "ab"[right], group, candidates=("a", "b"), right=right)


def test_predictions_of_other_questions_or_of_no_shape_are_told(tmp_path: Path) -> None:
    row = choice("1", 0)
    good = {"id": "1", "questions": list(put_questions(row)), "answers": ["A"], "run": "mine"}
    wrong = [
        good | {"id": "2"},
        good | {"questions": ["Who?"]},
        good | {"answers": "A"},
        good | {"answers": []},
    ]
    path = tmp_path / "out.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in [*wrong, good, {}]), encoding="utf-8")
    read = load_predictions(path, [row])
    assert read.by_id == {"1": Prediction("1", put_questions(row), ("A",), "mine")}
    assert len(read.problems) == 5


def test_an_answer_without_a_letter_is_counted_as_such_and_not_as_right() -> None:
    rows = [choice("1", 0), choice("2", 1), choice("3", 1, "other"), choice("4", 0, "other")]
    given = {"1": "A", "2": "A", "3": "It is b, I guess", "4": None}
    predictions = {
        id: Prediction(
            id, ("What?",), () if text is None else (text,), "mine", "lost" if text is None else None
        )
        for id, text in given.items()
    }
    report = make_report("title", rows, predictions, None, [], [])
    assert report.tables[0].columns == ["kind", "rows", "answered", "no letter", "accuracy"]
    assert report.tables[0].lines == [
        ["kind", 2, 2, 0, 0.5],
        ["other", 2, 1, 1, 0.0],
        ["all", 4, 3, 1, pytest.approx(1 / 3)],
    ]
    assert report.problems == ["4: lost", "3: the answer states no letter: 'It is b, I guess'"]


def test_the_text_shows_the_first_problems_and_the_json_has_all() -> None:
    rows = [choice(str(number), 0) for number in range(30)]
    report = make_report("title", rows, {}, None, [], ["Row 3 of x.json cannot be used: it is empty."])
    assert len(report.as_json()["problems"]) == 31
    assert "Problems: 31" in report.as_text()
    assert "- and 21 more" in report.as_text()
    assert "Row 3 of x.json" in report.as_text()
