"""Where the page's parts stand, on a desk, a projector and a phone, in a real browser."""

import re

from playwright.sync_api import expect

from demo.page.theme import css
from tests.browser.test_page import QUESTION, SLOW, both_languages

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_a_sheet_leaves_the_clip_in_sight_says_that_it_is_open_and_closes_by_every_way(window, clip):
    window.upload(clip)
    for name in ("settings", "keep"):
        button, sheet = window.page.locator(f"[data-sheet={name}]"), window.page.locator(f"#rt-{name}")
        for way in ("Escape", "×", "button", "beside"):
            button.click()
            expect(sheet).to_be_visible()
            expect(button).to_have_attribute("aria-expanded", "true")
            player = window.page.locator("#rt-player").bounding_box()
            assert player["x"] + player["width"] <= sheet.bounding_box()["x"]
            if way == "Escape":
                window.page.keyboard.press("Escape")
            elif way == "×":
                sheet.locator("[data-close]").click()
            elif way == "button":
                button.click()
            else:
                window.page.click("#rt-status")
            expect(sheet).to_be_hidden()
            expect(button).to_have_attribute("aria-expanded", "false")
            if way in ("Escape", "×"):
                expect(button).to_be_focused()


def test_a_projector_s_width_is_used_and_who_wants_no_motion_gets_none(open_window):
    window = open_window("en-US", viewport={"width": 1920, "height": 1080}, reduced_motion="reduce")
    assert window.page.locator("#rt-main").bounding_box()["width"] > 1600
    assert (
        window.page.evaluate(
            "getComputedStyle(document.querySelector('.rt-example video')).transitionProperty"
        )
        == "none"
    )


def test_no_rule_within_a_media_query_is_about_the_container_itself():
    """Gradio puts ".gradio-container .contain" in front of each of them."""
    within = re.findall(r"^@media[^{]*{(.*?)^}", css(), re.DOTALL | re.MULTILINE)
    assert len(within) > 2
    assert [rules for rules in within if ".gradio-container" in rules] == []


def test_on_a_phone_no_room_is_wasted_nothing_is_to_be_dropped_and_the_controls_are_seen(open_window, clip):
    window = open_window("zh-CN", **PHONE)
    assert window.page.locator("#rt-main").bounding_box()["x"] == 12
    words = (
        "getComputedStyle(document.querySelector('#rt-player [data-testid=upload-text]'), '::before').content"
    )
    assert window.t("clip.choose") in window.page.evaluate(words)
    window.upload(clip)
    controls = "() => getComputedStyle(document.querySelector('#rt-player .controls')).opacity === '1'"
    window.page.wait_for_function(controls)
    window.ask(QUESTION["zh"])
    window.wait_for_answers(1)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in ("#rt-player", "#rt-chat", "#rt-question", "#rt-send", "#rt-sheets"):
        box = window.page.locator(part).bounding_box()
        assert box["x"] >= 0, part
        assert box["x"] + box["width"] <= 390, part
    send = window.page.locator("#rt-send")
    bottom = "send => Math.round(innerHeight - send.getBoundingClientRect().bottom)"
    assert 0 <= send.evaluate(bottom) < 16  # it sticks to the end of the screen
    window.page.locator("[data-tool=edit]").click()
    window.page.wait_for_selector(".rt-editing")
    window.page.wait_for_function("() => document.activeElement.matches('#rt-question textarea')")
    window.page.wait_for_timeout(300)
    assert send.evaluate(bottom) >= 0, "a question that is changed is in sight"


def sees_last_words(window) -> bool:
    chat = window.page.locator("#rt-chat [role=log]").bounding_box()
    last = window.page.locator("#rt-chat .bot-row .rt-turn-tools").last.bounding_box()
    return chat["y"] <= last["y"] and last["y"] + last["height"] <= chat["y"] + chat["height"]


