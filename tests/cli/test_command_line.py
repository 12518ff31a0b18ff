"""The command line with the tiny model: what is printed where, and how it ends."""

import json
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.cli.main import app, main
from core.engine.video_chat import VideoChat
from core.image_llm.load_options import LoadOptions
from core.image_llm.registry import embedded
from core.progress import Progress
from tests.tiny_model import TinyImageLLM
from tests.video_files import write_clip

ROOT = Path(__file__).parents[2]
QUESTIONS = ["What is in the video?", "它往哪个方向移动？"]
SHORT = ["--max-new-tokens", "12"]

pytestmark = pytest.mark.usefixtures("tiny_in_registry", "read_once")
Captured = pytest.CaptureFixture[str]


def run(capsys: Captured, *arguments: str | Path) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of one command with the tiny model."""
    code = main([str(each) for each in arguments])
    return code, *capsys.readouterr()


def json_lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def assert_one_clear_line(code: int, output: str, errors: str) -> None:
    assert code == 2
    assert output == ""
    assert len(errors.splitlines()) == 1
    assert errors.startswith("error: ")


# ask


def test_answers_are_printed_in_order(capsys: Captured, clip_file: Path) -> None:
    code, output, _ = run(capsys, "ask", clip_file, *QUESTIONS, "--model", "tiny", *SHORT, "--json")
    assert code == 0
    answers = [row["answer"] for row in json_lines(output)]
    code, output, _ = run(capsys, "ask", clip_file, *QUESTIONS, "--model", "tiny", *SHORT)
    assert code == 0
    assert output == "".join(f"{answer}\n" for answer in answers)


def test_answers_are_printed_as_they_stream(
    capsys: Captured, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.engine.video_chat import VideoChat

    pieces: list[str] = []
    printed: list[str] = []
    ask = VideoChat.ask

    def spied(*arguments: Any) -> Iterator[str]:
        for piece in ask(*arguments):
            pieces.append(piece)
            yield piece
            printed.append(capsys.readouterr().out)

    monkeypatch.setattr(VideoChat, "ask", spied)
    run(capsys, "ask", clip_file, QUESTIONS[0], "--model", "tiny")
    assert len(pieces) > 1
    assert printed == pieces


def test_json_gives_one_object_per_question_with_these_keys(capsys: Captured, clip_file: Path) -> None:
    code, output, _ = run(capsys, "ask", clip_file, *QUESTIONS, "--model", "tiny", "--frames", "4", "--json")
    rows = json_lines(output)
    assert code == 0
    assert [row["question"] for row in rows] == QUESTIONS
    assert QUESTIONS[1] in output  # Chinese as it is, no escapes
    for row in rows:
        assert list(row) == [
            "question",
            "answer",
            "seconds_to_first_token",
            "seconds",
            "visual_tokens",
            "reader",
            "features_from_cache",
            "damaged",
            "cues",
        ]
        assert 0 < row["seconds_to_first_token"] <= row["seconds"]
        assert row["visual_tokens"] == 9 + 4
        assert row["reader"] in ("decord", "pyav")
        assert row["features_from_cache"] is False
    _, output, _ = run(capsys, "ask", clip_file, *QUESTIONS, "--model", "tiny", "--frames", "4", "--json")
    again = json_lines(output)
    assert all(row["features_from_cache"] for row in again)
    assert [row["answer"] for row in again] == [row["answer"] for row in rows]


def test_later_questions_see_the_earlier_ones(capsys: Captured, clip_file: Path) -> None:
    _, output, _ = run(capsys, "ask", clip_file, *QUESTIONS, "--model", "tiny", "--json")
    _, alone, _ = run(capsys, "ask", clip_file, QUESTIONS[1], "--model", "tiny", "--json")
    assert json_lines(output)[1]["answer"] != json_lines(alone)[0]["answer"]


def test_the_same_seed_gives_the_same_answer(capsys: Captured, clip_file: Path) -> None:
    command = ["ask", clip_file, QUESTIONS[0], "--model", "tiny", "--temperature", "1", "--seed"]
    outputs = [run(capsys, *command, seed)[1] for seed in ("1", "1", "2")]
    assert outputs[0] == outputs[1] != outputs[2]


def test_a_fixed_language_reaches_the_model(
    capsys: Captured, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.engine.video_chat import VideoChat

    seen: list[str] = []
    ask = VideoChat.ask

    def spied(chat: VideoChat, conversation: Any, question: str, settings: Any, stop: Any = None) -> Any:
        seen.append(settings.language)
        return ask(chat, conversation, question, settings, stop)

    monkeypatch.setattr(VideoChat, "ask", spied)
    for language in ("zh", "en", "auto"):
        run(capsys, "ask", clip_file, QUESTIONS[0], "--model", "tiny", "--lang", language, *SHORT)
    assert seen == ["zh", "en", "auto"]


SRT = "1\n00:00:00,000 --> 00:00:02,000\nHello there.\n"


def test_what_is_said_in_the_clip_and_a_second_clip_reach_the_model(
    capsys: Captured,
    clip_file: Path,
    other_clip_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from core.engine.video_chat import VideoChat

    path = tmp_path / "said.srt"
    path.write_text(SRT, "utf-8")
    conversations: list[Any] = []
    ask = VideoChat.ask

    def spied(chat: VideoChat, conversation: Any, *more: Any) -> Any:
        conversations.append(conversation)
        return ask(chat, conversation, *more)

    monkeypatch.setattr(VideoChat, "ask", spied)
    options = ["--subtitles", path, "--beside", other_clip_file, "--model", "tiny", *SHORT]
    code, _, _ = run(capsys, "ask", clip_file, QUESTIONS[0], *options)
    assert code == 0
    (conversation,) = conversations
    assert [cue.text for cue in conversation.subtitles] == ["Hello there."]
    assert len({subject.clip_key for subject in conversation.subjects}) == 2


def test_how_a_file_of_subtitles_was_read_is_told_and_can_be_changed(
    capsys: Captured, clip_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / "said.srt"
    path.write_bytes("1\n00：00：00，000 -> 00:00:02,000\n這隻烏龜慢慢地爬過草地\n".encode("big5hkscs"))
    asked = ["ask", clip_file, QUESTIONS[0], "--subtitles", path, "--model", "tiny", *SHORT]
    _, _, errors = run(capsys, *asked)
    assert "said.srt is read as Big5; --encoding names another." in errors
    assert "said.srt: Times in full-width signs, read as plain ones: 1." in errors
    assert "said.srt: Arrows in another form than -->, read as that: 1." in errors
    _, _, errors = run(capsys, *asked, "--encoding", "BIG5")
    assert "is read as" not in errors
    code, _, errors = run(capsys, *asked, "--encoding", "klingon")
    assert code == 2
    assert "Big5" in errors


def test_a_batch_in_another_encoding_is_read_and_that_is_told(
    capsys: Captured, batch_file: Path, clip_file: Path
) -> None:
    rows = [
        {"video": str(clip_file), "question": question}
        for question in ("视频里有什么？", "它往哪个方向移动？")
    ]
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    batch_file.write_bytes(text.encode("gbk"))
    code, output, errors = run(capsys, "ask", "--batch", batch_file, "--model", "tiny", *SHORT)
    assert code == 0
    assert [row["question"] for row in json_lines(output)] == [row["question"] for row in rows]
    assert f"{batch_file.name} is read as GB18030; --encoding names another." in errors


@pytest.mark.parametrize(
    ("option", "cannot"), [("--subtitles", "reads_subtitles"), ("--beside", "compares_clips")]
)
def test_what_the_model_cannot_do_is_said_in_one_line(
    capsys: Captured,
    clip_file: Path,
    other_clip_file: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    option: str,
    cannot: str,
) -> None:
    path = tmp_path / "said.srt"
    path.write_text(SRT, "utf-8")
    monkeypatch.setattr(f"tests.tiny_model.TinyImageLLM.{cannot}", False)
    value = path if option == "--subtitles" else other_clip_file
    code, output, errors = run(
        capsys, "ask", clip_file, QUESTIONS[0], option, value, "--model", "tiny", *SHORT
    )
    assert (code, output) == (2, "")
    assert errors.strip().splitlines()[-1].startswith("error: tiny ")


# ask --batch


@pytest.fixture
def batch_file(tmp_path: Path, clip_file: Path, other_clip_file: Path) -> Path:
    """Eight rows, of which five fail, each in its own way. Paths are relative to the file."""
    folder = tmp_path / "somewhere else"
    folder.mkdir()
    (folder / "clip.mp4").write_bytes(clip_file.read_bytes())
    (folder / "broken.mp4").write_text("no video")
    file = folder / "rows.jsonl"
    rows = [
        {"video": "clip.mp4", "question": QUESTIONS[0], "id": 7},
        {"video": str(other_clip_file), "question": QUESTIONS[1]},
        {"video": "missing.mp4", "question": QUESTIONS[0]},
        {"video": "broken.mp4", "question": QUESTIONS[0], "answer": "of an earlier run"},
        {"question": QUESTIONS[0]},
        {"video": "clip.mp4", "question": " "},
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    last = json.dumps({"video": "clip.mp4", "question": QUESTIONS[0], "error": "of an earlier run"})
    file.write_text("\n".join([*lines, "", "{broken", last, ""]), encoding="utf-8")
    return file


def check_rows(rows: list[dict[str, Any]]) -> None:
    assert len(rows) == 8
    assert ["error" in row for row in rows] == [False, False, True, True, True, True, True, False]
    assert ["answer" in row for row in rows] == ["error" not in row for row in rows]
    assert rows[0]["id"] == 7
    assert [row.get("question") for row in rows[:3]] == [QUESTIONS[0], QUESTIONS[1], QUESTIONS[0]]
    assert "missing.mp4" in rows[2]["error"]
    assert rows[3]["video"] == "broken.mp4"
    assert "Row 5" in rows[4]["error"]
    assert "Row 8" in rows[6]["error"]  # as an editor counts, with the blank line


def test_a_batch_answers_its_rows_in_order_and_a_row_that_fails_says_so(
    capsys: Captured, batch_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    code, output, errors = run(capsys, "ask", "--batch", batch_file, "--out", out, "--model", "tiny", *SHORT)
    assert code == 1, "some rows failed"
    assert output == ""
    check_rows(json_lines(out.read_text(encoding="utf-8")))
    assert QUESTIONS[1] in out.read_text(encoding="utf-8")
    assert "8/8" in errors  # the progress bar
    assert "5 of 8 rows failed" in errors


def test_a_row_may_name_a_file_by_its_address_and_nothing_of_the_web(
    capsys: Captured, clip_file: Path, tmp_path: Path
) -> None:
    spaced = tmp_path / "a clip 猫.mp4"
    spaced.write_bytes(clip_file.read_bytes())
    addresses = [spaced.as_uri(), f"file://localhost{spaced.as_uri()[7:]}"]
    of_the_web = [
        "https://example.org/a.mp4",
        "HTTP://example.org/a.mp4",
        "file://elsewhere/a.mp4",
        "rtsp://a/b",
    ]
    file = tmp_path / "rows.jsonl"
    rows = [{"video": each, "question": QUESTIONS[0]} for each in [*addresses, *of_the_web]]
    file.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    code, output, errors = run(capsys, "ask", "--batch", file, "--model", "tiny", *SHORT)
    answered = json_lines(output)
    assert ["answer" in row for row in answered] == [True] * 2 + [False] * 4
    assert all("download the video" in row["error"] for row in answered[2:])
    assert (code, "4 of 6 rows failed" in errors) == (1, True)


def test_an_empty_file_is_refused_before_a_model_is_loaded(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.tiny_model.load_tiny", lambda *_: pytest.fail("the model is loaded"))
    (tmp_path / "empty.mp4").touch()
    code, output, errors = run(capsys, "ask", tmp_path / "empty.mp4", "?", "--model", "tiny")
    assert_one_clear_line(code, output, errors)
    assert "is empty" in errors


def test_json_tells_that_only_a_part_of_the_clip_could_be_read(capsys: Captured, tmp_path: Path) -> None:
    path = write_clip(tmp_path / "cut.mkv", frames=48)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    _, output, _ = run(capsys, "ask", path, QUESTIONS[0], "--model", "tiny", *SHORT, "--json")
    assert json_lines(output)[0]["damaged"] is True


def test_without_out_the_rows_go_to_stdout(capsys: Captured, batch_file: Path) -> None:
    code, output, _ = run(capsys, "ask", "--batch", batch_file, "--model", "tiny", *SHORT)
    assert code == 1
    check_rows(json_lines(output))


def test_rows_are_independent_conversations_and_greedy(
    capsys: Captured, batch_file: Path, clip_file: Path
) -> None:
    _, output, _ = run(capsys, "ask", "--batch", batch_file, "--model", "tiny", *SHORT)
    rows = json_lines(output)
    assert rows[0]["answer"] == rows[-1]["answer"]
    _, alone, _ = run(capsys, "ask", clip_file, QUESTIONS[0], "--model", "tiny", *SHORT, "--json")
    assert json_lines(alone)[0]["answer"] == rows[0]["answer"]


def test_a_batch_loads_its_model_once(
    capsys: Captured, batch_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests import tiny_model

    loads: list[int] = []
    load = tiny_model.load_tiny
    monkeypatch.setattr(tiny_model, "load_tiny", lambda *arguments: (loads.append(1), load(*arguments))[1])
    run(capsys, "ask", "--batch", batch_file, "--model", "tiny", *SHORT)
    assert len(loads) == 1


def test_a_bug_in_one_row_does_not_lose_the_others(
    capsys: Captured, batch_file: Path, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = VideoChat.ask

    def failing(chat: VideoChat, conversation: Any, question: str, *more: Any) -> Any:
        if question == "fail":
            raise RuntimeError("a bug")
        return ask(chat, conversation, question, *more)

    monkeypatch.setattr(VideoChat, "ask", failing)
    rows = [{"video": str(clip_file), "question": "fail"}]
    rows += [{"video": str(clip_file), "question": QUESTIONS[0]}]
    batch_file.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    out = batch_file.with_name("out.jsonl")
    code, _, _ = run(capsys, "ask", "--batch", batch_file, "--out", out, "--model", "tiny", *SHORT)
    found = json_lines(out.read_text(encoding="utf-8"))
    assert code == 1
    assert [row["question"] for row in found] == [row["question"] for row in rows]
    assert "answer" in found[1]


@pytest.mark.parametrize(
    "content", [b"\xef\xbb\xbf%s\n", b"%s\r\n", b"\xff\xfe\n%s", b"\n\n%s", b"[1, 2]\n%s", b'"text"\n%s']
)
def test_a_batch_file_in_any_editors_manner_is_read(
    capsys: Captured, batch_file: Path, clip_file: Path, content: bytes
) -> None:
    row = json.dumps({"video": str(clip_file), "question": QUESTIONS[0]}).encode()
    batch_file.write_bytes(content % row)
    code, output, _ = run(capsys, "ask", "--batch", batch_file, "--model", "tiny", *SHORT)
    rows = json_lines(output)
    assert code == any("error" in row for row in rows)
    assert "answer" in rows[-1]


# models, precompute


def test_models_are_listed(capsys: Captured) -> None:
    code, output, _ = run(capsys, "models")
    assert code == 0
    assert {line.split()[0] for line in output.splitlines()} >= {"compact", "tiny"}


def test_of_our_own_models_size_and_memory_are_listed_and_whether_they_are_here(
    capsys: Captured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REELTALK_WEIGHTS", str(tmp_path))
    for file in embedded("compact-mini").files:
        file.path.parent.mkdir(parents=True)
        file.path.touch()
    _, output, _ = run(capsys, "models")
    of = {line.split()[0]: below.strip() for line, below in pairwise(output.splitlines())}
    assert of["compact"] == "1.1 GB of weights, to download; needs 4 GB of memory"
    assert of["compact-mini"] == "0.5 GB of weights, here; needs 2 GB of memory"
    _, output, _ = run(capsys, "models", "--json")
    families = {row["family"]: row for row in json_lines(output)}
    assert [families[name]["here"] for name in ("compact", "compact-mini", "smolvlm")] == [False, True, None]


def test_models_as_json_are_one_object_per_family(capsys: Captured) -> None:
    code, output, _ = run(capsys, "models", "--json")
    families = {row["family"]: row for row in json_lines(output)}
    assert code == 0
    assert families["compact"]["languages"] == ["en", "zh"]
    assert families["tiny"]["summary"].startswith("Patch features")


def test_low_memory_reaches_the_model(
    capsys: Captured, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[LoadOptions] = []

    def load(progress: Progress, options: LoadOptions) -> TinyImageLLM:
        seen.append(options)
        return TinyImageLLM()

    monkeypatch.setattr("tests.tiny_model.load_tiny", load)
    code, *_ = run(capsys, "ask", clip_file, "?", "--model", "tiny", "--low-memory", *SHORT)
    assert code == 0
    assert seen == [LoadOptions(low_memory=True)]


def test_what_was_precomputed_is_there_for_questions(
    capsys: Captured, clip_file: Path, other_clip_file: Path
) -> None:
    code, output, _ = run(
        capsys, "precompute", clip_file, other_clip_file, "--model", "tiny", "--frames", "5"
    )
    assert code == 0
    assert [line.count("5 frames, 14 visual tokens, read with") for line in output.splitlines()] == [1, 1]
    _, output, _ = run(capsys, "ask", clip_file, "?", "--model", "tiny", "--frames", "5", "--json", *SHORT)
    assert json_lines(output)[0]["features_from_cache"]


def test_folders_are_searched_for_clips(
    capsys: Captured, clip_file: Path, other_clip_file: Path, tmp_path: Path
) -> None:
    below = tmp_path / "clips" / "below"
    below.mkdir(parents=True)
    shutil.copy(clip_file, below / "b.mp4")
    shutil.copy(other_clip_file, tmp_path / "clips" / "a.mp4")
    (below / "b.srt").write_text("no clip")
    code, output, errors = run(capsys, "precompute", tmp_path / "clips", "--model", "tiny")
    assert (code, errors) == (0, "")
    assert [line.split(":")[0][-5:] for line in output.splitlines()] == ["a.mp4", "b.mp4"]


def test_a_clip_that_cannot_be_precomputed_leaves_the_others(
    capsys: Captured, clip_file: Path, tmp_path: Path
) -> None:
    code, output, errors = run(capsys, "precompute", tmp_path / "no.mp4", clip_file, "--model", "tiny")
    assert code == 2
    assert "visual tokens" in output
    assert len(errors.splitlines()) == 1
    assert "no.mp4" in errors


# Errors and help


def test_every_command_has_help(capsys: Captured) -> None:
    import typer

    groups: list[tuple[list[str], Any]] = [([], typer.main.get_command(app))]
    for path, command in groups:  # grows while it is walked
        code, output, _ = run(capsys, *path, "--help")
        assert code == 0
        assert output.startswith(f"Usage: {' '.join(['reeltalk', *path])}")
        assert command.help, f"{path} does not say what it is for"
        groups += [([*path, name], inner) for name, inner in getattr(command, "commands", {}).items()]
    assert {"ask", "models", "precompute", "evaluate"} <= {path[0] for path, _ in groups if path}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing command"),
        (["ask"], "--batch"),
        (["ask", "CLIP"], "QUESTION"),
        (["ask", "CLIP", "?", "--batch", "CLIP"], "either"),
        (["ask", "CLIP", "?", "--out", "x"], "--batch"),
        (["ask", "--batch", "no.jsonl"], "no.jsonl"),
        (["ask", "--batch", "CLIP", "--out", "CLIP", "--model", "tiny"], "--out"),
        (["ask", "--batch", "CLIP", "--out", "no/folder/x", "--model", "tiny"], "--out"),
        (["ask", "CLIP", "?", "--model", "no-such"], "compact"),
        (["ask", "CLIP", "?", "--lang", "fr"], "fr"),
        (["ask", "CLIP", "?", "--frames", "0"], "frames"),
        (["ask", "CLIP", "?", "--frames", "many"], "--frames"),
        (["ask", "CLIP", "?", "--temperature", "9"], "temperature"),
        (["ask", "CLIP", "?", "--max-new-tokens", "0"], "max_new_tokens"),
        (["ask", "CLIP", "?", "--no-such-option"], "--no-such-option"),
        (["ask", "CLIP", "?", " ", "--model", "tiny"], "empty"),
        (["ask", "no.mp4", "?", "--model", "tiny"], "no.mp4"),
        (["ask", "TEXT", "?", "--model", "tiny"], "neither a video nor a picture"),
        (["ask", "EMPTY", "?", "--model", "tiny"], "is empty"),
        (["ask", "a" * 300, "?", "--model", "tiny"], "neither a video nor a picture"),
        (["ask", "CLIP", "word " * 1500, "--model", "tiny"], "longer than the model can read"),
        (["precompute"], "CLIP"),
        (["no-such-command"], "no-such-command"),
    ],
)
def test_a_users_error_is_one_clear_line_and_exit_code_2(
    capsys: Captured, clip_file: Path, tmp_path: Path, arguments: list[str], said: str
) -> None:
    text = tmp_path / "text.mp4"
    text.write_text("no video")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    places = {"CLIP": str(clip_file), "TEXT": str(text), "EMPTY": str(empty)}
    code, output, errors = run(capsys, *(places.get(each, each) for each in arguments))
    assert_one_clear_line(code, output, errors)
    assert said in errors


@pytest.mark.slow
def test_it_runs_as_a_module_and_ends_with_its_code() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "core", "ask", "no.mp4", "?"], cwd=ROOT, capture_output=True, text=True
    )
    assert_one_clear_line(process.returncode, process.stdout, process.stderr)


@pytest.mark.slow
def test_an_interrupt_ends_it_cleanly(
    start_command_line: Callable[..., subprocess.Popen[str]], clip_file: Path
) -> None:
    alone = ("--no-hear", "--no-read", "--max-new-tokens", "1900")
    process = start_command_line("ask", str(clip_file), "?", "--model", "tiny", *alone)
    assert process.stdout is not None
    assert process.stdout.read(1)  # it has begun to answer
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors


@pytest.mark.slow
def test_an_interrupted_batch_keeps_the_rows_that_were_done(
    start_command_line: Callable[..., subprocess.Popen[str]], clip_file: Path, tmp_path: Path
) -> None:
    row = json.dumps({"video": str(clip_file), "question": "What?"})
    batch, out = tmp_path / "rows.jsonl", tmp_path / "out.jsonl"
    batch.write_text(f"{row}\n" * 2000)
    files = ("--batch", str(batch), "--out", str(out))
    process = start_command_line("ask", *files, "--model", "tiny", "--no-hear", "--no-read")
    assert process.stderr is not None
    bar = ""
    while not re.search(r"[1-9]\d*/2000", bar):
        bar += process.stderr.read(1)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert all("answer" in row for row in json_lines(out.read_text(encoding="utf-8")))
