"""The page in a real browser: what a visitor does, and what they see."""

import re

import httpx
import pytest

from demo.clip.examples import list_examples
from demo.page.i18n import catalogue
from tests.demo.server import LONG, DemoServer

CHINESE = re.compile(r"[㐀-鿿]")
QUESTION = {"en": "What is in the video?", "zh": "视频里有什么？"}
SLOW = {"en": f"Please {LONG} for me", "zh": f"请{LONG}一下"}
ANSWER = {"en": "A red square moves from left to right.", "zh": "一个红色方块从左往右移动"}
# For what is about words. Keys, layout and what is kept are the same in each language.
both_languages = pytest.mark.parametrize("window", ["en-US", "zh-CN"], indirect=True)
RAW_KEYS = re.compile(r"\b(?:" + "|".join(re.escape(key) for key in catalogue("en")) + r")\b")


def assert_speaks(window, lang: str) -> None:
    """Every part of the page speaks `lang`, and nothing on it is raw."""
    text = window.visible_text()
    assert "__i18n__" not in text
    assert RAW_KEYS.findall(text) == []
    assert "undefined" not in text
    assert window.page.evaluate("document.documentElement.lang") == {"en": "en", "zh": "zh-CN"}[lang]
    assert window.page.title() == catalogue(lang)["page.title"]
    for key in ("page.tagline", "chat.send", "chat.retry", "chat.clear", "settings.title", "chat.hint"):
        assert catalogue(lang)[key] in text, key
    if lang == "en":
        others = CHINESE.sub("", "".join(line for line in text.splitlines() if CHINESE.search(line)))
        assert set(CHINESE.findall(text)) <= set("影语中文"), others


@both_languages
def test_upload_ask_and_read_a_streamed_answer(window, clip):
    window.upload(clip)
    window.page.evaluate(
        """() => {
          window.seen = new Set();
          new MutationObserver(() => {
            const answer = document.querySelector("#rt-chat [data-testid=bot]");
            if (answer) window.seen.add(answer.innerText);
          }).observe(document.querySelector("#rt-chat"), {
            childList: true, subtree: true, characterData: true,
          });
        }"""
    )
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    assert window.questions() == [QUESTION[window.lang]]
    assert ANSWER[window.lang] in window.answers()[0]
    seen = window.page.evaluate("[...window.seen]")
    assert any(window.t("chat.thinking") in text for text in seen)
    parts = [text for text in seen if text and ANSWER[window.lang].startswith(text[:8])]
    assert len(parts) > 2, f"the answer came in one piece: {seen}"
    assert window.page.input_value("#rt-question textarea") == ""
    assert_speaks(window, window.lang)
    assert window.errors == []


def test_stop_ends_an_answer_that_has_tools_from_then_on_and_the_next_question_works(window, clip):
    window.upload(clip)
    window.ask(SLOW[window.lang])
    window.page.wait_for_selector(f"#rt-chat :text('{window.t('chat.writing')}')")
    assert window.page.locator(".rt-turn-tools").count() == 0
    window.page.wait_for_function(
        "() => document.querySelector('[data-testid=bot]')?.innerText.includes('8 9 10')"
    )
    assert not window.page.is_visible("#rt-send")
    window.page.click("#rt-stop")
    window.wait_for_answers(1)
    stopped = window.answers()[0]
    assert window.t("chat.stopped") in stopped
    assert not window.page.is_visible("#rt-stop")
    window.page.wait_for_selector(".rt-turn-tools [data-tool=edit]")
    assert window.t("chat.writing") not in window.visible_text()
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(2)
    assert window.answers()[0] == stopped
    assert ANSWER[window.lang] in window.answers()[1]


def test_two_windows_never_see_each_others_chat(open_window, clip):
    english, chinese = open_window("en-US"), open_window("zh-CN")
    english.upload(clip)
    chinese.upload(clip)
    english.ask(SLOW["en"])
    english.page.wait_for_function(
        "() => document.querySelector('[data-testid=bot]')?.innerText.includes('3 4 5')"
    )
    chinese.ask(QUESTION["zh"])
    chinese.page.wait_for_selector(f"text={chinese.t('chat.queue')}")
    english.page.click("#rt-stop")
    chinese.wait_for_answers(1)
    english.ask(QUESTION["en"])
    english.wait_for_answers(2)
    assert chinese.questions() == [QUESTION["zh"]]
    assert english.questions() == [SLOW["en"], QUESTION["en"]]
    assert not CHINESE.search("".join(english.answers()))
    assert ANSWER["zh"] in chinese.answers()[0]
    assert_speaks(chinese, "zh")


def test_closing_the_window_stops_its_answer(open_window, clip, server):
    window = open_window("en-US")
    window.upload(clip)
    window.ask(SLOW["en"])
    window.page.wait_for_function(
        "() => document.querySelector('[data-testid=bot]')?.innerText.includes('3 4 5')"
    )
    assert server.models.turn.locked()
    window.context.close()
    assert server.models.turn.acquire(timeout=3), "the model still writes for nobody"
    server.models.turn.release()


