"""The page in a real browser, in both languages: what a visitor does, and what they see."""

import re

import httpx
import pytest

from core.errors import ModelError
from demo.examples import list_examples
from demo.i18n import LANGUAGES, catalogue
from tests.demo_server import LONG, DemoServer, Script

CHINESE = re.compile(r"[㐀-鿿]")
QUESTION = {"en": "What is in the video?", "zh": "视频里有什么？"}
SLOW = {"en": f"Please {LONG} for me", "zh": f"请{LONG}一下"}
ANSWER = {"en": "A red square moves from left to right.", "zh": "一个红色方块从左往右移动"}
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


def test_stop_ends_an_answer_and_the_next_question_works(window, clip):
    window.upload(clip)
    window.ask(SLOW[window.lang])
    window.page.wait_for_function(
        "() => document.querySelector('[data-testid=bot]')?.innerText.includes('8 9 10')"
    )
    assert not window.page.is_visible("#rt-send")
    window.page.click("#rt-stop")
    window.wait_for_answers(1)
    stopped = window.answers()[0]
    assert window.t("chat.stopped") in stopped
    assert not window.page.is_visible("#rt-stop")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(2)
    assert window.answers()[0] == stopped
    assert ANSWER[window.lang] in window.answers()[1]


def test_the_language_switch_changes_the_whole_page_and_survives_a_reload(window, clip):
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    other = {"en": "zh", "zh": "en"}[window.lang]
    window.switch_to(other)
    window.page.wait_for_selector(f"text={window.t('clip.frames')}")
    assert window.t("clip.ready", duration="0:04", count=16) in window.visible_text()
    assert window.t("starter.label") in window.visible_text()
    window.page.click("#rt-player .top-panel button:visible")  # or else clip and chat come back
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


def test_a_click_on_a_frame_and_on_a_time_in_an_answer_seeks_the_player(window, clip):
    window.upload(clip)
    frames = window.page.locator(".rt-frame")
    assert frames.count() == 16
    frames.nth(12).click()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime > 2.9")
    assert window.position() == pytest.approx(3.1, abs=0.06)
    window.page.wait_for_function("() => document.querySelectorAll('.rt-now').length === 1")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    url = window.page.url
    window.page.locator("#rt-chat a", has_text="0:00").click()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime < 0.1")
    window.page.locator("#rt-chat a", has_text="0:03").click()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime >= 3")
    assert window.page.url == url
    assert len(window.context.pages) == 1, "the link opened a tab"


def test_the_frames_that_an_answer_speaks_of_stand_out_while_it_is_written(window, clip):
    window.upload(clip)
    window.page.evaluate(
        """() => {
          window.told = new Set();
          const times = () => [...document.querySelectorAll(".rt-told")].map((e) => e.dataset.seek).join();
          new MutationObserver(() => {
            if (!document.querySelector(".rt-cost")) window.told.add(times());
          }).observe(document.body, { subtree: true, attributeFilter: ["class"], childList: true });
        }"""
    )
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.page.wait_for_function("() => document.querySelectorAll('.rt-told').length === 2")
    seconds = [float(each.get_attribute("data-seek")) for each in window.page.locator(".rt-told").all()]
    assert seconds == pytest.approx([0.125, 2.9], abs=0.3)
    assert any(window.page.evaluate("[...window.told]")), "nothing stood out before the answer's end"


def test_two_windows_never_see_each_others_chat(open_window, clip):
    english, chinese = open_window("en-US"), open_window("zh-CN")
    english.upload(clip)
    chinese.upload(clip)
    english.ask(SLOW["en"])
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


def test_a_file_beyond_the_limit_is_refused_before_it_is_sent(window, tmp_path):
    path = tmp_path / "long.mp4"
    path.write_bytes(bytes(21 * 10**6))
    requests: list[str] = []
    window.page.on("request", lambda request: requests.append(request.url))
    window.choose(path)
    window.page.wait_for_selector("#rt-too-large")
    expected = window.t("error.file_too_large", name="long.mp4", megabytes="21.0", limit="20.0")
    assert window.page.inner_text("#rt-too-large") == expected
    assert [url for url in requests if "upload" in url] == []


def test_an_example_and_a_suggested_question_need_two_clicks(window):
    window.page.locator(".rt-example").nth(1).click()
    window.page.wait_for_selector(".rt-frame")
    assert window.page.locator("#rt-player video").get_attribute("src").endswith("blue.mp4")
    window.page.locator(".rt-chip").nth(1).click()
    window.wait_for_answers(1)
    assert window.questions() == [window.t("starter.2")]


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


def test_retry_and_clear(window, clip):
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
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)


def test_clear_while_an_answer_is_written_leaves_an_empty_chat(window, clip):
    window.upload(clip)
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
    assert window.page.is_visible("#rt-send")
    window.page.wait_for_function("() => document.querySelector('#rt-question textarea').value")
    assert window.page.input_value("#rt-question textarea") == QUESTION[window.lang], "to be asked again"


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


