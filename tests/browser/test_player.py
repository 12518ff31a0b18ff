"""The player, and the frames and times that lead to it, in a real browser."""

import base64
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from tests.browser.test_page import QUESTION
from tests.video_files import picture, write_clip

SHOWN = "() => document.querySelector('#rt-slides img')?.naturalWidth"
SIZE = "() => ['naturalWidth', 'naturalHeight'].map((side) => document.querySelector('#rt-slides img')[side])"
# Hands a file to the page as a hand does; what: the event, its data a property of that name.
HAND_OVER = """([where, what, data, name, type, base64]) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type }));
    const event = { bubbles: true, cancelable: true, [data]: transfer };
    const kind = what === "paste" ? ClipboardEvent : DragEvent;
    document.querySelector(where).dispatchEvent(new kind(what, event));
}"""


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
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime < 0.2")
    window.page.locator("#rt-chat a", has_text="0:03").click()
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime >= 3")
    assert window.page.url == url
    assert len(window.context.pages) == 1, "the link opened a tab"


@pytest.mark.parametrize("name", ["mine.mp4", "old.avi"])
def test_a_click_on_a_time_goes_to_the_picture_that_is_marked_for_it(window, clip, tmp_path, name):
    playable = name == "mine.mp4"
    old = {"frames": 40, "codec": "mpeg4", "encoder": {"bf": "0"}}
    window.upload(clip if playable else write_clip(tmp_path / name, **old))
    if not playable:
        window.page.wait_for_selector("#rt-slides img")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.page.wait_for_function("() => document.querySelectorAll('.rt-told').length === 2")
    links = window.page.locator("#rt-chat a")
    for place in (1, 0, 1):
        links.nth(place).click()
        marked = window.page.locator(".rt-told").nth(place).get_attribute("data-seek")
        window.page.wait_for_function(
            "(marked) => document.querySelector('.rt-now')?.dataset.seek === marked", arg=marked
        )
        if playable:
            assert window.position() == pytest.approx(float(marked), abs=0.01)


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


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """As a telephone held upright writes it: lying on its side, with a note that says so."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    lying = np.rot90(picture(30, 300, 400))
    Image.fromarray(np.ascontiguousarray(lying)).save(tmp_path / "photo.jpg", exif=exif)
    return tmp_path / "photo.jpg"


def hand_over(window, file: Path, where: str, what: str) -> None:
    data = base64.b64encode(file.read_bytes()).decode()
    kind = "clipboardData" if what == "paste" else "dataTransfer"
    window.page.evaluate(HAND_OVER, [where, what, kind, file.name, "image/jpeg", data])


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


def test_a_photograph_is_dropped_and_another_one_pasted(open_window, photograph):
    window = open_window("zh-CN")
    hand_over(window, photograph, "#rt-player .upload-container > button", "drop")
    window.page.wait_for_selector(".rt-frame")
    other = photograph.with_name("other.jpg")
    Image.fromarray(picture(3, 200, 100)).save(other)
    hand_over(window, other, "#rt-question textarea", "paste")
    window.page.wait_for_selector("#rt-clips .rt-shown:has-text('other.jpg')")
    window.page.wait_for_selector(".rt-frame")
    window.page.wait_for_function(f"() => ({SHOWN})() === 200")
    assert window.page.locator(".rt-clip").count() == 2
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


@pytest.mark.parametrize("name", ["photo.mp4", "clip.jpg"])
def test_a_wrong_name_does_not_keep_the_page_from_showing_it(open_window, clip, photograph, tmp_path, name):
    window = open_window("en-US")
    path = tmp_path / name
    path.write_bytes((photograph if name == "photo.mp4" else clip).read_bytes())
    window.upload(path)
    if name == "photo.mp4":
        window.page.wait_for_function(f"() => ({SHOWN})() === 300")
    else:
        window.page.wait_for_function("() => document.querySelector('#rt-player video').duration === 4")
        assert window.page.locator("#rt-slides").count() == 0
