"""A conversation outlives the window, in a real browser: as a file, or kept by the browser itself."""

import json

from playwright.sync_api import expect

from demo.server.tabs import Tabs
from tests.browser.test_page import ANSWER, QUESTION, assert_speaks

OTHER = {"en": "Which way does it move?", "zh": "它往哪个方向移动？"}
STORED = "() => localStorage.getItem('reeltalk.history') ?? ''"


def talk(window, clip) -> None:
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)


def save(window, kind: str, folder) -> str:
    if not window.page.is_visible("#rt-keep-row"):
        window.open_keep()
    with window.page.expect_download() as download:
        window.page.click(f"#rt-keep-{kind}")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == f"mine.reeltalk.{kind}"
    return path.read_text("utf-8")


def test_after_a_reload_the_conversation_and_the_clip_are_still_there(window, clip):
    talk(window, clip)
    window.reload()
    window.page.wait_for_selector(".rt-frame")
    assert window.questions() == [QUESTION[window.lang]]
    assert ANSWER[window.lang] in window.answers()[0]
    assert window.page.locator("#rt-player video").count() == 1
    window.page.wait_for_selector("#rt-chat a:has-text('0:03')")
    window.open_settings()
    window.page.wait_for_function("() => document.querySelector('#rt-last input[type=range]')?.value === '4'")
    window.ask(OTHER[window.lang])
    window.wait_for_answers(2)
    assert window.questions() == [QUESTION[window.lang], OTHER[window.lang]]
    assert_speaks(window, window.lang)
    assert window.errors == []


def test_every_tab_of_a_browser_keeps_a_conversation_of_its_own(window, clip):
    talk(window, clip)
    window.page.wait_for_timeout(300)
    other = window.another_tab()
    other.page.wait_for_selector(".rt-frame")
    assert other.questions() == [QUESTION[window.lang]], "a new tab begins with the latest"
    other.page.click("#rt-clear")
    other.page.wait_for_selector(f"text={window.t('chat.watched_title')}")
    other.ask(OTHER[window.lang])
    other.wait_for_answers(1)
    for tab, question in ((window, QUESTION), (other, OTHER)):
        tab.reload()
        tab.page.wait_for_selector(".rt-frame")
        assert tab.questions() == [question[window.lang]]


def test_where_the_server_has_lost_the_clip_the_conversation_waits_for_it_whatever_else_comes(
    window, clip, monkeypatch, tmp_path
):
    talk(window, clip)
    window.page.wait_for_timeout(300)
    monkeypatch.setattr("demo.keep.clips.KeptClips.again", lambda self, clip_id, host: None)
    window.reload()
    window.page.wait_for_selector(f"text={window.t('clip.missing', name='mine.mp4')}")
    assert window.questions() == [QUESTION[window.lang]]
    path = tmp_path / "notes.mp4"
    path.write_text("dear diary " * 100)
    window.choose(path)
    window.page.wait_for_selector(f"text={window.t('error.not_a_video', name='notes.mp4')}")
    window.page.wait_for_selector("#rt-player input[type=file]", state="attached")
    window.upload(clip)
    assert window.questions() == [QUESTION[window.lang]]
    window.ask(OTHER[window.lang])
    window.wait_for_answers(2)
    assert window.questions() == [QUESTION[window.lang], OTHER[window.lang]]


def test_a_page_of_which_the_server_knows_no_more_begins_again_with_what_was_said(window, clip, monkeypatch):
    get = Tabs.get

    def forgetful(self, session, first_language):
        monkeypatch.setattr(Tabs, "get", get)
        self._tabs.clear()
        return get(self, session, first_language)

    talk(window, clip)
    window.page.wait_for_timeout(300)
    monkeypatch.setattr(Tabs, "get", forgetful)
    with window.page.expect_navigation():
        window.ask(OTHER[window.lang])
    window.wait_until_ready()
    window.page.wait_for_selector(".rt-frame")
    assert window.questions() == [QUESTION[window.lang]]
    box = window.page.locator("#rt-question textarea")
    expect(box).to_have_value(OTHER[window.lang])  # what the server did not hear is not lost
    box.press("Enter")
    window.wait_for_answers(2)
    assert window.questions() == [QUESTION[window.lang], OTHER[window.lang]]
    window.reload()
    window.wait_until_ready()
    expect(box).to_have_value("")


def test_a_browser_that_shall_not_remember_forgets_at_once_and_after_a_reload(window, clip):
    talk(window, clip)
    window.page.wait_for_timeout(300)
    kept = window.page.evaluate(STORED)
    window.open_keep()
    window.page.click("#rt-keep-remember input")
    window.page.wait_for_function(f"kept => ({STORED})().length < kept / 2", arg=len(kept))
    window.ask(OTHER[window.lang])
    window.wait_for_answers(2)
    window.reload()
    window.page.wait_for_selector(f"text={window.t('chat.empty_title')}")
    assert window.questions() == []
    window.open_keep()
    assert not window.page.is_checked("#rt-keep-remember input")


def test_a_saved_conversation_goes_on_in_another_browser_and_no_other_file_does(open_window, clip, tmp_path):
    first, second = open_window("zh-CN"), open_window("en-US")
    talk(first, clip)
    saved = save(first, "json", tmp_path)
    assert json.loads(saved)["turns"][0]["question"] == QUESTION["zh"]
    second.open_keep()
    path = tmp_path / "diary.json"
    path.write_text("[]", "utf-8")
    second.page.set_input_files("#rt-keep input[type=file]", path)
    second.page.wait_for_selector(f"text={second.t('error.transcript_unreadable', name='diary.json')}")
    assert second.questions() == []
    assert_speaks(second, "en")
    second.page.set_input_files("#rt-keep input[type=file]", tmp_path / "mine.reeltalk.json")
    second.page.wait_for_selector(f"text={second.t('clip.missing', name='mine.mp4')}")
    assert second.questions() == [QUESTION["zh"]]
    second.upload(clip)
    second.ask(OTHER["en"])
    second.wait_for_answers(2)
    assert second.questions() == [QUESTION["zh"], OTHER["en"]]
    assert first.questions() == [QUESTION["zh"]]


def test_what_was_said_can_be_taken_home_as_a_file_and_with_the_frames_as_a_copied_report(
    window, clip, tmp_path
):
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.open_keep()
    for kind in ("md", "srt"):
        assert window.page.is_disabled(f"#rt-keep-{kind}"), "there is nothing yet"
    talk(window, clip)
    for kind in ("md", "srt"):
        text = save(window, kind, tmp_path)
        assert (window.t("model.compact.name") in text) == (kind == "md")
        assert QUESTION["zh"] in text
        assert ANSWER["zh"] in text
    assert_speaks(window, "zh")
    window.page.click("#rt-keep-report")
    window.page.wait_for_selector("#rt-keep-report.rt-done")
    html, text = window.page.evaluate(
        """async () => {
          const [item] = await navigator.clipboard.read();
          const read = async (type) => (await item.getType(type)).text();
          return [await read("text/html"), await read("text/plain")];
        }"""
    )
    assert html.count('src="data:image/jpeg;base64,') == 16
    assert html.count("<tr>") == 4, "sixteen pictures in one row are wider than a sheet of paper"
    model = window.t("export.model", model=window.t("model.compact.name"))
    for part in (clip.name, model, "0:03.1", QUESTION["zh"], ANSWER["zh"]):
        assert part in html, part
        assert part in text, part
    assert "<button" not in html
