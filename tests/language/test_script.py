"""Claims about simplified and traditional characters."""

import pytest

from core.lab.questions.questions import SKILLS, phrasings
from core.lab.questions.words import concepts
from core.language.script import common_script, is_traditional, script_of, traditional


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("先出來的是哪個？", "先出来的是哪个？"),
        ("裏面有什麼東西？", "里面有什么东西？"),
        ("跟著牠的是誰？", "跟着它的是谁？"),
        ("先出来的是哪个？", "先出来的是哪个？"),
        ("What is in it?", "What is in it?"),
    ],
)
def test_traditional_characters_are_read_as_simplified_ones(written: str, read: str):
    assert common_script(written) == read
    assert is_traditional(written) == (written != read)


@pytest.mark.parametrize(
    "text",
    [
        "猫么？",
        "什么是原著？",
        "效果显著吗",
        "著名的建筑",
        "他的名著",
        "乾坤",
        "皇后在后面",
        "公里和里面",
        "干嘛",
        "只有面条",
    ],
)
def test_a_character_of_both_scripts_makes_no_text_traditional(text: str):
    assert not is_traditional(text)
    assert common_script(text) == text


@pytest.mark.parametrize(
    ("written", "read"), [("顯著", "显著"), ("看著我", "看着我"), ("瞭解", "了解"), ("貓麼", "猫么")]
)
def test_what_is_written_in_traditional_characters_alone_is_traditional(written: str, read: str):
    assert is_traditional(written)
    assert common_script(written) == read


@pytest.mark.parametrize(
    ("texts", "script"),
    [
        (["？", "貓在哪裡"], "Hant"),
        (["左上呢？", "What?", "貓在哪裡"], "Hant"),
        (["左呢？", "這是什麼"], "Hant"),
        (["为什么？", "這是什麼"], "Hans"),
        (["这个呢", "這是什麼"], "Hans"),
        (["？", "台上有什么人在说话", "這是什麼"], "Hans"),
        (["?"], "Hans"),
        ([], "Hans"),
    ],
)
def test_the_latest_text_that_shows_its_script_tells_it(texts: list[str], script: str):
    assert script_of(texts) == script


@pytest.mark.parametrize("skill", SKILLS)
def test_what_was_simplified_once_stays_as_it_is(skill: str):
    texts = phrasings(skill, "zh", held_out=False)
    assert any(not is_traditional(text) for text in texts)
    for text in texts:
        assert common_script(common_script(text)) == common_script(text)


@pytest.mark.parametrize("concept", concepts(), ids=lambda concept: concept.id)
def test_a_name_that_was_written_in_traditional_characters_is_read_as_it_was(concept):
    sentence = f"视频里有一{concept.classifier}{concept.zh}。"
    assert common_script(traditional(sentence)) == sentence
