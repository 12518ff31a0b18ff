"""Models that are loaded, chosen or refused, in a real browser."""

import re

from core.errors import ModelError
from tests.browser.test_page import ANSWER, QUESTION, assert_speaks
from tests.demo.server import DemoServer, Script


def test_a_question_sent_while_the_clip_is_read_waits_for_it_visibly(open_window, clip, tmp_path):
    server = DemoServer(tmp_path, [], held=True)
    try:
        window = open_window("zh-CN", server)
        assert re.search("模型加载中… [0-9]+%", window.visible_text())
        window.choose(clip)
        window.page.wait_for_selector(".rt-status.rt-busy")
        window.ask(QUESTION["zh"])
        window.page.wait_for_selector(".rt-wait")
        assert "模型还在加载" in window.answers()[0]
        server.scripts["compact"].may_load.set()
        window.wait_for_answers(1)
        assert ANSWER["zh"] in window.answers()[0]
        window.page.wait_for_function("() => !document.querySelector('.rt-model .rt-busy')")
        assert window.page.locator("#rt-menu").count() == 0, "there is one model"
        assert window.t("model.compact.name") in window.visible_text()
    finally:
        server.close()


def test_another_model_can_be_chosen_and_one_that_fails_changes_nothing(open_window, clip, tmp_path):
    others = {
        "someone/other": Script(answers={"en": "The other model.", "zh": "另一个模型。"}),
        "someone/large": Script(
            error=ModelError("not_enough_memory", name="someone/large", needed="70.0", free="4.0")
        ),
    }
    server = DemoServer(tmp_path, [], others=others)
    try:
        window, stranger = open_window("zh-CN", server), open_window("en-US", server)
        for each in (window, stranger):
            each.upload(clip)
        window.ask(QUESTION["zh"])
        window.wait_for_answers(1)
        window.choose_model("someone/large")
        window.page.wait_for_selector(".rt-model [role=alert]")
        own = window.t("model.compact.name")
        reason = window.t("error.not_enough_memory", name="someone/large", needed="70.0", free="4.0")
        refusal = window.t("model.refused", reason=reason, model=own)
        assert window.page.inner_text(".rt-model [role=alert]") == refusal
        assert window.model() == own
        others["someone/other"].may_load.clear()
        window.choose_model("someone/other")
        window.page.wait_for_selector(".rt-model .rt-bar")
        window.ask(QUESTION["zh"])
        window.wait_for_answers(2)
        assert ANSWER["zh"] in window.answers()[1]
        others["someone/other"].may_load.set()
        window.page.wait_for_selector(f"text={window.t('chat.anew_title', model='someone/other')}")
        window.page.wait_for_selector(".rt-frame")
        assert window.questions() == []
        assert window.model() == "someone/other"
        assert_speaks(window, "zh")
        window.ask(QUESTION["zh"])
        window.wait_for_answers(1)
        assert "另一个模型" in window.answers()[0]
        stranger.ask(QUESTION["en"])
        stranger.wait_for_answers(1)
        assert ANSWER["en"] in stranger.answers()[0]
        assert stranger.model() == "ReelTalk compact"
        assert window.errors == []
    finally:
        server.close()


def test_the_menu_tells_a_download_before_the_choice_and_not_after_it(open_window, tmp_path, monkeypatch):
    monkeypatch.setenv("REELTALK_WEIGHTS", str(tmp_path / "none"))
    server = DemoServer(tmp_path, [], others={"compact-mini": Script()})
    try:
        window = open_window("zh-CN", server)
        title = window.t("model.compact-mini.name")
        window.choose_model(window.t("model.to_download", model=title, gigabytes=0.52))
        window.page.wait_for_selector(f".rt-model:has-text('{title}'):not(:has(.rt-busy))")
        assert window.model() == title
        assert server.scripts["compact-mini"].loads == 1
        assert window.errors == []
    finally:
        server.close()
