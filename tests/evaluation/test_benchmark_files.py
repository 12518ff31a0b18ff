"""The official files of the benchmarks, in small: what becomes of each row, and of what is wrong."""

import csv
import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.errors import EvaluationError, VideoError
from core.evaluation.benchmarks.registry import read_benchmark
from core.evaluation.benchmarks.rows import BenchmarkRow
from core.evaluation.benchmarks.video_folder import EXTENSIONS, PICTURES, VideoFolder


@pytest.fixture
def save(tmp_path: Path) -> Callable[[str, Any], Path]:
    """Writes a JSON file of this name."""

    def write(name: str, rows: Any) -> Path:
        path = tmp_path / name
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        return path

    return write


def write_table(path: Path, rows: Sequence[dict[str, Any]], delimiter: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def by_id(name: str, *paths: Path) -> dict[str, BenchmarkRow]:
    """The rows of files in which nothing is wrong."""
    read = read_benchmark(name, list(paths))
    assert read.problems == []
    return {row.id: row for row in read.rows}


# Open questions

QUESTIONS = [
    {"video_name": "kite", "question_id": "v_kite_1", "question": "what flies over the beach?"},
    {"video_name": "dog_2_9", "question_id": "v_dog_4", "question": "who runs after the ball?"},
]
ANSWERS = [
    {"answer": "dog", "type": 5, "question_id": "v_dog_4"},
    {"answer": "kite", "type": 2, "question_id": "v_kite_1"},
]


@pytest.mark.parametrize("benchmark", ["msvd-qa", "msrvtt-qa", "tgif-qa", "activitynet-qa"])
def test_question_and_answer_lists_are_joined_by_id_in_either_order(save, benchmark: str) -> None:
    questions, answers = save("test_q.json", QUESTIONS), save("test_a.json", ANSWERS)
    rows = by_id(benchmark, questions, answers)
    assert rows == by_id(benchmark, answers, questions)
    kite, dog = rows["v_kite_1"], rows["v_dog_4"]
    assert (kite.questions, kite.answer) == (("what flies over the beach?",), "kite")
    assert (dog.questions, dog.answer) == (("who runs after the ball?",), "dog")
    assert (dog.candidates, dog.aspects) == ((), ("answer",))


def test_the_first_release_of_msvd_and_msrvtt_is_one_list_with_numbered_videos(save) -> None:
    row = {
        "category_id": 14,
        "video_id": 7010,
        "answer": "talk",
        "id": 158581,
        "question": "what do they do?",
    }
    path = save("test_qa.json", [row])
    assert by_id("msrvtt-qa", path)["158581"].videos == ("video7010",)
    assert by_id("msvd-qa", path)["158581"].videos == ("vid7010",)
    assert by_id("msvd-qa", path)["158581"].group == "what"


def test_activitynets_types_are_named_and_its_files_begin_with_v(save) -> None:
    rows = by_id("activitynet-qa", save("test_q.json", QUESTIONS), save("test_a.json", ANSWERS))
    assert rows["v_dog_4"].group == "object"
    assert rows["v_kite_1"].group == "temporal"
    assert rows["v_kite_1"].videos == ("v_kite", "kite")


def test_tgif_qa_comes_as_tables_with_tabs_that_are_called_csv(tmp_path: Path) -> None:
    frame = {
        "gif_name": "tumblr_a1_400",
        "question": "what is on the bed ?",
        "answer": "cat",
        "type": "0",
        "vid_id": "FRAMEQA7",
        "key": "12",
        "description": "a cat is on the bed .",
    }
    action = {"gif_name": "tumblr_b2_250", "question": "What does the man do 3 times ?"}
    action |= {f"a{number}": text for number, text in enumerate(["nod", "clap", "jump", "wave", "spin"], 1)}
    action |= {"answer": "3", "vid_id": "ACTION4", "key": "26"}
    rows = by_id("tgif-qa", write_table(tmp_path / "Test_frameqa_question.csv", [frame], "\t"))
    rows |= by_id("tgif-qa", write_table(tmp_path / "Test_action_question.csv", [action], "\t"))
    assert rows["FRAMEQA7"].group == "object"
    assert rows["FRAMEQA7"].videos == ("tumblr_a1_400",)
    assert rows["ACTION4"].group == "action"
    assert rows["ACTION4"].candidates[rows["ACTION4"].right] == rows["ACTION4"].answer == "wave"


def test_video_chatgpts_three_files_say_which_aspects_are_rated(save) -> None:
    plain = {
        "video_name": "v_p1Q",
        "Q": "What happens in the clip?",
        "A": "A man paints a wall, then leaves.",
    }
    twice = {
        "video_name": "v_p1Q",
        "Q1": "What is painted?",
        "Q2": "Is it a wall that is painted?",
        "A": "Yes",
    }
    files = [save("generic_qa.json", [plain]), save("temporal_qa.json", [plain])]
    rows = by_id("video-chatgpt", *files, save("consistency_qa.json", [twice]))
    assert rows["generic_qa-1"].aspects == ("correctness", "detail", "context")
    assert rows["temporal_qa-1"].aspects == ("temporal",)
    assert rows["consistency_qa-1"].aspects == ("consistency",)
    assert rows["consistency_qa-1"].questions == ("What is painted?", "Is it a wall that is painted?")
    assert rows["generic_qa-1"].videos == ("v_p1Q", "p1Q")


def test_a_file_of_video_chatgpt_that_does_not_say_what_it_is_is_not_guessed_at(save) -> None:
    with pytest.raises(EvaluationError, match="neither generic nor temporal"):
        read_benchmark("video-chatgpt", [save("qa.json", [{"video_name": "v", "Q": "What?", "A": "That."}])])


# Multiple choice


def mvbench_row(**other: Any) -> dict[str, Any]:
    row = {
        "video": "ZS9XR.mp4",
        "question": "What did they take?",
        "candidates": ["A cup.", "A box.", "A hat."],
    }
    return row | {"answer": "A box."} | other


def test_mvbench_is_a_folder_with_a_file_per_task(save, tmp_path: Path) -> None:
    save("action_sequence.json", [mvbench_row(start=2.5, end=9.0)])
    save("my_own_task.json", [mvbench_row()])
    rows = by_id("mvbench", tmp_path)
    bounded, whole = rows["action_sequence-1"], rows["my_own_task-1"]
    assert (bounded.start, bounded.end, bounded.right, bounded.answer) == (2.5, 9.0, 1, "A box.")
    assert bounded.videos == ("star/Charades_v1_480/ZS9XR.mp4", "ZS9XR.mp4")
    assert (whole.start, whole.end, whole.videos) == (None, None, ("ZS9XR.mp4",))


VIDEO_MME = {
    "video_id": "001",
    "duration": "short",
    "domain": "Knowledge",
    "sub_category": "Humanity & History",
    "url": "https://www.youtube.com/watch?v=fFjv93ACGo8",
}
VIDEO_MME_QUESTION = {
    "question_id": "001-1",
    "task_type": "Counting Problem",
    "question": "How many apples are there?",
    "options": ["A. Five.", "B. None.", "C. A dozen.", "D. Two."],
    "answer": "C",
}


def test_video_mme_is_the_same_as_parquet_as_flat_json_and_as_videos_with_questions(
    save, tmp_path: Path
) -> None:
    import pyarrow
    from pyarrow import parquet

    flat = VIDEO_MME | VIDEO_MME_QUESTION | {"videoID": "fFjv93ACGo8"}
    table = tmp_path / "test-00000-of-00001.parquet"
    parquet.write_table(pyarrow.Table.from_pylist([flat]), table)
    rows = by_id("video-mme", table)
    assert rows == by_id("video-mme", save("flat.json", [flat]))
    assert rows == by_id("video-mme", save("nested.json", [VIDEO_MME | {"questions": [VIDEO_MME_QUESTION]}]))
    row = rows["001-1"]
    assert row.candidates == ("Five.", "None.", "A dozen.", "Two.")
    assert (row.right, row.answer, row.group) == (2, "A dozen.", "short")
    assert row.videos == ("fFjv93ACGo8", "001")


@pytest.mark.parametrize(
    "where",
    [
        {"url": "fFjv93ACGo8"},
        {"url": "fFjv93ACGo8.mp4"},
        {"url": "https://youtu.be/fFjv93ACGo8?t=3"},
        {"url": "https://www.youtube.com/watch?t=3&v=fFjv93ACGo8"},
        {"url": "https://www.youtube.com/embed/fFjv93ACGo8"},
        {"url": "https://example.org/videos/fFjv93ACGo8.mp4?download"},
        {"url": "", "videoID": "fFjv93ACGo8"},
    ],
)
def test_video_mme_names_its_video_in_whatever_field_has_it(save, where: dict[str, str]) -> None:
    read = read_benchmark("video-mme", [save("flat.json", [VIDEO_MME | VIDEO_MME_QUESTION | where])])
    assert read.problems == []
    assert read.rows[0].videos[0].removesuffix(".mp4") == "fFjv93ACGo8"


def test_a_row_of_video_mme_that_names_no_video_says_what_was_looked_for(save) -> None:
    row = VIDEO_MME | VIDEO_MME_QUESTION
    bare = {name: value for name, value in row.items() if name not in ("url", "video_id")}
    read = read_benchmark("video-mme", [save("flat.json", [row, bare | {"question_id": "2"}])])
    assert len(read.problems) == 1
    assert all(name in read.problems[0] for name in ("videoID", "video_id", "url"))


def next_qa_row(**other: Any) -> dict[str, Any]:
    row = {
        "video": 4010069381,
        "frame_count": 369,
        "width": 640,
        "height": 480,
        "question": "why does he run",
    }
    row |= {"answer": 4, "qid": 6, "type": "CW"}
    return row | {f"a{n}": text for n, text in enumerate(["rain", "fun", "fear, pain", "sun", "bus"])} | other


def test_next_qa_is_a_table_with_the_index_of_the_answer(tmp_path: Path) -> None:
    row = by_id("next-qa", write_table(tmp_path / "val.csv", [next_qa_row()]))["4010069381_6"]
    assert row.candidates == ("rain", "fun", "fear, pain", "sun", "bus")
    assert (row.right, row.answer, row.group, row.videos) == (4, "bus", "CW", ("4010069381",))


# What is wrong is told


@pytest.mark.parametrize(
    ("questions", "answers", "told"),
    [
        (
            [*QUESTIONS, {"video_name": "x", "question_id": "9"}],
            ANSWERS,
            'Row 3 of test_q.json .*"question" is',
        ),
        (QUESTIONS, ANSWERS[:1], 'Row 1 of test_q.json .*"answer" is missing'),
        (QUESTIONS[:1], ANSWERS, "Row 1 of test_a.json .*is missing"),
        (QUESTIONS, [*ANSWERS, ANSWERS[0]], "Row 3 of test_a.json .*there before"),
        ([*QUESTIONS, {"question": "who?"}], ANSWERS, 'Row 3 of test_q.json .*"question_id" is missing'),
        ([*QUESTIONS, "a text"], ANSWERS, "Row 3 of test_q.json .*not a JSON object"),
        ([*QUESTIONS, QUESTIONS[0] | {"question": ["who?"]}], ANSWERS, "Row 3 of test_q.json"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_and_the_others_are_read(
    save, questions, answers, told: str
) -> None:
    read = read_benchmark("activitynet-qa", [save("test_q.json", questions), save("test_a.json", answers)])
    assert len(read.problems) == 1
    assert re.search(told, read.problems[0])
    assert 1 <= len(read.rows) <= 2


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"answer": "A car."}, "not exactly one"),
        ({"candidates": ["A box.", "A box.", "A hat."]}, "not exactly one"),
        ({"candidates": "A box."}, "2 to 10 texts"),
        ({"candidates": ["A box."]}, "2 to 10 texts"),
        ({"candidates": ["A box.", 7]}, "something else"),
        ({"start": "soon"}, "seconds"),
        ({"question": " "}, "not a text"),
    ],
)
def test_a_choice_that_makes_no_sense_is_told(save, wrong: dict[str, Any], told: str) -> None:
    read = read_benchmark("mvbench", [save("task.json", [mvbench_row(), mvbench_row(**wrong)])])
    assert [row.id for row in read.rows] == ["task-1"]
    assert len(read.problems) == 1
    assert "Row 2 of task.json" in read.problems[0]
    assert told in read.problems[0]


