"""What a visitor does with what was said, in a real browser: change, delete, copy, rate, go on asking."""

import json

from playwright.sync_api import expect

from tests.browser.test_page import ANSWER, QUESTION, assert_speaks

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


def test_a_question_that_is_not_changed_after_all_stays(window, clip):
    talk(window, clip, QUESTION[window.lang])
    for way in ("button", "Escape"):
        tool(window, "edit", 0).click()
        window.page.wait_for_selector(".rt-editing")
        if way == "button":
            window.page.click(".rt-editing button")
        else:
            window.page.keyboard.press("Escape")
        window.page.wait_for_selector(".rt-editing", state="hidden")
        assert window.questions() == [QUESTION[window.lang]]
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
    assert all(window.t(key) in window.visible_text() for key in ("page.kept", "page.privacy"))
    tool(window, "down", 0).click()
    window.page.wait_for_selector("#rt-reason textarea")
    expect(tool(window, "down", 0)).to_have_attribute("aria-pressed", "true")
    assert_speaks(window, window.lang)
    window.page.wait_for_function("() => document.activeElement.matches('#rt-reason textarea')")
    window.page.keyboard.type("wrong colour")  # a space on the thumb would take it back
    window.page.keyboard.press("Enter")
    window.page.wait_for_function("() => document.activeElement.matches('#rt-question textarea')")
    window.page.wait_for_selector("#rt-reason", state="hidden")
    tool(window, "down", 0).click()
    window.page.wait_for_selector("[data-tool=down][aria-pressed=false]")
    assert [(row["rating"], row["reason"]) for row in ratings(server, question)] == [
        ("down", ""),
        ("down", "wrong colour"),
        (None, ""),
    ]
    assert window.questions() == [question]


def test_suggestions_follow_the_conversation_in_its_language(window, clip):
    talk(window, clip, QUESTION[window.lang])
    thing = {"en": "red square", "zh": "方块"}[window.lang]
    chip = window.page.locator(".rt-chip", has_text=window.t("followup.direction", thing=thing))
    chip.click()
    window.wait_for_answers(2)
    assert window.questions()[1] == window.t("followup.direction", thing=thing)
    window.page.click("#rt-clear")
    window.page.wait_for_selector(f".rt-chip:text('{window.t('starter.people')}')")


def test_no_rating_is_shown_that_could_not_be_stored_or_was_of_another_answer(
    open_window, clip, server, monkeypatch
):
    def full(*_args, **_kwargs):
        raise OSError("no space left")

    window = open_window("zh-CN")
    talk(window, clip, QUESTION["zh"])
    monkeypatch.setattr("demo.chat.feedback.FeedbackFile.add", full)
    tool(window, "up", 0).click()
    window.page.wait_for_selector(f"text={window.t('rating.failed')}")
    assert tool(window, "up", 0).get_attribute("aria-pressed") == "false"
    assert_speaks(window, "zh")
    monkeypatch.undo()
    tool(window, "up", 0).click()
    window.page.wait_for_selector("[data-tool=up][aria-pressed=true]")
    window.page.click("#rt-skip-reason")
    window.page.click("#rt-retry")
    window.page.wait_for_selector("[data-tool=up][aria-pressed=false]")
