"""Where the player stands, and the clip at a glance, in a real browser."""

import re

from playwright.sync_api import expect

from tests.browser.test_page import QUESTION

NOW = {"en": "What is this?", "zh": "现在这是什么？"}
LINE = {"en": "The viewer is at 0:02. ", "zh": "观看者停在0:02。"}


def prompts(server) -> list[str]:
    return server.models.first.chat.model.prompts


def test_a_question_about_now_means_where_the_player_stands_and_no_other_question_does(window, clip, server):
    window.upload(clip)
    for count, question in enumerate((NOW, QUESTION), 1):
        window.ask(question[window.lang])
        window.wait_for_answers(count)
    assert not re.search(r"viewer is|观看者停在", prompts(server)[-1])
    window.page.evaluate("window.reelTalk.seek(2.4)")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(3)
    assert LINE[window.lang] not in prompts(server)[-1]
    window.ask(NOW[window.lang])
    window.wait_for_answers(4)
    assert LINE[window.lang] + NOW[window.lang] in prompts(server)[-1]
    asked = window.page.locator("#rt-chat [data-testid=user]").last
    expect(asked.locator("a")).to_have_text("0:02")
    window.reload()
    window.page.wait_for_selector(".rt-frame")
    expect(window.page.locator("#rt-chat [data-testid=user]").last.locator("a")).to_have_text("0:02")


def test_the_bar_shows_all_pictures_and_a_click_on_it_goes_to_that_moment(window, clip):
    window.upload(clip)
    expect(window.page.locator(".rt-film img")).to_have_count(16)
    box = window.page.locator(".rt-timebar").bounding_box()
    window.page.mouse.click(box["x"] + 0.75 * box["width"], box["y"] + 10)
    window.page.wait_for_function(
        "() => Math.abs(document.querySelector('#rt-player video').currentTime - 3) < 0.1"
    )
    hand = window.page.locator(".rt-hand")
    window.page.wait_for_function(
        "() => Math.abs(parseFloat(document.querySelector('.rt-hand').style.left) - 75) < 3"
    )
    assert hand.bounding_box()["x"] > box["x"] + 0.7 * box["width"]
