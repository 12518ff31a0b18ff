"""Several answers to one question, and what a question was before it was changed, in a real browser."""

from playwright.sync_api import expect

import core
from tests.browser.test_page import QUESTION, assert_speaks
from tests.browser.test_turn_tools import OTHER, THIRD, talk, tool


def test_an_answer_given_again_comes_by_chance_and_leaves_the_first_one_to_go_back_to(
    window, clip, monkeypatch
):
    seen: list[float] = []
    ask = core.VideoChat.ask

    def watched(self, conversation, question, settings, stop=None):
        seen.append(settings.temperature)
        return ask(self, conversation, question, settings, stop)

    monkeypatch.setattr(core.VideoChat, "ask", watched)
    talk(window, clip, QUESTION[window.lang])
    assert set(seen) == {0.0}
    window.page.click("#rt-retry")
    expect(window.page.locator(".rt-turn-tools span")).to_have_text("2/2")
    assert seen.count(0.7) == 1, "beside it, the clip may have been summed up"
    assert_speaks(window, window.lang)
    tool(window, "older", 0).click()
    expect(window.page.locator(".rt-turn-tools span")).to_have_text("1/2")
    tool(window, "older", 0).click()
    expect(window.page.locator(".rt-turn-tools span")).to_have_text("1/2")
    tool(window, "newer", 0).click()
    expect(window.page.locator(".rt-turn-tools span")).to_have_text("2/2")


def test_a_changed_question_drops_what_followed_which_comes_back_with_what_it_was(window, clip):
    first, second, third = QUESTION[window.lang], OTHER[window.lang], THIRD[window.lang]
    talk(window, clip, first, second)
    tool(window, "edit", 0).click()
    window.page.wait_for_selector(".rt-editing", state="visible")
    box = window.page.locator("#rt-question textarea")
    expect(box).to_have_value(first)
    assert window.t("chat.editing") in window.visible_text()
    assert_speaks(window, window.lang)
    box.fill(third)
    box.press("Enter")
    window.page.wait_for_selector(".rt-editing", state="hidden")
    expect(window.page.locator(".rt-turn-tools span")).to_have_text("2/2")
    assert window.questions() == [third]
    window.reload()
    window.page.wait_for_selector(".rt-frame")
    tool(window, "older", 0).click()
    expect(window.page.locator("#rt-chat [data-testid=user]")).to_have_count(2)
    assert window.questions() == [first, second]
    tool(window, "newer", 0).click()
    expect(window.page.locator("#rt-chat [data-testid=user]")).to_have_count(1)
    assert window.questions() == [third]
    window.ask(second)
    window.wait_for_answers(2)
    assert window.questions() == [third, second]
    assert window.errors == []
