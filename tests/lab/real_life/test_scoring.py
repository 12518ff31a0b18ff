"""Whether an answer about real footage is right."""

import pytest

from core.lab.real_life.naming import number_in, says_yes, spans
from core.lab.real_life.questions import Question
from core.lab.real_life.scoring import is_right, scores, table
from core.lab.real_life.truth import Names, named

DOG, GRASS = named("thing", ("dog", "grass"), "en")
DOG_ZH, GRASS_ZH = named("thing", ("dog", "grass"), "zh")
CAT, CAT_ZH = named("thing", ("cat",), "en"), named("thing", ("cat",), "zh")


def asked(kind: str, language: str, **facts: object) -> Question:
    return Question("dog/x", "dog", kind, language, "?", **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("names", "answer", "language", "there"),
    [
        (("dog",), "Two dogs play.", "en", True),
        (("puppy",), "There are puppies.", "en", True),
        (("dog",), "There is no dog.", "en", False),
        (("dog",), "No, the video doesn't show a cat or a dog.", "en", False),
        (("dog",), "There is no cat, but a dog.", "en", True),
        (("dog",), "A hot dog on a plate.", "en", False),
        (("cat",), "A category of things.", "en", False),
        (("狗",), "有一条小狗。", "zh", True),
        (("狗",), "视频里没有狗。", "zh", False),
        (("狗",), "没有猫、狗。", "zh", False),
        (("狗",), "没有猫，有一条狗。", "zh", True),
        (("猫",), "一只熊猫坐着。", "zh", False),
        (("马",), "马路上有车。", "zh", False),
        (("人",), "有一个机器人。", "zh", False),
    ],
)
def test_what_is_named_is_a_word_that_is_not_denied(
    names: Names, answer: str, language: str, there: bool
) -> None:
    assert bool(spans(names, answer, language)) == there


@pytest.mark.parametrize(
    ("answer", "language", "yes"),
    [
        ("Yes, there is.", "en", True),
        ("A dog lies on the grass.", "en", True),
        ("No.", "en", False),
        ("I cannot see a dog.", "en", False),
        ("The video shows a cat.", "en", None),
        ("有。", "zh", True),
        ("有一条狗。", "zh", True),
        ("没有，视频里没有狗。", "zh", False),
        ("有一只猫。", "zh", None),
    ],
)
def test_yes_and_no_are_read_from_the_answer(answer: str, language: str, yes: bool | None) -> None:
    assert says_yes(answer, language, DOG if language == "en" else DOG_ZH) is yes


@pytest.mark.parametrize(
    ("answer", "language", "number"),
    [
        ("There are three people.", "en", 3),
        ("No, there are 2 people.", "en", 2),
        ("There is nobody.", "en", 0),
        ("At 0:05 I see four.", "en", 4),
        ("有两个人。", "zh", 2),
        ("没有人。", "zh", 0),
        ("一共5个人", "zh", 5),
        ("A man.", "en", 1),
        ("I cannot tell.", "en", None),
    ],
)
def test_the_first_number_counts(answer: str, language: str, number: int | None) -> None:
    assert number_in(answer, language) == number


def test_a_scene_needs_two_true_things_and_no_wrong_one() -> None:
    question = asked("scene", "en", right=(DOG, GRASS), wrong=CAT)
    assert is_right(question, "A dog stands on the grass.")
    assert not is_right(question, "A dog, a puppy.")
    assert not is_right(question, "A dog and a cat on the grass.")
    chinese = asked("scene", "zh", right=(DOG_ZH, GRASS_ZH), wrong=CAT_ZH)
    assert is_right(chinese, "草地上站着一条狗，没有猫。")
    assert not is_right(chinese, "A dog stands on the grass.")


@pytest.mark.parametrize(("people", "said", "right"), [("3", 4, True), ("3", 5, False), ("many", 3, False)])
def test_a_number_may_be_wrong_by_one(people: str, said: int, right: bool) -> None:
    assert is_right(asked("number", "en", people=people), f"{said} people.") is right


def test_many_people_may_be_called_many() -> None:
    assert is_right(asked("number", "en", people="many"), "Several people.")
    assert is_right(asked("number", "zh", people="many"), "有很多人。")
    assert not is_right(asked("number", "en", people="1"), "Many people.")


@pytest.mark.parametrize(
    ("language", "answer", "right"),
    [
        ("en", "I cannot tell his name: a video shows no names, only a man in a red shirt.", True),
        ("en", "I don't know, but I can see a dog.", True),
        ("en", "His name isn't mentioned, only the dog is.", True),
        ("en", "I cannot tell that from the video.", False),
        ("en", "His name is John.", False),
        ("en", "I cannot be sure, but his name is John.", False),
        ("zh", "我看不出他叫什么，因为画面里没有名字。", True),
        ("zh", "名字没认出来，只认出一个男人。", True),
        ("zh", "他叫什么没提，只说了狗的事。", True),
        ("zh", "从视频里看不出来。", False),
        ("zh", "他叫张伟。", False),
    ],
)
def test_a_refusal_says_why_or_what_instead_and_makes_nothing_up(
    language: str, answer: str, right: bool
) -> None:
    names = (DOG,) if language == "en" else (DOG_ZH,)
    assert is_right(asked("refusal", language, right=names, invents="name"), answer) is right


def test_a_list_of_all_colours_is_no_answer() -> None:
    question = asked("colour", "en", right=named("colour", ("red",), "en"))
    assert is_right(question, "It is red.")
    assert is_right(question, "Red and white.")
    assert not is_right(question, "Red, green, blue and yellow.")


def test_the_table_has_a_row_per_kind_and_intervals() -> None:
    rows = [
        {"kind": "things", "language": "en", "right": True},
        {"kind": "things", "language": "en", "right": False},
        {"kind": "general", "language": "zh", "right": True},
    ]
    lines = table(scores(rows)).splitlines()
    assert lines[2:] == [
        "| things | 50% (9% to 91%, n = 2) |  |",
        "| general |  | 100% (21% to 100%, n = 1) |",
        "| all | 50% (9% to 91%, n = 2) | 100% (21% to 100%, n = 1) |",
    ]
