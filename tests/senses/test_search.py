"""The lines that a question needs, out of many."""

import pytest

from core.dialogue.conversation import Cue
from core.senses.search import CueIndex, goes_back, index_of, times_asked

LINES = [
    "Welcome to the show",
    "today we plant tomatoes",
    "first fill the pot with soil",
    "then water it",
    "我们来学习怎样种西红柿",
    "这台相机一千二百元",
    "谢谢收看",
]
CUES = tuple(Cue(10.0 * number, 10.0 * number + 9, text) for number, text in enumerate(LINES))


@pytest.fixture(scope="module")
def index() -> CueIndex:
    return index_of(CUES)


@pytest.mark.parametrize(
    ("question", "best"), [("What are they planting?", 1), ("How much soil?", 2), ("相机多少钱？", 5)]
)
def test_the_line_with_the_words_of_a_question_comes_first_then_its_neighbours(
    index: CueIndex, question: str, best: int
):
    found = [*index.find(question)]
    assert found[0] == best
    assert set(found[1:]) == {best - 1, best + 1}


def test_a_time_that_is_asked_for_brings_the_lines_around_it(index: CueIndex):
    found = [*index.find("What happens at 0:30?")]
    assert found[0] == 3
    assert found == sorted(found, key=lambda number: abs(CUES[number].start - 30))


def test_a_question_about_the_one_before_is_found_by_that_and_by_the_time_of_its_answer(index: CueIndex):
    question = "And what did she say before that?"
    assert goes_back(question)
    assert {1, 2} <= set([*index.find(question, "How much soil?", "It is said at 0:20.")][:3])
    assert not goes_back("How much does the camera cost?")


def test_what_nobody_said_finds_nothing(index: CueIndex):
    assert [*index.find("What about the ocean?")] == []
    assert [*CueIndex([]).find("Anything?")] == []


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("what happens at 12:30?", [750]),
        ("1:02:05", [3725]),
        ("12分30秒发生了什么？", [750]),
        ("第5分钟说了什么", [300]),
        ("1小时2分钟", [3720]),
        ("after 90 seconds", [90]),
        ("2 minutes and 5 seconds in", [125]),
        ("in minute 3", [180]),
        ("it costs 30 dollars", []),
    ],
)
def test_times_are_understood_as_people_write_them(text: str, times: list[float]):
    assert times_asked(text) == times
