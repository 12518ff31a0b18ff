"""Rows of the field's own formats, recognised by their fields."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import TrainingError
from core.training.data.joining import joined
from core.training.data.order import TrainingOrder
from core.training.data.rows import Problem, TrainingRow, TrainingTurn, read_data

LLAVA = {
    "id": "7",
    "video": "activitynet/v_a.mp4",
    "conversations": [
        {"from": "human", "value": "<video>\nWhat happens?"},
        {"from": "gpt", "value": "A cat jumps."},
        {"from": "human", "value": "它是什么颜色？"},
        {"from": "gpt", "value": "黑色。"},
    ],
}
VIDEO_INSTRUCT = {"q": "What happens?", "a": "A cat jumps.", "video_id": "v_a"}
SWIFT = {
    "messages": [
        {"role": "user", "content": "<video>发生了什么？"},
        {"role": "assistant", "content": "一只猫在跳。"},
    ],
    "videos": ["v_a.mp4"],
}
PIECES = {
    "messages": [
        {
            "role": "user",
            "content": [{"type": "video", "video": "v_a.mp4"}, {"type": "text", "text": "发生了什么？"}],
        },
        {"role": "assistant", "content": [{"type": "text", "text": "一只猫在跳。"}]},
    ],
}
OURS = {"video": "v_a.mp4", "question": "What happens?", "answer": "A cat jumps."}


def write(path: Path, rows: list[Any], lines: bool = False) -> str:
    text = "\n".join(json.dumps(row) for row in rows) if lines else json.dumps(rows)
    path.write_text(text, encoding="utf-8")
    return str(path)


def read(path: Path, rows: list[Any], lines: bool = False) -> tuple[tuple[TrainingRow, ...], list[Problem]]:
    problems: list[Problem] = []
    (file,) = read_data([write(path, rows, lines)], problems)
    return file.rows, problems


@pytest.mark.parametrize("lines", [False, True], ids=["list", "lines"])
@pytest.mark.parametrize(
    ("row", "video", "first"),
    [
        (LLAVA, "activitynet/v_a.mp4", ("What happens?", "A cat jumps.")),
        (VIDEO_INSTRUCT, "v_a", ("What happens?", "A cat jumps.")),
        (SWIFT, "v_a.mp4", ("发生了什么？", "一只猫在跳。")),
        (PIECES, "v_a.mp4", ("发生了什么？", "一只猫在跳。")),
        (OURS, "v_a.mp4", ("What happens?", "A cat jumps.")),
    ],
    ids=["llava", "videoinstruct", "swift", "pieces", "ours"],
)
def test_a_row_of_each_format_is_recognised_by_its_fields(
    tmp_path: Path, row: dict[str, Any], video: str, first: tuple[str, str], lines: bool
) -> None:
    (found,), problems = read(tmp_path / "data.json", [row], lines)
    assert (found.video, problems) == (video, [])
    assert (found.turns[0].question, found.turns[0].answer) == first


def test_what_the_system_says_is_left_to_the_model_and_a_file_may_be_an_address(tmp_path: Path) -> None:
    system = {"role": "system", "content": "You are a helpful assistant."}
    row = SWIFT | {"messages": [system, *SWIFT["messages"]], "videos": ["file:///data/v_a.mp4"]}
    (found,), problems = read(tmp_path / "data.json", [row])
    assert (found.video, problems) == ("/data/v_a.mp4", [])
    assert found.turns[0].question == "发生了什么？"


def test_every_turn_of_a_dialogue_is_kept_and_formats_may_be_mixed(tmp_path: Path) -> None:
    rows, _ = read(tmp_path / "data.json", [LLAVA, VIDEO_INSTRUCT])
    assert [len(row.turns) for row in rows] == [2, 1]
    assert rows[0].turns[1].answer == "黑色。"


def test_what_cannot_be_used_is_told_with_its_place_and_reason(tmp_path: Path) -> None:
    broken = [
        7,
        {"video": "a.mp4"},
        LLAVA | {"conversations": LLAVA["conversations"][1:]},
        OURS | {"answer": " "},
        OURS | {"answer": 3},
        {"conversations": LLAVA["conversations"]},
        SWIFT | {"videos": ["a.mp4", "b.mp4"]},
        {"messages": [{"role": "user", "content": [7, {"text": 3}]}, {"role": "assistant", "content": []}]},
    ]
    rows, problems = read(tmp_path / "data.json", [OURS, *broken])
    assert len(rows) == 1
    assert [problem.place for problem in problems] == [f"{number} of data.json" for number in range(2, 10)]
    for problem, word in zip(
        problems,
        ("object", "fields", "follow", "empty", "text", "names no video", "several", "empty"),
        strict=True,
    ):
        assert word in problem.reason


def test_a_damaged_line_loses_no_other(tmp_path: Path) -> None:
    path = tmp_path / "data.jsonl"
    path.write_text(f'{json.dumps(OURS)}\n{{"video": \n\n{json.dumps(OURS)}\n')
    problems: list[Problem] = []
    (file,) = read_data([str(path)], problems)
    assert ([row.place for row in file.rows], len(problems)) == (["1 of data.jsonl", "4 of data.jsonl"], 1)


@pytest.mark.parametrize("content", ["", "[]", "[1, 2", '{"a": 1}'])
def test_a_file_without_any_usable_row_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "data.json").write_text(content)
    with pytest.raises(TrainingError, match=r"data\.json cannot be read"):
        read_data([str(tmp_path / "data.json")], [])


def test_a_weight_stands_behind_the_name(tmp_path: Path) -> None:
    name = write(tmp_path / "data.json", [OURS])
    assert [file.weight for file in read_data([name, f"{name}:0.5"], [])] == [1.0, 0.5]
    with pytest.raises(TrainingError, match="weight"):
        read_data([f"{name}:-1"], [])


# The order of rows


def test_rows_about_a_clip_become_dialogues_of_so_many_questions() -> None:
    def row(place: str, video: str, turns: int = 1) -> TrainingRow:
        return TrainingRow(
            place, video, tuple(TrainingTurn(f"{place}.{turn}?", "Yes.") for turn in range(turns))
        )

    rows = [row("1", "a"), row("2", "b"), row("3", "a"), row("4", "a", turns=5), row("5", "a"), row("6", "b")]
    dialogues = joined(rows, 3)
    assert [(each.video, [turn.question for turn in each.turns]) for each in dialogues] == [
        ("a", ["1.0?", "3.0?"]),
        ("b", ["2.0?", "6.0?"]),
        ("a", [f"4.{turn}?" for turn in range(5)]),
        ("a", ["5.0?"]),
    ]
    assert joined(rows, 1) == tuple(rows)


def test_an_epoch_sees_each_row_as_often_as_its_files_weight_says() -> None:
    order = TrainingOrder([[5] * 40, [5] * 8], [0.5, 2.0], batch=2, passes=2, seed=1)
    epochs = [
        [row for step in range(order.steps) for row in order.of_step(order.steps * epoch + step)]
        for epoch in range(2)
    ]
    assert order.steps == 9
    for rows in epochs:
        assert sum(row < 40 for row in rows) == 20 == len({row for row in rows if row < 40})
        assert sorted(row for row in rows if row >= 40) == sorted([*range(40, 48)] * 2)
    assert {row for row in epochs[0] if row < 40} != {row for row in epochs[1] if row < 40}


def test_rows_of_a_pass_are_of_similar_length_and_follow_from_the_seed() -> None:
    lengths = [[*range(100)]]
    order = TrainingOrder(lengths, [1.0], batch=5, passes=2, seed=3)
    steps = [order.of_step(step) for step in range(order.steps)]
    assert sorted(row for step in steps for row in step) == [*range(100)]
    assert all(max(rows) - min(rows) < 5 for step in steps for rows in (step[:5], step[5:]))
    assert max(max(step) - min(step) for step in steps) > 20, "the passes of a step are of any length"
    again = TrainingOrder(lengths, [1.0], batch=5, passes=2, seed=3)
    assert again.of_step(7) == steps[7]
    other = TrainingOrder(lengths, [1.0], batch=5, passes=2, seed=4)
    assert [other.of_step(step) for step in range(10)] != steps


def test_a_step_of_several_passes_has_rows_of_all_files() -> None:
    order = TrainingOrder([[900] * 40, [90] * 40], [1.0, 1.0], batch=1, passes=8, seed=0)
    for step in range(order.steps):
        assert len({row < 40 for row in order.of_step(step)}) == 2


def test_a_step_may_have_more_rows_than_there_are() -> None:
    assert sorted(TrainingOrder([[1, 2]], [1.0], batch=5, passes=1, seed=0).of_step(0)) in (
        [0, 0, 0, 1, 1],
        [0, 0, 1, 1, 1],
    )