def test_wrong_letters_and_indices_are_told(save, tmp_path: Path) -> None:
    good = VIDEO_MME | VIDEO_MME_QUESTION
    letters = [good, *(good | {"question_id": answer, "answer": answer} for answer in ("E", "AB", "c"))]
    assert len(read_benchmark("video-mme", [save("mme.json", letters)]).problems) == 3
    indices = [next_qa_row(), *(next_qa_row(qid=9, answer=answer) for answer in (5, -1, "rain", ""))]
    assert len(read_benchmark("next-qa", [write_table(tmp_path / "val.csv", indices)]).problems) == 4


def test_a_table_row_with_too_few_or_too_many_columns_is_told(tmp_path: Path) -> None:
    path = write_table(tmp_path / "val.csv", [next_qa_row()])
    with path.open("a", encoding="utf-8") as file:
        file.write("4010069381,369,640,480,why,1\n" + ",".join("abcdefghijklmnop") + "\n")
    read = read_benchmark("next-qa", [path])
    assert len(read.rows) == 1
    assert len(read.problems) == 2


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("q.json", b"{"),
        ("q.json", b'{"a": 1}'),
        ("q.json", b"\xff\xfe\x00"),
        ("q.json", b"[]"),
        ("q.csv", b""),
        ("q.parquet", b"PAR1"),
        ("q.txt", b"text"),
        (None, b""),
    ],
)
def test_a_file_that_is_no_such_file_is_one_clear_error(
    tmp_path: Path, name: str | None, content: bytes
) -> None:
    path = tmp_path / (name or "not-there.json")
    if name:
        path.write_bytes(content)
    with pytest.raises(EvaluationError, match=path.name):
        read_benchmark("msvd-qa", [path])


