"""The catalogues say the same things in both languages, and every text that the page asks for exists."""

import re
from string import Formatter

import pytest

from core.dialogue.repairs import REPAIRS
from core.errors import MESSAGES, VideoError
from demo.page.i18n import LANGUAGES, catalogue, error_text, pick_language, t

CHINESE = re.compile(r"[㐀-鿿]")


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_catalogues_have_the_same_keys():
    assert catalogue("en").keys() == catalogue("zh").keys()


@pytest.mark.parametrize("key", catalogue("en"))
def test_a_text_has_the_same_placeholders_in_both_languages(key):
    assert placeholders(catalogue("en")[key]) == placeholders(catalogue("zh")[key])


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_text_is_empty(lang):
    assert [key for key, text in catalogue(lang).items() if not text.strip()] == []


def test_every_chinese_text_is_chinese_and_no_english_one_is():
    assert [key for key, text in catalogue("zh").items() if not CHINESE.search(text)] == []
    assert [key for key, text in catalogue("en").items() if CHINESE.search(text)] == []


def test_chinese_texts_use_chinese_punctuation():
    """A half-width comma, question mark or exclamation mark beside a Chinese letter is a slip."""
    slip = re.compile(r"[㐀-鿿][,?!;:(]|[,?!;:)][㐀-鿿]")
    assert [key for key, text in catalogue("zh").items() if slip.search(text)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_error_of_the_engine_has_a_text_with_the_same_placeholders(lang):
    texts = {
        key.removeprefix("error."): text for key, text in catalogue(lang).items() if key.startswith("error.")
    }
    assert texts.keys() == MESSAGES.keys()
    assert {key: placeholders(text) for key, text in texts.items()} == {
        key: placeholders(text) for key, text in MESSAGES.items()
    }


def test_an_error_is_told_in_the_language_and_without_folders_of_the_server(tmp_path):
    error = VideoError("file_not_found", path=tmp_path / "cat.mp4")
    assert error_text(error, "zh") == "找不到文件 cat.mp4。"
    assert str(tmp_path) not in error_text(error, "en")


def test_an_unknown_key_raises():
    with pytest.raises(KeyError):
        t("no.such.text", "en")


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        ("zh", "zh"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh-TW", "zh"),
        ("zh-HK,en;q=0.5", "zh"),
        ("zh-Hans-CN", "zh"),
        ("en-US,en;q=0.9", "en"),
        ("en;q=0.3, zh;q=0.7", "zh"),
        ("de-DE,de;q=0.9,en;q=0.5,zh;q=0.4", "en"),
        ("fr-FR,zh;q=0.2", "zh"),
        ("zh;q=0", "en"),
        ("*", "en"),
        ("", "en"),
        (None, "en"),
        ("zh;q=nonsense", "en"),
    ],
)
def test_the_first_language_is_the_one_the_browser_likes_best(header, lang):
    assert pick_language(header) == lang


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_repair_of_subtitles_has_a_text_with_the_same_placeholders(lang):
    texts = {key.removeprefix("repair."): text for key, text in catalogue(lang).items() if "repair." in key}
    assert {key: placeholders(text) for key, text in texts.items()} == {
        key: placeholders(text) for key, text in REPAIRS.items()
    }