@both_languages
def test_the_chat_shows_four_turns_and_the_last_words_also_above_what_opens_below_it(window, clip):
    window.upload(clip)
    for count in (1, 2, 3, 4):
        window.ask(QUESTION[window.lang])
        window.wait_for_answers(count)
    for width, height in ((1366, 768), (820, 1180)):
        window.page.set_viewport_size({"width": width, "height": height})
        window.page.wait_for_timeout(300)
        assert window.page.locator("#rt-chat [role=log]").evaluate("log => log.scrollTop") == 0
        assert sees_last_words(window)
        assert window.page.locator("#rt-send").bounding_box()["y"] < height - 45
    window.page.set_viewport_size({"width": 1280, "height": 800})
    window.page.locator("[data-tool=down]").last.click()
    window.page.wait_for_selector("#rt-reason textarea")
    window.page.locator("[data-tool=edit]").last.click()
    window.page.wait_for_selector(".rt-editing")
    window.page.wait_for_timeout(300)
    assert sees_last_words(window)


def test_on_a_phone_the_question_is_always_on_the_glass_and_the_clip_while_one_talks(open_window, clip):
    window = open_window("zh-CN", **PHONE)

    def on_glass(part: str) -> bool:
        box = window.page.locator(part).bounding_box()
        return box["y"] >= 0 and box["y"] + box["height"] <= 844

    assert on_glass("#rt-send")
    window.upload(clip)
    for count in (1, 2, 3):
        window.ask(QUESTION["zh"])
        window.wait_for_answers(count)
    window.page.wait_for_timeout(300)
    assert sees_last_words(window)
    for scrolled in (0, 200, 400):
        window.page.evaluate("top => scrollTo(0, top)", scrolled)
        window.page.wait_for_timeout(100)
        assert on_glass("#rt-send"), scrolled
        assert on_glass("#rt-player"), scrolled
    assert window.page.locator("#rt-player").bounding_box()["height"] < 844 / 4
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_what_an_answer_cost_is_shown_to_who_asks(window, clip):
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    cost = window.page.locator(".rt-cost")
    expect(cost).to_be_hidden()
    window.page.click("[data-tool=info]")
    expect(cost).to_be_visible()
    expect(window.page.locator("[data-tool=info]")).to_have_attribute("aria-expanded", "true")
    window.page.click("[data-tool=info]")
    expect(cost).to_be_hidden()


def test_who_asks_from_further_up_in_the_chat_is_shown_the_answer(window, clip):
    window.page.set_viewport_size({"width": 1280, "height": 500})
    window.upload(clip)
    for count in range(1, 7):
        window.ask(QUESTION[window.lang])
        window.wait_for_answers(count)
    chat = window.page.locator("#rt-chat [role=log]")
    chat.evaluate("chat => (chat.scrollTop = 0)")
    window.page.wait_for_timeout(300)
    assert not sees_last_words(window), "the conversation is not long enough to tell"
    down = window.page.locator("#rt-chat .scroll-down-button-container button")
    assert down.get_attribute("aria-label") == down.get_attribute("title") == window.t("chat.latest")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(7)
    window.page.wait_for_timeout(300)
    assert sees_last_words(window)


def test_an_answer_is_followed_while_it_is_written_but_who_scrolls_up_is_left_in_peace(open_window, clip):
    window = open_window("en-US", viewport={"width": 390, "height": 844})
    window.upload(clip)
    for count in (1, 2):
        window.ask(QUESTION["en"])
        window.wait_for_answers(count)
    window.ask(SLOW["en"])
    in_sight = """said => {
        const chat = document.querySelector("#rt-chat [role=log]");
        const below = chat.scrollHeight - chat.scrollTop - chat.clientHeight;
        return chat.innerText.includes(said) && below < 24;
    }"""
    for said in ("3 4 5", " 16"):  # there is another line by then
        window.page.wait_for_function(in_sight, arg=said)
    chat = window.page.locator("#rt-chat [role=log]")
    chat.evaluate("chat => (chat.scrollTop = 0)")
    window.page.wait_for_function("() => document.querySelector('#rt-chat').innerText.includes(' 18')")
    window.page.wait_for_timeout(1000)
    assert chat.evaluate("chat => chat.scrollTop") == 0
    window.page.click("#rt-stop")
