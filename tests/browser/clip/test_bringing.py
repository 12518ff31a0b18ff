"""How clips are brought: dropped anywhere, pasted, several at once, of any kind, in a real browser."""

import base64
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.test_page import QUESTION, assert_speaks
from tests.demo import server
from tests.video_files import picture, write_clip

NAMES = "() => [...document.querySelectorAll('[data-talk]')].map((each) => each.innerText.trim())"
# Hands files to the page as a hand does; what: the event, its data a property of that name.
HAND_OVER = """([where, what, data, files]) => {
    const transfer = new DataTransfer();
    for (const [name, type, base64] of files) {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
    }
    const event = { bubbles: true, cancelable: true, [data]: transfer };
    const kind = what === "paste" ? ClipboardEvent : DragEvent;
    document.querySelector(where).dispatchEvent(new kind(what, event));
}"""


def hand_over(window, where: str, what: str, *files: Path, kind: str = "") -> None:
    encoded = [[each.name, kind, base64.b64encode(each.read_bytes()).decode()] for each in files]
    data = "clipboardData" if what == "paste" else "dataTransfer"
    window.page.evaluate(HAND_OVER, [where, what, data, encoded])


def wait_for_clips(window, *names: str) -> None:
    window.page.wait_for_function(f"(names) => ({NAMES})().join() === names.join()", arg=list(names))
    window.page.wait_for_selector(".rt-frame")


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    Image.fromarray(np.ascontiguousarray(picture(30, 300, 400))).save(tmp_path / "photo.jpg")
    return tmp_path / "photo.jpg"


def test_several_files_become_several_clips_and_a_seventh_is_told_that_there_is_no_room(window, tmp_path):
    files = []
    for number in range(7):
        files.append(tmp_path / f"{number}.png")
        Image.fromarray(picture(number, 100, 80)).save(files[-1])
    window.page.set_input_files("#rt-player input[type=file]", files[:2])
    wait_for_clips(window, "0.png", "1.png")
    hand_over(window, "#rt-question textarea", "paste", *files[2:])
    for count in range(3, 7):  # each of them may take its time
        window.page.wait_for_selector(f".rt-clip >> nth={count - 1}")
    wait_for_clips(window, *(file.name for file in files[:6]))
    window.page.wait_for_selector(f"#rt-notice:has-text('{window.t('clips.full', count=6)}')")
    assert window.page.locator(".rt-add").count() == 0
    assert_speaks(window, window.lang)


def test_a_file_is_dropped_where_one_is_wanted_and_another_over_the_player_that_shows_it(
    window, clip, photograph
):
    hand_over(window, "#rt-player .upload-container > button", "drop", clip)
    wait_for_clips(window, "mine.mp4")
    hand_over(window, "#rt-player video", "dragover", photograph)
    assert window.page.locator("html.rt-dragging").count() == 1
    hand_over(window, "#rt-player video", "drop", photograph)
    wait_for_clips(window, "mine.mp4", "photo.jpg")
    assert window.page.locator("html.rt-dragging").count() == 0
    assert window.errors == []


def test_files_are_dropped_over_the_chat_while_the_camera_is_shown_and_subtitles_beside_them(
    open_window, clip, tmp_path
):
    window = open_window("en-US")
    window.page.click("#rt-player .source-selection button >> nth=1")
    window.page.wait_for_selector("#rt-player input[type=file]", state="detached")
    hand_over(window, "#rt-chat", "drop", clip)
    wait_for_clips(window, "mine.mp4")
    said = tmp_path / "mine.srt"
    said.write_text("1\n00:00:00,000 --> 00:00:03,000\n你好\n", "utf-8")
    hand_over(window, "#rt-chat", "drop", said)
    window.page.wait_for_selector(".rt-said:has-text('mine.srt')")
    assert window.page.locator(".rt-clip").count() == 1


def test_neither_the_name_nor_the_browser_says_what_a_file_is(window, tmp_path, photograph):
    files = [tmp_path / name for name in ("clip", "clip.txt", "clip.jpg", "clip.ts", "photo.mp4")]
    for seconds, path in enumerate(files[:3], 2):  # with equal bytes they would be one clip
        server.write_clip(tmp_path / "moving.mp4", seconds).rename(path)
    write_clip(files[3], frames=20)
    files[4].write_bytes(photograph.read_bytes())
    for count, path in enumerate(files, 1):
        hand_over(window, "#rt-chat", "drop", path, kind="text/plain")
        wait_for_clips(window, *(file.name for file in files[:count]))
        if path.name == "clip.jpg":
            window.page.wait_for_function("() => document.querySelector('#rt-player video').duration === 4")
            assert window.page.locator("#rt-slides").count() == 0
    window.page.wait_for_function("() => document.querySelector('#rt-slides img')?.naturalWidth === 300")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
