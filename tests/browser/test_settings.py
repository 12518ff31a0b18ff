"""The drawer of settings, in a real browser."""

import time

import pytest

from demo.clip.opening import Opening
from tests.browser.test_page import ANSWER, QUESTION, assert_speaks
from tests.demo.server import write_clip

# Three steps of one slider, each as it comes; what came of them once the last has come.
STEPS = """async () => {
  const came = [];
  const steps = [1, 2, 3].map((step) => window.reelTalk.atRest([step]).then((it) => came.push(it)));
  await steps[2];
  return came;
}"""


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
    window.open_settings()
    assert_speaks(window, window.lang)
    assert window.page.evaluate(STEPS) == [[3]], "more than the last of many steps counted"
    move(window, "first", "ArrowRight", 20)
    window.page.wait_for_function("() => document.querySelector('.rt-frame')?.dataset.seek > 1.9")
    assert frame_seconds(window) == pytest.approx([2 + 2 * (i + 0.5) / 16 for i in range(16)], abs=0.11)
    assert window.questions() == [QUESTION[window.lang]]
    window.page.click("#rt-frames label:has-text('8')")
    window.page.wait_for_function("() => document.querySelectorAll('.rt-frame').length === 8")
    assert frame_seconds(window)[0] > 1.9, "another number of frames gave up the range"
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(2)
    window.page.click("#rt-reset")
    window.page.wait_for_function("() => document.querySelectorAll('.rt-frame').length === 16")
    assert frame_seconds(window) == whole
    assert window.page.input_value("#rt-first input[type=range]") == "0"
    assert window.errors == []


def test_a_short_range_chosen_at_once_is_not_taken_back_when_the_reading_ends(window, tmp_path, monkeypatch):
    """Gradio shows a handler's last step once more at its end, which may come late."""
    follow = Opening.follow

    def slow_to_end(opening, tab, talk):
        yield from follow(opening, tab, talk)
        time.sleep(1.0)

    monkeypatch.setattr(Opening, "follow", slow_to_end)
    window.upload(write_clip(tmp_path / "half a minute.mp4", seconds=30.0))
    window.open_settings()
    last = "#rt-last input[type=number]"
    window.wait_for_range("30")
    window.page.fill(last, "4")
    window.page.wait_for_function("() => document.querySelector('.rt-frame:last-child')?.dataset.seek < 4")
    window.page.wait_for_timeout(1500)
    assert window.page.input_value(last) == "4"
    assert frame_seconds(window)[-1] < 4
    times = window.page.locator(".rt-frame span").all_inner_texts()
    assert len(set(times)) == 16, "its pictures are told apart by their times"


def test_the_answer_language_can_be_fixed(window, clip):
    other = {"en": "zh", "zh": "en"}[window.lang]
    window.upload(clip)
    window.open_settings()
    window.page.click(f"#rt-answer-language label:has(input[value={other}])")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    assert ANSWER[other] in window.answers()[0]
