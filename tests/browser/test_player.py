"""The player, and the frames and times that lead to it, in a real browser."""

from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.browser.test_page import QUESTION
from tests.video_files import picture, write_clip

SHOWN = "() => document.querySelector('#rt-slides img')?.naturalWidth"
SIZE = "() => ['naturalWidth', 'naturalHeight'].map((side) => document.querySelector('#rt-slides img')[side])"


def follow_times(window) -> None:
    """Click on the times of an answer, to and fro: each leads to the picture that is marked for it."""
    window.page.wait_for_function("() => document.querySelectorAll('.rt-told').length === 2")
    links = window.page.locator("#rt-chat a")
    for place in (1, 0, 1):
        links.nth(place).click()
        marked = window.page.locator(".rt-told").nth(place).get_attribute("data-seek")
        window.page.wait_for_function(
            "(marked) => document.querySelector('.rt-now')?.dataset.seek === marked", arg=marked
        )
        if window.page.locator("#rt-slides").count() == 0:
            assert window.position() == pytest.approx(float(marked), abs=0.01)


def test_a_click_on_a_frame_and_on_a_time_in_an_answer_seeks_the_player(window, clip):
    """The frames that the answer speaks of stand out while it is written."""
    window.upload(clip)
    frames = window.page.locator(".rt-frame")
    assert frames.count() == 16
    frames.nth(12).click()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime > 2.9")
    assert window.position() == pytest.approx(3.1, abs=0.06)
    window.page.wait_for_function("() => document.querySelectorAll('.rt-now').length === 1")
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
    url = window.page.url
    follow_times(window)
    seconds = [float(each.get_attribute("data-seek")) for each in window.page.locator(".rt-told").all()]
    assert seconds == pytest.approx([0.125, 2.9], abs=0.3)
    assert any(window.page.evaluate("[...window.told]")), "nothing stood out before the answer's end"
    assert window.page.url == url
    assert len(window.context.pages) == 1, "the link opened a tab"


def test_what_cannot_be_played_is_a_slideshow_with_times_and_a_line_says_so(window, tmp_path):
    codecs = {"tv.ts": ("libx264", {}), "new.mp4": ("libx265", {}), "old.avi": ("mpeg4", {"bf": "0"})}
    for name, (codec, encoder) in codecs.items():
        window.upload(write_clip(tmp_path / name, frames=40, codec=codec, encoder=encoder))
        window.page.wait_for_selector("#rt-slides img[src^=data]")
        window.page.wait_for_selector(f"#rt-unplayable:has-text('{window.t('clip.unplayable')}')")
        window.page.wait_for_selector(".toast-body", state="hidden")
        assert window.page.inner_text("#rt-slides figcaption").startswith("0:0")
        if name != "old.avi":
            window.page.click(".rt-shown .rt-remove")
            window.page.wait_for_selector("#rt-unplayable", state="detached")
    shown, frames = window.page.locator("#rt-slides img"), window.page.locator(".rt-frame img")
    frames.nth(9).click()
    assert shown.get_attribute("src") == frames.nth(9).get_attribute("src")
    caption = window.page.inner_text("#rt-slides figcaption")
    assert caption == window.page.locator(".rt-frame span").nth(9).inner_text()
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    follow_times(window)
    window.switch_to("en")
    assert window.page.inner_text("#rt-unplayable") == window.t("clip.unplayable")


def test_a_second_clip_recorded_with_the_camera_can_be_talked_about(window, clip):
    window.upload(clip)
    window.page.click(".rt-add")
    window.page.wait_for_selector(f"text={window.t('chat.empty_title')}")
    window.record()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').duration < 60")
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime === 0")
    assert "NaN" not in window.page.inner_text("#rt-player .time")
    names = window.page.locator("[data-talk]").all_inner_texts()
    assert names == ["mine.mp4", window.t("clips.recorded")]
    assert window.page.inner_text("#rt-clips .rt-shown [data-talk]") == window.t("clips.recorded")
    assert window.questions() == []
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)


def test_a_recording_is_whole_although_the_computer_is_slow_to_hand_it_over(window):
    window.page.evaluate("""() => {
        const start = MediaRecorder.prototype.start;
        MediaRecorder.prototype.start = function () { return start.call(this); };  // all of it at the end
    }""")
    window.record()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').duration > 1")


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """As a telephone held upright writes it: lying on its side, with a note that says so."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = np.rot90(picture(30, 300, 400))
    Image.fromarray(np.ascontiguousarray(lying)).save(tmp_path / "photo.jpg", exif=exif)
    return tmp_path / "photo.jpg"


def test_a_photograph_is_shown_and_talked_about(window, photograph):
    window.upload(photograph)
    window.page.wait_for_function(SHOWN)
    size = window.page.evaluate(SIZE)
    assert size == [300, 400], "it lies on its side"
    assert window.page.locator("#rt-slides img").bounding_box()["height"] > 150
    assert window.page.locator("#rt-player .controls:visible").count() == 0
    window.page.wait_for_selector(f"text={window.t('clip.ready_picture')}")
    assert window.page.locator(".rt-frame").count() == 1
    assert window.page.inner_text("#rt-strip").strip() == window.t("clip.frames")
    window.page.wait_for_selector(".toast-body", state="hidden")  # nobody is told that it is no video
    window.wait_for_summary()
    chips = window.page.locator(".rt-chip").all_inner_texts()
    assert window.t("starter.people") in chips
    assert not any(window.t("followup.direction", thing="").strip(" ?？") in chip for chip in chips)
    window.page.click(".rt-chip >> nth=0")
    window.wait_for_answers(1)
    assert window.questions() == chips[:1]
    assert window.page.locator('#rt-chat a[href*="#t="]').count() == 0, "a picture has no times"
    assert window.errors == []


def test_a_picture_that_moves_is_shown_moving_until_a_moment_of_it_is_wanted(open_window, tmp_path):
    first, *others = [Image.fromarray(picture(number, 160, 96)) for number in range(4)]
    first.save(tmp_path / "a.gif", save_all=True, append_images=others, duration=1000)
    window = open_window("en-US")
    window.upload(tmp_path / "a.gif")
    window.page.wait_for_function(SHOWN)
    assert "a.gif" in window.page.locator("#rt-slides img").get_attribute("src")
    frames = window.page.locator(".rt-frame")
    assert frames.all_inner_texts() == ["0:00", "0:01", "0:02", "0:03"]
    frames.nth(2).click()
    shown = window.page.locator("#rt-slides img").get_attribute("src")
    assert shown == window.page.locator(".rt-frame img").nth(2).get_attribute("src")
