"""What a visitor does with what was said, in a real browser: change, delete, copy, rate, go on asking."""

import json

from playwright.sync_api import expect

from tests.browser.test_page import ANSWER, QUESTION, SLOW, assert_speaks

OTHER = {"en": "Which way does it move?", "zh": "它往哪个方向移动？"}
THIRD = {"en": "And then?", "zh": "然后呢？"}


def tool(window, name: str, turn: int):
    return window.page.locator(f".rt-turn-tools[data-turn='{turn}'] [data-tool={name}]")


def talk(window, clip, *questions: str) -> None:
    window.upload(clip)
    for count, question in enumerate(questions, 1):
        window.ask(question)
        window.wait_for_answers(count)


def ratings(server, question: str) -> list[dict]:
    """What the operator finds about this question, oldest first."""
    file = server.folder / "data" / "feedback.jsonl"
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()] if file.exists() else []
    return [row for row in rows if row["question"] == question]


def test_a_changed_question_drops_what_followed(window, clip):
    first, second, third = QUESTION[window.lang], OTHER[window.lang], THIRD[window.lang]
    talk(window, clip, first, second)
    tool(window, "edit", 0).click()
    box = window.page.locator("#rt-question textarea")
    window.page.wait_for_selector(".rt-editing", state="visible")
    window.page.wait_for_function(
        "q => document.querySelector('#rt-question textarea').value === q", arg=first
    )
    assert window.t("chat.editing") in window.visible_text()
    assert_speaks(window, window.lang)
    box.fill(third)
    box.press("Enter")
    window.page.wait_for_selector(".rt-editing", state="hidden")
    window.wait_for_answers(1)
    assert window.questions() == [third]
    window.ask(second)
    window.wait_for_answers(2)
    assert window.questions() == [third, second]
    assert window.errors == []


def test_a_question_that_is_not_changed_after_all_stays(window, clip):
    talk(window, clip, QUESTION[window.lang])
    tool(window, "edit", 0).click()
    window.page.click(".rt-editing button")
    window.page.wait_for_selector(".rt-editing", state="hidden")
    window.page.wait_for_function("() => document.querySelector('#rt-question textarea').value === ''")
    window.ask(OTHER[window.lang])
    window.wait_for_answers(2)
    assert window.questions() == [QUESTION[window.lang], OTHER[window.lang]]


def test_the_last_turn_can_be_deleted_until_none_is_left(window, clip):
    talk(window, clip, QUESTION[window.lang], OTHER[window.lang])
    window.page.click("#rt-undo")
    window.page.wait_for_function(
        "() => document.querySelectorAll('#rt-chat [data-testid=user]').length === 1"
    )
    assert window.questions() == [QUESTION[window.lang]]
    window.page.click("#rt-undo")
    window.page.wait_for_selector(f"text={window.t('chat.watched_title')}")
    assert window.page.is_disabled("#rt-undo")
    window.ask(OTHER[window.lang])
    window.wait_for_answers(1)


def test_a_copied_answer_is_the_text_alone(open_window, clip):
    window = open_window("zh-CN")
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    talk(window, clip, QUESTION["zh"])
    tool(window, "copy", 0).click()
    window.page.wait_for_selector(f"[aria-label='{window.t('tool.copied')}']")
    text = window.page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(ANSWER["zh"])
    assert text.endswith("0:03 停下。")


def test_a_rating_its_reason_and_its_withdrawal_reach_the_operator(window, clip, server):
    question = f"{QUESTION[window.lang]} ({window.lang}-1)"
    talk(window, clip, question)
    assert f"{window.t('page.kept')} {window.t('page.privacy')}" in window.visible_text()
    tool(window, "down", 0).click()
    window.page.wait_for_selector("#rt-reason textarea")
    expect(tool(window, "down", 0)).to_have_attribute("aria-pressed", "true")
    assert_speaks(window, window.lang)
    window.page.fill("#rt-reason textarea", "wrong colour")
    window.page.click("#rt-give-reason")
    window.page.wait_for_selector("#rt-reason", state="hidden")
    tool(window, "down", 0).click()
    window.page.wait_for_selector("[data-tool=down][aria-pressed=false]")
    assert [(row["rating"], row["reason"]) for row in ratings(server, question)] == [
        ("down", ""),
        ("down", "wrong colour"),
        (None, ""),
    ]
    assert window.questions() == [question]


def test_who_rates_can_type_why_at_once_and_go_on_asking(open_window, clip, server):
    question = f"{QUESTION['en']} (why)"
    window = open_window("en-US")
    talk(window, clip, question)
    tool(window, "down", 0).click()
    window.page.wait_for_function("() => document.activeElement.matches('#rt-reason textarea')")
    window.page.keyboard.type("wrong colour")  # a space on the thumb would take it back
    window.page.keyboard.press("Enter")
    window.page.wait_for_function("() => document.activeElement.matches('#rt-question textarea')")
    assert [row["reason"] for row in ratings(server, question)] == ["", "wrong colour"]


def test_a_new_answer_is_not_rated_like_the_old_one(open_window, clip, server):
    window = open_window("en-US")
    talk(window, clip, QUESTION["en"])
    tool(window, "up", 0).click()
    window.page.wait_for_selector("[data-tool=up][aria-pressed=true]")
    window.page.click("#rt-skip-reason")
    window.page.click("#rt-retry")
    window.page.wait_for_selector("[data-tool=up][aria-pressed=false]")


def test_only_what_is_over_has_tools_and_the_page_says_that_it_is_writing(window, clip):
    window.upload(clip)
    window.ask(SLOW[window.lang])
    window.page.wait_for_selector(f"#rt-chat :text('{window.t('chat.writing')}')")
    assert window.page.locator(".rt-turn-tools").count() == 0
    window.page.click("#rt-stop")
    window.wait_for_answers(1)
    window.page.wait_for_selector(".rt-turn-tools [data-tool=edit]")
    assert window.t("chat.writing") not in window.visible_text()


def test_suggestions_follow_the_conversation_in_its_language(window, clip):
    talk(window, clip, QUESTION[window.lang])
    thing = {"en": "red square", "zh": "方块"}[window.lang]
    chip = window.page.locator(".rt-chip", has_text=window.t("followup.direction", thing=thing))
    chip.click()
    window.wait_for_answers(2)
    assert window.questions()[1] == window.t("followup.direction", thing=thing)
    window.page.click("#rt-clear")
    window.page.wait_for_selector(f".rt-chip:text('{window.t('starter.people')}')")


def test_the_tools_speak_the_language_that_is_switched_to(window, clip):
    talk(window, clip, QUESTION[window.lang])
    window.switch_to({"en": "zh", "zh": "en"}[window.lang])
    window.page.wait_for_selector(f"[aria-label='{window.t('tool.up')}']")
    assert_speaks_tools(window)


def assert_speaks_tools(window) -> None:
    labels = window.page.locator(".rt-turn-tools button").evaluate_all("all => all.map((e) => e.ariaLabel)")
    assert labels == [window.t(f"tool.{name}") for name in ("edit", "copy", "aloud", "up", "down", "info")]


def test_a_rating_that_cannot_be_stored_is_not_shown_as_stored(open_window, clip, server, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError("no space left")

    window = open_window("zh-CN")
    talk(window, clip, QUESTION["zh"])
    monkeypatch.setattr("demo.chat.feedback.FeedbackFile.add", full)
    tool(window, "up", 0).click()
    window.page.wait_for_selector(f"text={window.t('rating.failed')}")
    assert tool(window, "up", 0).get_attribute("aria-pressed") == "false"
    assert_speaks(window, "zh")
