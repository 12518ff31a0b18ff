"""Which language a text is in, and what it is about."""

import pytest

from core.language.detection import ANSWER_IN, LANGUAGES, detect, spoken_in
from core.language.keywords import keywords


@pytest.mark.parametrize(
    "text",
    ["What is in the video?", "", "???", "123", "Where is 北京 in this old video?", "¿Qué hay?", "これは"],
)
def test_a_text_without_a_fair_share_of_chinese_is_english(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    "text", ["视频里有什么？", "它往哪个方向移动？", "这个 logo 是什么", "猫", "它在0:07做什么？"]
)
def test_a_text_with_a_fair_share_of_chinese_is_chinese(text: str) -> None:
    assert detect(text) == "zh"


@pytest.mark.parametrize(
    ("text", "language"), [("？", "zh"), ("……", "zh"), ("！！", "zh"), ("?", "en"), ("...", "en")]
)
def test_where_there_is_no_word_the_keyboard_tells(text, language):
    assert detect(text) == language


@pytest.mark.parametrize("text", ["？", "???", "1", "0:07", "👍", "cat 猫", "小猫 cat 在哪 where is it"])
@pytest.mark.parametrize("before", LANGUAGES)
def test_a_question_of_one_mark_or_in_two_languages_keeps_the_conversations(text: str, before: str) -> None:
    assert spoken_in(text, before) == before


@pytest.mark.parametrize(
    "text", ["why?", "Where is 北京 in this video?", "这个 logo 是什么", "猫呢", "为什么？"]
)
def test_a_question_in_one_language_is_answered_in_it(text: str) -> None:
    assert {spoken_in(text, before) for before in (None, *LANGUAGES)} == {detect(text)}


def test_a_conversation_that_begins_with_a_mark_has_a_language() -> None:
    assert spoken_in("?", None) == "en"


def test_what_asks_for_a_language_is_written_in_it() -> None:
    assert set(ANSWER_IN) == set(LANGUAGES)
    assert all(detect(request) == language for language, request in ANSWER_IN.items())


def test_english_keywords_are_the_telling_words_each_once_in_order() -> None:
    assert keywords("A red cat is on the left, and the cat jumps") == ["red", "cat", "left", "jumps"]


def test_chinese_keywords_are_words_not_characters() -> None:
    found = keywords("一只熊猫在竹林里吃竹子，熊猫很可爱")
    assert found[0] == "熊猫"
    assert "一只" not in found


def test_no_more_keywords_than_asked_for() -> None:
    assert keywords("red green blue yellow", limit=2) == ["red", "green"]
