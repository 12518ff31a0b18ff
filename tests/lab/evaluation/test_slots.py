"""Claims about scoring: an answer is right by the facts that it states, in whatever words."""

import pytest

from core.lab.evaluation.refusals import is_refusal
from core.lab.evaluation.slots import is_right
from core.lab.questions.questions import Question


def asked(skill: str, language: str, *slot: str, text: str = "?") -> Question:
    return Question(skill, language, text, "", slot)


@pytest.mark.parametrize(
    ("skill", "language", "slot", "answer"),
    [
        ("motion", "en", ("left",), "It moves to the right."),
        ("motion", "en", ("left",), "It moves to the left and to the right."),
        ("motion", "zh", ("left",), "它没有移动。"),
        ("name", "zh", ("dog",), "视频里有一个热狗。"),
        ("name", "en", ("dog",), "The video shows a hot dog."),
        ("name", "en", ("dog", "cat"), "The video shows a dog."),
        ("name", "en", ("house",), "The video shows a house and a prison."),
        ("first", "en", ("dog",), "I am not sure."),
        ("first", "en", ("dog",), "A cat and a dog."),
        ("order", "en", ("cat", "dog"), "First a dog and last a cat."),
        ("background", "zh", ("red",), "背景是粉色的。"),
        ("count", "en", ("3",), "There are four cats."),
        ("count", "en", ("2",), "There are cats at 0:02."),
        ("count", "en", ("1",), "The video does not tell. It shows a number of things."),
        ("when", "en", ("7.20",), "The dog appears at 0:09."),
        ("presence", "zh", ("no",), "有，视频里有猫。"),
        ("presence", "en", ("yes",), "A dog is brown."),
        ("refuse", "en", ("refuse",), "Its name is Tom."),
        ("refuse", "zh", ("refuse",), "它叫小明。"),
        ("describe", "en", ("cat", "red"), "A cat moves to the left. The background is red."),
    ],
)
def test_a_wrong_answer_scores_as_wrong(skill: str, language: str, slot: tuple[str, ...], answer: str):
    assert not is_right(asked(skill, language, *slot), answer)


@pytest.mark.parametrize(
    ("skill", "language", "slot", "answer"),
    [
        ("motion", "en", ("up",), "The cat is on the left and moves up."),
        ("motion", "en", ("right",), "It goes from left to right."),
        ("motion", "zh", ("right",), "猫在左边，从左向右移动。"),
        ("name", "en", ("dog",), "I see two dogs."),
        ("name", "zh", ("rice",), "我看到一碗米饭。"),
        ("name", "en", ("tent|class:yurt",), "The video shows yurts."),
        ("name", "zh", ("tent|class:yurt",), "视频里有一个蒙古包。"),
        ("count", "en", ("2",), "2 cats, at 0:03."),
        ("count", "en", ("1",), "Just a cat."),
        ("count", "zh", ("2",), "两。"),
        ("count", "zh", ("2",), "一直有2只猫。"),
        ("count", "zh", ("1",), "有一把三角尺。"),
        ("when", "en", ("7.20",), "From 0:07 to 0:12."),
        ("when", "zh", ("7.20",), "大约第7秒。"),
        ("when", "en", ("0.20",), "It is there from the start."),
        ("presence", "en", ("no",), "There is no cat."),
        ("presence", "en", ("no",), "I don’t see one."),
        ("presence", "zh", ("no",), "没看到猫。"),
        ("presence", "zh", ("yes",), "是的，有一只。"),
        ("place", "en", ("left",), "The cat on the left moves up."),
        ("place", "en", ("middle",), "In the center."),
        ("place", "zh", ("left",), "猫在画面左侧。"),
        ("background", "zh", ("black",), "黑猫后面是黑色。"),
        ("first", "en", ("cat",), "First a cat, then a dog."),
        ("last", "zh", ("dog",), "先是猫，然后是狗。"),
        (
            "describe",
            "en",
            ("cat", "left", "red"),
            "There is a cat on the right. It moves left, on red.",
        ),
    ],
)
def test_a_right_answer_scores_as_right_in_whatever_words(
    skill: str, language: str, slot: tuple[str, ...], answer: str
):
    assert is_right(asked(skill, language, *slot), answer)


@pytest.mark.parametrize("answer", ["After the cat comes a rocket.", "A rocket comes after the cat."])
def test_what_comes_after_is_what_the_question_does_not_name(answer: str):
    assert is_right(asked("after", "en", "rocket", text="What comes after the cat?"), answer)


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("en", "I cannot tell that from the video."),
        ("en", "Sorry, I can’t see who that is."),
        ("en", "I do not know his name; I see a man."),
        ("en", "The video does not say."),
        ("en", "That is not clear from the pictures."),
        ("en", "I can make out a dog, but not how old it is."),
        ("zh", "从视频里看不出来。"),
        ("zh", "我不知道他叫什么。"),
        ("zh", "这个没法确定。"),
        ("zh", "说不准。"),
        ("zh", "声音我这边没有。"),
    ],
)
def test_an_honest_refusal_is_known_in_whatever_words(language: str, answer: str):
    assert is_refusal(answer, language)
