"""The lines that a question needs, out of many."""

import pytest

from core.dialogue.conversation import Cue
from core.senses.search import CueIndex, goes_back, index_of

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


def test_a_line_that_lasts_is_there_at_any_time_of_it():
    slides = CueIndex([Cue(10, 300, "Slide A"), Cue(262, 264, "Slide B"), Cue(288, 290, "Slide C")])
    assert next(slides.find("What is on the slide at 4:40?")) == 0


def test_the_end_and_the_beginning_are_found_by_what_they_are_called(index: CueIndex):
    assert next(index.find("How does it end?")) == len(CUES) - 1
    assert next(index.find("最后十秒说了什么？")) == len(CUES) - 1
    assert next(index.find("What happens in the first 5 seconds?")) == 0
    assert next(index.find("開頭講了什麼？")) == 0


def test_a_question_in_traditional_characters_finds_lines_in_simplified_ones_and_the_other_way_round(
    index: CueIndex,
):
    assert next(index.find("相機多少錢？")) == 5
    assert next(CueIndex([Cue(0, 1, "你好"), Cue(1, 2, "這台相機一千二百元")]).find("相机多少钱？")) == 1
    assert goes_back("然後呢關於電腦價格")
