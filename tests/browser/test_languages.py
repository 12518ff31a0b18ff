"""In which language the page speaks, in a real browser."""

from demo.page.i18n import LANGUAGES
from tests.browser.test_page import QUESTION, assert_speaks, both_languages


@both_languages
def test_the_language_switch_changes_the_whole_page_and_survives_a_reload(window, clip):
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    other = {"en": "zh", "zh": "en"}[window.lang]
    window.switch_to(other)
    window.page.wait_for_selector(f"text={window.t('clip.frames')}")
    assert window.t("clip.ready", duration="0:04", count=16) in window.visible_text()
    assert window.t("starter.label") in window.visible_text()
    window.page.wait_for_selector(f"[aria-label='{window.t('tool.up')}']")
    labels = window.page.locator(".rt-turn-tools button").evaluate_all("all => all.map((e) => e.ariaLabel)")
    assert labels == [window.t(f"tool.{name}") for name in ("edit", "copy", "aloud", "up", "down", "info")]
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


def test_a_chinese_browser_of_any_place_gets_chinese_at_first_and_a_foreign_one_english(open_window):
    assert_speaks(open_window("zh-TW"), "zh")
    assert_speaks(open_window("fr-FR"), "en")


def test_languages_of_the_tests_are_those_of_the_page():
    assert set(QUESTION) == set(LANGUAGES)