def test_a_file_beyond_the_limit_is_refused_unsent_and_that_stays_said(window, tmp_path):
    """While gradio counts seconds, and in another language."""
    path = tmp_path / "long.mp4"
    path.write_bytes(bytes(21 * 10**6))
    requests: list[str] = []
    window.page.on("request", lambda request: requests.append(request.url))
    window.choose(path)
    window.page.wait_for_selector("#rt-notice")
    expected = window.t("error.file_too_large", name="long.mp4", megabytes="21.0", limit="20.0")
    assert window.page.inner_text("#rt-notice") == expected
    assert [url for url in requests if "upload" in url] == []
    window.page.evaluate(
        "document.querySelector('#rt-status [data-testid=status-tracker]').append('queue: 1/1 | 0.1s')"
    )
    window.page.wait_for_timeout(300)
    window.switch_to("en" if window.lang == "zh" else "zh")
    expected = window.t("error.file_too_large", name="long.mp4", megabytes="21.0", limit="20.0")
    assert window.page.inner_text("#rt-notice") == expected


def test_an_example_and_a_suggested_question_need_two_clicks(window):
    window.page.locator(".rt-example").nth(1).click()
    window.page.wait_for_selector(".rt-frame")
    assert window.page.locator("#rt-player video").get_attribute("src").endswith("blue.mp4")
    window.wait_for_summary()
    suggested = window.page.locator(".rt-chip").nth(1).inner_text()
    window.page.locator(".rt-chip").nth(1).click()
    window.wait_for_answers(1)
    assert window.questions() == [suggested]


def test_where_only_examples_are_offered_nothing_can_be_uploaded(open_window, server, tmp_path):
    own = DemoServer(tmp_path, list_examples(server.folder / "examples"), uploads=False)
    try:
        window = open_window("zh-CN", own)
        assert window.page.locator("#rt-player input[type=file]").count() == 0
        assert window.t("chat.empty_text_examples") in window.visible_text()
        assert window.t("chat.empty_text") not in window.visible_text()
        assert window.t("clip.examples_only") in window.visible_text()
        assert window.t("clip.examples") not in window.visible_text()
        window.page.locator(".rt-example").first.click()
        window.page.wait_for_selector(".rt-frame")
        window.ask(QUESTION["zh"])
        window.wait_for_answers(1)
        names = httpx.get(f"{own.url}gradio_api/info").json()["named_endpoints"]
        assert "/open_clip" not in names
        assert_speaks(window, "zh")
        assert window.errors == []
    finally:
        own.close()


def test_retry_and_clear_also_while_an_answer_is_written(window, clip):
    window.upload(clip)
    assert window.page.is_disabled("#rt-retry")
    assert window.page.is_disabled("#rt-clear")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.page.click("#rt-retry")
    window.page.wait_for_selector("#rt-stop", state="visible")
    window.wait_for_answers(1)
    assert window.questions() == [QUESTION[window.lang]]
    window.page.click("#rt-clear")
    window.page.wait_for_selector(f"text={window.t('chat.watched_title')}")
    assert window.questions() == []
    assert window.page.is_disabled("#rt-clear")
    window.ask(SLOW[window.lang])
    window.page.wait_for_function(
        "() => document.querySelector('[data-testid=bot]')?.innerText.includes('3 4 5')"
    )
    window.page.click("#rt-clear")
    window.page.wait_for_selector(f"text={window.t('chat.watched_title')}")
    window.page.wait_for_timeout(600)
    assert window.questions() == []
    assert window.page.is_visible("#rt-send")


def test_a_question_without_a_clip_is_answered_with_what_to_do(window):
    window.ask(QUESTION[window.lang])
    window.page.wait_for_selector(f"text={window.t('chat.no_clip')}")
    window.page.wait_for_selector("#rt-send", state="visible")
    window.page.wait_for_function("() => document.querySelector('#rt-question textarea').value")
    assert window.page.input_value("#rt-question textarea") == QUESTION[window.lang], "to be asked again"


def test_enter_sends_but_not_with_shift_nor_to_choose_a_word_of_an_input_method(window, clip):
    window.upload(clip)
    box = window.page.locator("#rt-question textarea")
    box.fill("shi")
    box.evaluate(
        """box => box.dispatchEvent(
             new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }))"""
    )
    window.page.wait_for_timeout(300)
    assert window.questions() == []
    box.fill("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    assert box.input_value() == "one\ntwo"
    assert window.questions() == []
    box.press("Enter")
    window.wait_for_answers(1)
    assert window.questions() == ["one\ntwo"]


def test_no_request_leaves_this_computer_or_fetches_a_program_for_trimming(open_window, clip):
    window = open_window("en-US")
    requests: list[str] = []
    window.page.on("request", lambda request: requests.append(request.url))
    window.page.reload()
    window.wait_until_ready()
    window.upload(clip)
    window.ask(QUESTION["en"])
    window.wait_for_answers(1)
    assert any("/upload" in url for url in requests), "requests are not heard"
    assert [url for url in requests if not url.startswith(("data:", "blob:", "http://127.0.0.1:"))] == []
    assert [url for url in requests if "ffmpeg" in url] == []
    assert window.errors == []
