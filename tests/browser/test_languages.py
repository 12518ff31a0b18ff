"""In which language the page speaks, in a real browser."""

import pytest

from demo.page.i18n import LANGUAGES
from tests.browser.test_page import QUESTION, assert_speaks


def test_the_language_switch_changes_the_whole_page_and_survives_a_reload(window, clip):
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    other = {"en": "zh", "zh": "en"}[window.lang]
    window.switch_to(other)
    window.page.wait_for_selector(f"text={window.t('clip.frames')}")
    assert window.t("clip.ready", duration="0:04", count=16) in window.visible_text()
    assert window.t("starter.label") in window.visible_text()
    window.page.click(".rt-shown .rt-remove")  # or else clip and chat come back
    window.page.wait_for_selector(f"text={window.t('chat.empty_title')}")
    window.page.wait_for_timeout(300)
    window.page.reload()
    window.wait_until_ready()
    assert_speaks(window, other)
    assert window.t("clip.examples") in window.visible_text()
    shown = window.page.evaluate(
        """() => {
          const zone = document.querySelector("#rt-player [data-testid=upload-text]");
          return getComputedStyle(zone, "::before").content;
        }"""
    )
    assert window.t("clip.drop") in shown


@pytest.mark.parametrize("locale", ["zh", "zh-TW", "zh-HK"])
def test_every_chinese_browser_gets_chinese_at_first(open_window, locale):
    assert_speaks(open_window(locale), "zh")


def test_a_browser_of_another_language_gets_english(open_window):
    assert_speaks(open_window("fr-FR"), "en")


def test_languages_of_the_tests_are_those_of_the_page():
    assert set(QUESTION) == set(LANGUAGES)
