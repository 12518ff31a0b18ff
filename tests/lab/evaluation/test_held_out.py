"""Claims about the scores of our own held-out questions."""

from pathlib import Path

from core.lab.evaluation.held_out import Outcome, Score, as_json, read


def test_outcomes_come_back_from_their_file(tmp_path: Path):
    outcomes = [Outcome(n, "name", "zh", "是什么？", "猫", "A cat.\n", right=n > 0) for n in range(2)]
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(map(as_json, outcomes)), encoding="utf-8")
    assert read(path) == outcomes


def test_an_interval_holds_its_share_and_narrows_with_more_questions():
    few, many = Score(9, 10).interval(), Score(900, 1000).interval()
    assert few[0] < 0.9 < few[1]
    assert many[0] < 0.9 < many[1]
    assert many[1] - many[0] < few[1] - few[0]
