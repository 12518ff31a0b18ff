"""What is done too early waits, and what cannot be used says so and makes room, in a real browser."""

from tests.browser.test_page import ANSWER, QUESTION, assert_speaks

ROOM = "#rt-player input[type=file]"


def test_a_question_sent_while_its_clip_is_uploaded_waits_for_it_visibly(window, clip):
    held: list = []
    window.page.route("**/upload?**", lambda route: held.append(route))
    window.choose(clip)
    window.page.wait_for_selector(f"#rt-player .uploading:has-text('{window.t('clip.uploading')}')")
    window.ask(QUESTION[window.lang])
    window.page.wait_for_selector(f"text={window.t('chat.uploading')}")
    assert window.questions() == []
    assert_speaks(window, window.lang)
    held[0].continue_()
    window.wait_for_answers(1)
    assert window.questions() == [QUESTION[window.lang]]
    assert ANSWER[window.lang] in window.answers()[0]
    assert window.t("chat.uploading") not in window.visible_text()


def test_of_two_refused_files_only_the_last_is_spoken_of(window, clip, tmp_path):
    notes, large = tmp_path / "notes.mp4", tmp_path / "large.mp4"
    notes.write_text("dear diary " * 100)
    large.write_bytes(bytes(21 * 10**6))
    window.choose(notes)
    window.page.wait_for_selector("#rt-status .rt-error")
    window.choose(large)
    window.page.wait_for_selector("#rt-notice")
    assert window.page.locator(".rt-error:visible").count() == 1
    window.page.click(".rt-example >> nth=0")
    window.page.wait_for_selector(".rt-frame")
    assert window.page.locator(".rt-error:visible").count() == 0


def test_a_file_that_cannot_be_used_is_told_with_what_works_and_makes_room(window, clip, tmp_path):
    path = tmp_path / "notes.mp4"
    path.write_text("dear diary " * 100)
    window.choose(path)
    window.page.wait_for_selector("[role=alert].rt-error")
    assert window.page.inner_text(".rt-error") == window.t("error.not_a_video", name="notes.mp4")
    assert "MKV" in window.page.inner_text("#rt-status")
    assert_speaks(window, window.lang)
    window.page.wait_for_selector(ROOM, state="attached")
    window.page.wait_for_selector(".toast-body", state="hidden")
    assert not window.page.is_visible("#rt-clips"), "there is no clip"
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    assert window.page.locator(".rt-clip").count() == 1
    assert window.t("error.not_a_video", name="notes.mp4") not in window.visible_text()


def test_what_is_no_subtitles_is_refused_in_the_pages_language(window, clip, tmp_path):
    window.upload(clip)
    path = tmp_path / "diary.srt"
    path.write_text("dear diary", "utf-8")
    window.page.set_input_files("#rt-said-row input[type=file]", path)
    window.page.wait_for_selector(f"text={window.t('error.subtitles_unreadable', name='diary.srt')}")
    path = tmp_path / "notes.txt"
    path.write_text("dear diary")
    window.page.set_input_files("#rt-said-row input[type=file]", path)
    window.page.wait_for_selector(f".toast-body:has-text('{window.t('said.wrong_kind')}')")
    title = window.page.locator(".toast-title").first
    assert title.inner_text().strip() == window.t("page.attention")
    assert window.page.locator(".toast-close").first.get_attribute("aria-label") == window.t("page.close")
    assert_speaks(window, window.lang)
