"""Questions that the page suggests: about what was said, in the conversation's language, none twice."""

from dataclasses import replace

import pytest

from core import Turn, in_script
from core.image_llm.base import TOPICS
from demo.page.i18n import t
from demo.suggestions.questions import Subjects, suggestions
from demo.suggestions.things import thing_in, topics_of

ANYTHING = Subjects(TOPICS)
NO_COLOUR = Subjects(TOPICS - {"colour"})
PICTURE = Subjects(TOPICS, still=True)
TALK = Subjects(TOPICS, sources={"heard", "read"})
START = ("1", "people", "3", "4")


@pytest.mark.parametrize(
    ("answer", "thing"),
    [
        ("A red square moves from left to right.", "red square"),
        ("The background is blue, and the old bus stops.", "old bus"),
        ("It is a cat running in the grass.", "cat"),
        ("The first is a strawberry, then comes an apple.", "strawberry"),
        ("There is a big glass on the table.", "big glass"),
        ("It moves to the left.", None),
        ("It is white.", None),
        ("Two.", None),
        ("I am ReelTalk, a small model that talks about videos.", None),
        ("No, there is no dog in the video.", None),
        ("No, it is not a dog, it is a cat.", "cat"),
        ("The water should be hot.", "water"),
        ("The video shows a worm. I am not sure, though.", "worm"),
        ("It moves up. I am not sure, though.", None),
    ],
)
def test_the_thing_that_an_english_answer_speaks_of(answer, thing):
    assert thing_in(answer, "en") == thing


@pytest.mark.parametrize(
    ("answer", "thing"),
    [
        ("一个红色方块从左往右移动，0:00 出发。", "方块"),
        ("背景是蓝色的。", None),
        ("它向左移动。", None),
        ("它越来越近。", None),
        ("视频里有一只乌龟。", "乌龟"),
        ("视频里有一辆小汽车。", "小汽车"),
        ("一只熊猫在吃竹子", "熊猫"),
        ("橙色背景前，一只狗越来越近。", "狗"),
        ("视频里有一辆车。", "车"),
        ("狗在0:00出现。", "狗"),
        ("它在左边。", None),
        ("猫向右移动。", "猫"),
        ("白色背景前，一只猫向右移动。", "猫"),
        ("熊猫往左走。", "熊猫"),
        ("人向右走。", "人"),
        ("是，它在移动。", None),
        ("视频里有一只红毛猩猩。", "红毛猩猩"),
        ("一个红的在左边", None),
        ("我是影语，一个能聊视频的小模型。", None),
        ("不客气。", None),
        ("抱歉，我看不出来。", None),
        ("谢谢你的提问，很高兴能帮助你！", None),
        ("没有，视频里没有小鸟。", None),
        ("没有小鸟，是一只蝴蝶。", "蝴蝶"),
        ("视频里有一条虫子。不过我不太确定。", "虫子"),
        ("它向上移动。不过我不太确定。", None),
        ("“Next time, we talk about chocolate.”", None),
    ],
)
def test_the_thing_that_a_chinese_answer_speaks_of(answer, thing):
    assert thing_in(answer, "zh") == thing


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_of_a_single_picture_nobody_is_told_to_ask_what_moves_or_when(lang):
    first = suggestions([], lang, PICTURE)
    assert first == [t(f"starter.{name}", lang) for name in ("picture", "people", "4")]
    answer = {"en": "It is a cat running in the grass.", "zh": "一只熊猫在吃竹子"}[lang]
    later = suggestions([Turn(first[0], answer, lang, finished=True)], lang, PICTURE)
    thing = {"en": "cat", "zh": "熊猫"}[lang]
    assert t("followup.colour", lang, thing=thing) in later
    for topic in ("when", "direction"):
        assert t(f"followup.{topic}", lang, thing=thing) not in later


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_before_the_first_answer_they_suit_any_clip(lang):
    assert suggestions([], lang, ANYTHING) == [t(f"starter.{number}", lang) for number in START]


@pytest.mark.parametrize(("lang", "careless"), [("en", "what is in the video"), ("zh", "视频里有什么")])
def test_what_was_asked_carelessly_is_not_suggested_again(lang, careless):
    turn = Turn(careless, "It is white." if lang == "en" else "它是白色的。", lang, finished=True)
    assert t("starter.1", lang) in suggestions([], lang, ANYTHING)
    assert t("starter.1", lang) not in suggestions([turn], lang, ANYTHING)


def test_after_an_answer_they_are_about_its_thing_and_in_its_language():
    turn = Turn("What is in the video?", "A red square moves.", "en", finished=True)
    found = suggestions([turn], "zh", ANYTHING)
    assert found[:2] == ["When does the red square appear?", "Which way does the red square move?"]
    assert turn.question not in found
    chinese = suggestions([Turn("视频里有什么？", "一个方块在移动。", "zh", finished=True)], "en", ANYTHING)
    assert chinese[0] == "方块什么时候出现？"
    assert len(set(chinese)) == len(chinese)


def test_after_a_question_in_traditional_characters_they_are_in_them_too():
    simple = suggestions(
        [Turn("视频里有什么？", answer="视频里有一只乌龟。", language="zh")], "zh", NO_COLOUR
    )
    written = suggestions(
        [Turn("視頻裡有什麼？", answer="視頻裡有一隻烏龜。", language="zh")], "zh", NO_COLOUR
    )
    assert any("乌龟" in question for question in simple)
    assert written == [in_script(question, "Hant") for question in simple]