def test_with_one_model_there_is_no_menu(window):
    assert window.page.locator("#rt-menu").count() == 0
    assert window.t("model.compact.name") in window.visible_text()


def test_a_file_that_is_no_video_gets_a_clear_error(window, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("dear diary " * 100)
    window.choose(path)
    window.page.wait_for_selector("[role=alert].rt-error")
    assert window.page.inner_text(".rt-error") == window.t("error.not_a_video", name="notes.mp4")
    assert_speaks(window, window.lang)


def test_shift_enter_makes_a_new_line_and_enter_sends(window, clip):
    window.upload(clip)
    box = window.page.locator("#rt-question textarea")
    box.fill("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    assert box.input_value() == "one\ntwo"
    assert window.questions() == []
    box.press("Enter")
    window.wait_for_answers(1)
    assert window.questions() == ["one\ntwo"]


def test_enter_that_chooses_a_word_in_an_input_method_does_not_send(window, clip):
    window.upload(clip)
    window.page.fill("#rt-question textarea", "shi")
    window.page.evaluate(
        """() => document.querySelector("#rt-question textarea").dispatchEvent(
             new KeyboardEvent("keydown", { key: "Enter", isComposing: true, bubbles: true }))"""
    )
    window.page.wait_for_timeout(300)
    assert window.questions() == []


def test_another_number_of_frames_reads_the_clip_again_and_keeps_the_chat(window, clip):
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.page.click("#rt-settings button")
    window.page.click("#rt-frames label:has-text('8')")
    window.page.wait_for_function("() => document.querySelectorAll('.rt-frame').length === 8")
    assert window.questions() == [QUESTION[window.lang]]
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(2)


def move(window, slider: str, key: str, times: int) -> None:
    """Move a slider by the keyboard."""
    handle = window.page.locator(f"#rt-{slider} input[type=range]")
    handle.focus()
    for _ in range(times):
        handle.press(key)


def frame_seconds(window) -> list[float]:
    return [float(each.get_attribute("data-seek")) for each in window.page.locator(".rt-frame").all()]


def test_a_range_of_the_clip_can_be_looked_at_and_reset_brings_back_all(window, clip):
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    whole = frame_seconds(window)
    window.page.click("#rt-settings button")
    assert_speaks(window, window.lang)
    move(window, "first", "ArrowRight", 20)
    window.page.wait_for_function("() => document.querySelector('.rt-frame')?.dataset.seek > 1.9")
    assert frame_seconds(window) == pytest.approx([2 + 2 * (i + 0.5) / 16 for i in range(16)], abs=0.11)
    assert window.questions() == [QUESTION[window.lang]]
    window.page.click("#rt-frames label:has-text('8')")
    window.page.wait_for_function("() => document.querySelectorAll('.rt-frame').length === 8")
    assert frame_seconds(window)[0] > 1.9, "another number of frames kept the range"
    window.page.click("#rt-reset")
    window.page.wait_for_function("() => document.querySelectorAll('.rt-frame').length === 16")
    assert frame_seconds(window) == whole
    assert window.page.input_value("#rt-first input[type=range]") == "0"
    assert window.errors == []


def test_the_answer_language_can_be_fixed(window, clip):
    other = {"en": "zh", "zh": "en"}[window.lang]
    window.upload(clip)
    window.page.click("#rt-settings button")
    window.page.click(f"#rt-answer-language label:has(input[value={other}])")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    assert ANSWER[other] in window.answers()[0]


def test_a_clip_recorded_with_the_camera_can_be_talked_about(window):
    window.record()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').duration < 60")
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime === 0")
    assert "NaN" not in window.page.inner_text("#rt-player .time")
    assert window.page.inner_text("#rt-clips .rt-shown [data-talk]") == window.t("clips.recorded")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)


def test_removing_the_clip_empties_the_page(window, clip):
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.page.click("#rt-player .top-panel button:visible")
    window.page.wait_for_selector(f"text={window.t('chat.empty_title')}")
    assert window.page.locator(".rt-frame").count() == 0


def test_the_page_fits_a_phone(open_window, clip):
    window = open_window("zh-CN", viewport={"width": 390, "height": 844})
    window.upload(clip)
    window.ask(QUESTION["zh"])
    window.wait_for_answers(1)
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 390
    for part in ("#rt-player", "#rt-chat", "#rt-question", "#rt-send", "#rt-settings"):
        box = window.page.locator(part).bounding_box()
        assert box["x"] >= 0, part
        assert box["x"] + box["width"] <= 390, part


def test_no_request_leaves_this_computer(open_window, clip):
    window = open_window("en-US")
    foreign: list[str] = []
    window.page.on(
        "request",
        lambda request: foreign.append(request.url) if "127.0.0.1" not in request.url.split("?")[0] else None,
    )
    window.page.reload()
    window.wait_until_ready()
    window.upload(clip)
    window.ask(QUESTION["en"])
    window.wait_for_answers(1)
    assert [url for url in foreign if not url.startswith(("data:", "blob:"))] == []


def test_languages_of_the_tests_are_those_of_the_page():
    assert set(QUESTION) == set(LANGUAGES)
