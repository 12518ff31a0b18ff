"""The conversations that the browser keeps, in a real browser."""

from playwright.sync_api import expect

from tests.browser.test_keeping import talk
from tests.browser.test_page import QUESTION, assert_speaks

ROWS = "#rt-history-list li"


def two_chats(window, clip) -> None:
    """Two conversations about one clip, the first cleared; the list is open."""
    talk(window, clip)
    window.page.click("#rt-clear")
    window.page.wait_for_selector(".rt-undone")
    window.ask("zebra?")
    window.wait_for_answers(1)
    window.page.wait_for_timeout(300)
    window.open_keep()
    expect(window.page.locator(ROWS)).to_have_count(2)


def test_a_cleared_conversation_is_found_by_its_words_and_opened_again(window, clip):
    two_chats(window, clip)
    assert_speaks(window, window.lang)
    window.page.fill("#rt-history-find", f"  {QUESTION[window.lang].upper()} ")
    expect(window.page.locator(ROWS)).to_have_count(1)
    window.page.click(f"{ROWS} [data-opened]")
    window.page.wait_for_selector(f"#rt-chat :text('{QUESTION[window.lang]}')")
    window.page.wait_for_selector(".rt-frame")
    assert window.questions() == [QUESTION[window.lang]]
    window.page.fill("#rt-history-find", "no such words")
    expect(window.page.locator(ROWS)).to_have_text(window.t("history.none"))


def test_a_conversation_has_the_name_that_it_is_given_and_is_gone_when_it_is_deleted(window, clip):
    two_chats(window, clip)
    current = window.page.locator(f"{ROWS}:has([aria-current])")
    expect(current.locator("[data-delete]")).to_have_count(0)
    current.locator("[data-rename]").click()
    window.page.fill("[data-naming]", "My zebra")
    window.page.press("[data-naming]", "Enter")
    expect(current).to_contain_text("My zebra")
    expect(window.page.locator(".rt-shown [data-talk]")).to_have_text("My zebra")
    window.page.click(f"{ROWS} [data-delete]")
    expect(window.page.locator(ROWS)).to_have_count(1)
    window.reload()
    window.page.wait_for_selector(".rt-frame")
    expect(window.page.locator(".rt-shown [data-talk]")).to_have_text("My zebra")
    window.open_keep()
    expect(window.page.locator(ROWS)).to_have_count(1)
    window.page.click("#rt-keep-remember input")
    expect(window.page.locator(ROWS)).to_have_text(window.t("history.empty"))