def test_what_was_asked_in_other_words_is_not_suggested():
    turns = [
        Turn("When is it there?", "A red square is there at 0:01.", "en"),
        Turn("Which way does it move?", "It moves to the left.", "en"),
    ]
    assert suggestions(turns, "en", ANYTHING)[:2] == ["How many are there?", "Where is the red square?"]


@pytest.mark.parametrize("question", ["猫往哪儿走？", "它朝哪边去了？", "它要去的方向呢？"])
def test_a_way_that_was_asked_in_other_chinese_words_is_not_suggested(question):
    turns = [Turn("视频里有什么？", "视频里有一只猫。", "zh"), Turn(question, "它向右移动。", "zh")]
    assert [each for each in suggestions(turns, "zh", NO_COLOUR) if "方向" in each] == []


def test_a_general_question_is_not_suggested_after_one_about_the_same():
    turns = [
        Turn("视频里有什么？", "视频里有一只猫。", "zh"),
        Turn("有没有人？", "没有。", "zh"),
    ]
    assert t("starter.people", "zh") not in suggestions(turns, "zh", NO_COLOUR)


def test_where_an_answer_names_nothing_the_general_questions_are_left():
    turn = Turn("What colour is the background?", "Blue.", "en")
    assert suggestions([turn], "en", ANYTHING) == [t(f"starter.{number}", "en") for number in START[:3]]


def test_what_the_model_was_never_taught_is_not_suggested():
    turns = [
        Turn("When is it there?", "A red square is there at 0:01.", "en"),
        Turn("Which way does it move?", "It moves to the left.", "en"),
    ]
    assert suggestions(turns, "en", NO_COLOUR)[:2] == ["How many are there?", "Where is the red square?"]
    assert t("starter.4", "en") in suggestions([], "en", NO_COLOUR), "it does know backgrounds"


def test_after_an_answer_in_another_language_nothing_is_named_in_the_old_one_or_suggested_twice():
    turns = [
        Turn("视频里有什么？", "视频里有一只乌龟。", "zh"),
        Turn("它往哪个方向移动？", "It moves to the left.", "en"),
    ]
    found = suggestions(turns, "zh", NO_COLOUR)
    assert found == [t(f"starter.{name}", "en") for name in START[1:]]


@pytest.mark.parametrize(
    ("lang", "answer", "thing", "topics"),
    [
        ("en", "There is a brick wall.", "brick wall", {"colour"}),
        ("zh", "画面里有一面砖墙。", "砖墙", {"colour"}),
        ("zh", "天空是橙色的。", "天空", {"colour"}),
        ("en", "A man is in the video.", "man", {"when", "direction", "place", "count"}),
        ("en", "There is a cup.", "cup", {"colour", "place", "count"}),
        ("en", "A red cup moves.", "red cup", {"when", "direction", "place", "count"}),
        ("en", "A cup appears at 0:03.", "cup", {"when", "colour", "place", "count"}),
        ("zh", "视频里有一辆汽车。", "汽车", {"when", "direction", "colour", "place", "count"}),
        ("zh", "有一个男孩。", "男孩", {"when", "direction", "place", "count"}),
    ],
)
def test_what_makes_sense_to_ask_depends_on_the_thing(lang, answer, thing, topics):
    assert topics_of(thing, answer, lang) == topics


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_they_follow_what_is_said_and_written_and_none_of_it_is_asked_twice(lang):
    starts = suggestions([], lang, TALK)
    assert starts[:3] == [t(f"starter.{name}", lang) for name in ("said", "written", "1")]
    answer = {"en": "A meeting is at three.", "zh": "会议在三点。"}[lang]
    turns = [Turn(starts[0], answer, lang)]
    found = suggestions(turns, lang, TALK)
    assert found[:3] == [t(f"starter.{name}", lang) for name in ("summary", "ending", "written")]
    assert not any("meeting" in each or "会议" in each for each in found), "nobody can see a meeting"
    seen: list[str] = []
    for _ in range(8):
        found = suggestions(turns, lang, TALK)
        if not found:
            break
        assert not {*found} & {*seen}
        seen.append(found[0])
        turns.append(Turn(found[0], answer, lang))
    assert len(seen) > 4


def test_the_price_that_is_told_is_no_thing_in_the_picture() -> None:
    subjects = replace(TALK, seen={"cup", "杯子"})
    told = Turn("一杯咖啡多少钱？", "价格没讲，只说3美元。", "zh")
    shown = Turn("画面右边是什么？", "右边是杯子，橙色的。", "zh")
    assert not any("价格" in question for question in suggestions([told], "zh", subjects))
    for turns in ([shown], [shown, told]):
        assert any("杯子" in question for question in suggestions(turns, "zh", subjects))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_after_a_summary_nobody_is_told_to_ask_what_is_in_the_clip(lang):
    summary = {"en": "The video shows a cat.", "zh": "视频里有一只猫。"}[lang]
    found = suggestions([], lang, Subjects(TOPICS, summary=summary))
    assert t("starter.1", lang) not in found
    assert found[0] == t("followup.when", lang, thing={"en": "cat", "zh": "猫"}[lang])