# Videos


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")


def test_a_video_is_found_at_any_depth_under_any_usual_extension(tmp_path: Path) -> None:
    put(tmp_path, "1164/3238737531.mp4", "v_a.b.MKV", "gifs/tumblr_x_400.gif", "map.json", "kite.txt")
    videos = VideoFolder(tmp_path)
    assert videos.find(("3238737531",)) == tmp_path / "1164/3238737531.mp4"
    assert videos.find(("v_a.b",)) == tmp_path / "v_a.b.MKV"
    assert videos.find(("tumblr_x_400.mp4",)) == tmp_path / "gifs/tumblr_x_400.gif"
    assert videos.find(("nope", "v_a.b")) == tmp_path / "v_a.b.MKV"
    for name in ("kite", "map", "238737531"):
        with pytest.raises(VideoError, match="There is no video called"):
            videos.find((name,))


def test_a_name_may_have_the_folders_above_too(tmp_path: Path) -> None:
    put(tmp_path, "data/videos/a/1.mp4", "data/videos/b/1.mp4")
    videos = VideoFolder(tmp_path / "data" / "videos")
    for name in ("b/1.mp4", "data/videos/b/1.mp4", str(tmp_path / "data" / "videos" / "b" / "1.mp4")):
        assert videos.find((name,)) == tmp_path / "data" / "videos" / "b" / "1.mp4"
    for name in ("other/b/1.mp4", "/videos/b/1.mp4"):
        with pytest.raises(VideoError, match="There is no video called"):
            videos.find((name,))


