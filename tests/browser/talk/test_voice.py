"""A question is spoken and an answer read aloud, in a real browser."""

import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserType

from core import available_senses
from tests.browser.conftest import BROWSERS, QUIET, Window
from tests.browser.test_page import QUESTION
from tests.demo.server import DemoServer
from tests.senses.sounds import RATE, silence, spoken

SPOKEN = "How many people are there?"
LISTEN = """
    window.said = [];
    const voice = { cancel() {}, speak: ({ text, lang }) => window.said.push([text, lang]) };
    Object.defineProperty(window, "speechSynthesis", { value: voice });
    window.SpeechSynthesisUtterance ??= class { constructor(text) { this.text = text; } };
"""


def test_an_answer_is_read_aloud_by_a_voice_of_its_language(window, clip):
    window.context.add_init_script(LISTEN)
    window.reload()
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.page.click("[data-tool=aloud]")
    ((text, lang),) = window.page.evaluate("window.said")
    assert lang == {"en": "en", "zh": "zh-CN"}[window.lang]
    assert text.strip() in window.answers()[0]
    assert window.page.get_attribute("[data-tool=aloud]", "aria-pressed") == "true"
    window.page.click("[data-tool=aloud]")
    assert window.page.get_attribute("[data-tool=aloud]", "aria-pressed") == "false"
    assert len(window.page.evaluate("window.said")) == 1


@pytest.fixture
def speaking(browser: Browser, tmp_path: Path) -> Iterator[tuple[Browser, float]]:
    """A browser into whose microphone the question is spoken; and for how many seconds."""
    samples = np.concatenate([silence(0.5), spoken(SPOKEN, tmp_path), silence(1.5)])
    path = tmp_path / "question.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    binary = next(filter(None, map(shutil.which, BROWSERS)), None)
    kind: BrowserType = browser.browser_type
    heard = kind.launch(
        executable_path=binary, args=[*QUIET, f"--use-file-for-fake-audio-capture={path}%noloop"]
    )
    yield heard, len(samples) / RATE
    heard.close()


@pytest.mark.slow
@pytest.mark.skipif("hearing" not in available_senses(), reason="faster-whisper is not installed")
def test_a_question_that_is_spoken_stands_in_the_box_as_it_was_heard(speaking, tmp_path):
    browser, seconds = speaking
    server = DemoServer(tmp_path, [], senses=1)
    try:
        context = browser.new_context(locale="en-US", permissions=["microphone"])
        window = Window(context, server, "en")
        window.page.click("#rt-mic")
        window.page.wait_for_selector("#rt-mic[data-state=recording]")
        window.page.wait_for_timeout(1000 * seconds)
        window.page.click("#rt-mic")
        window.page.wait_for_function(
            "() => document.querySelector('#rt-question textarea').value", timeout=240_000
        )
        assert "how many people" in window.page.input_value("#rt-question textarea").lower()
        window.page.wait_for_selector("#rt-mic[data-state='']")
        assert window.errors == window.refused == []
    finally:
        server.close()
