"""The player, and the frames and times that lead to it, in a real browser."""

import pytest

from tests.browser.test_page import QUESTION
from tests.video_files import write_clip


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


def test_what_the_browser_cannot_play_is_shown_as_the_frames_of_the_model(window, clip, tmp_path):
    window.upload(write_clip(tmp_path / "old.avi", codec="mpeg4", encoder={"bf": "0"}))
    shown = window.page.locator("#rt-slides img")
    shown.wait_for()
    frames = window.page.locator(".rt-frame img")
    frames.nth(9).click()
    assert shown.get_attribute("src") == frames.nth(9).get_attribute("src")
    assert (
        window.page.locator("#rt-slides figcaption").inner_text()
        == window.page.locator(".rt-frame span").nth(9).inner_text()
    )


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


def test_a_clip_recorded_with_the_camera_can_be_talked_about(window):
    window.record()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').duration < 60")
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime === 0")
    assert "NaN" not in window.page.inner_text("#rt-player .time")
    assert window.page.inner_text("#rt-clips .rt-shown [data-talk]") == window.t("clips.recorded")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)


def test_a_recording_is_whole_although_the_computer_is_slow_to_hand_it_over(window):
    window.page.evaluate("""() => {
        const start = MediaRecorder.prototype.start;
        MediaRecorder.prototype.start = function () { return start.call(this); };  // all of it at the end
    }""")
    window.record()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').duration > 1")


def test_showing_a_clip_fetches_no_program_for_trimming(open_window, clip):
    window = open_window("en-US")
    requests: list[str] = []
    window.page.on("request", lambda request: requests.append(request.url))
    window.upload(clip)
    window.ask(QUESTION["en"])
    window.wait_for_answers(1)
    assert any("/upload" in url for url in requests), "requests are not heard"
    assert [url for url in requests if "ffmpeg" in url] == []
    assert window.errors == []