def test_a_picture_of_a_videos_name_is_no_other_video(tmp_path: Path) -> None:
    put(tmp_path, "videos/v_a.mp4", "thumbs/v_a.jpg", "thumbs/b.png")
    videos = VideoFolder(tmp_path, EXTENSIONS + PICTURES)
    assert videos.find(("v_a",)) == tmp_path / "videos/v_a.mp4"
    assert videos.find(("v_a.jpg",)) == tmp_path / "thumbs/v_a.jpg"
    assert videos.find(("b",)) == tmp_path / "thumbs/b.png"


def test_a_name_that_fits_several_videos_is_never_guessed_at(tmp_path: Path) -> None:
    put(tmp_path, "clevrer/video_validation/video_10009.mp4", "perception/videos/video_10009.mp4")
    videos = VideoFolder(tmp_path)
    with pytest.raises(VideoError, match="several files"):
        videos.find(("video_10009.mp4",))
    found = videos.find(("perception/videos/video_10009.mp4", "video_10009.mp4"))
    assert found == tmp_path / "perception/videos/video_10009.mp4"


def test_of_one_video_in_several_formats_the_named_one_is_taken_else_the_most_usual(tmp_path: Path) -> None:
    put(tmp_path, "a.webm", "a.mp4", "a.avi")
    assert VideoFolder(tmp_path).find(("a.avi",)) == tmp_path / "a.avi"
    assert VideoFolder(tmp_path).find(("a",)) == tmp_path / "a.mp4"


def test_a_file_in_another_encoding_is_read_and_that_is_told(tmp_path: Path) -> None:
    row = next_qa_row(question="它为什么跑？它往哪个方向移动？", a0="下雨了", a1="很好玩", a2="它害怕了")
    path = write_table(tmp_path / "val.csv", [row])
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    read = read_benchmark("next-qa", [path])
    assert read.rows[0].questions == ("它为什么跑？它往哪个方向移动？",)
    assert read.problems == ["val.csv is read as GB18030."]
