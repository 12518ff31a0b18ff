"""Ratings: one line each, that the operator can read and that holds nothing else of a visitor."""

import json
import threading

from core import Turn
from demo.chat.feedback import FeedbackFile

TURN = Turn("视频里有什么？", " 一个方块。", "zh", finished=True)


def lines(file: FeedbackFile) -> list[dict]:
    return [json.loads(line) for line in file.path.read_text("utf-8").splitlines()]


def test_a_rating_is_one_line_with_the_question_and_the_answer(tmp_path):
    file = FeedbackFile(tmp_path / "new" / "feedback.jsonl")
    file.add("a-0", TURN, "compact", "down", "说错了")
    (line,) = lines(file)
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "id": "a-0",
        "rating": "down",
        "reason": "说错了",
        "model": "compact",
        "language": "zh",
        "question": "视频里有什么？",
        "answer": "一个方块。",
    }


def test_what_comes_later_is_added_and_nothing_is_overwritten(tmp_path):
    for rating in ("up", None):
        FeedbackFile(tmp_path / "feedback.jsonl").add("a-0", TURN, "compact", rating)
    assert [line["rating"] for line in lines(FeedbackFile(tmp_path / "feedback.jsonl"))] == ["up", None]


def test_two_visitors_at_once_write_whole_lines(tmp_path):
    file = FeedbackFile(tmp_path / "feedback.jsonl")
    long = Turn("q", "word " * 20_000)
    threads = [threading.Thread(target=file.add, args=(str(i), long, "compact", "up")) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line["id"] for line in lines(file)) == [str(i) for i in range(8)]
