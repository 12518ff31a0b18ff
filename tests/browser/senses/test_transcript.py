"""The transcript beside a clip, in a real browser, with a clip that is really heard and read."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core import Cue, Subtitles, available_senses
from tests.browser.test_access import serious_violations
from tests.demo.senses.talk_clip import FONT, talk_clip
from tests.demo.server import DemoServer
from tests.senses.sounds import silence, spoken

EVIL = (
    "<script>document.title = 'evil'</script><img src=x onerror=\"document.title='evil'\"> ${1+1} {{value}}"
)
CURRENT = "() => document.querySelector('#rt-player video').currentTime"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(len(available_senses()) < 3, reason="faster-whisper and rapidocr are not installed"),
    pytest.mark.skipif(not FONT.exists(), reason="Debian's fonts-noto-cjk is not there"),
]


@pytest.fixture(scope="module")
def hearing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    server = DemoServer(tmp_path_factory.mktemp("hearing"), [], senses=1)
    yield server
    server.close()


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talk")
    said = ("The football game was moved to Saturday because of the rain.", "Please bring a bottle of water.")
    first, second = (spoken(text, folder) for text in said)
    samples = np.concatenate([first, silence(1.5), second])
    return talk_clip(folder / "talk.mp4", samples, ["Weekend plans", "人民公园"])


def lines(window) -> list[str]:
    return [text.strip() for text in window.page.locator(".rt-line:visible .rt-words").all_inner_texts()]


def open_talk(window, talk: Path, count: int = 4) -> None:
    """Returns once all lines are there and the senses rest."""
    window.page.set_default_timeout(120_000)
    window.upload(talk)
    window.page.wait_for_function(
        f"() => document.querySelectorAll('.rt-line').length >= {count}"
        " && !document.querySelector('.rt-doing')"
    )


def test_what_is_said_and_written_is_shown_searched_jumped_to_and_taken_home(
    open_window, hearing_server, talk
):
    window = open_window("en-US", server=hearing_server)
    open_talk(window, talk, 3)
    text = "\n".join(lines(window))
    for fact in ("Saturday", "rain", "water", "Weekend plans", "人民公园"):
        assert fact in text
    assert window.t("starter.said") in window.page.inner_text("#rt-starters")
    assert serious_violations(window) == []

    scrolls = "getComputedStyle(document.querySelector('#rt-lines')).overflowY"
    assert window.page.evaluate(scrolls) == "auto", "many lines stay in their panel"
    window.page.locator(".rt-line button", has_text="water").click()
    window.page.wait_for_function(f"() => ({CURRENT})() > 3")
    window.page.wait_for_function("() => document.querySelector('.rt-line-now')")
    assert "water" in window.page.inner_text(".rt-line-now")

    window.page.fill("#rt-find", "RAIN")
    assert [text.lower() for text in window.page.locator(".rt-line mark").all_inner_texts()] == ["rain"]
    assert len(lines(window)) == 1
    window.page.fill("#rt-find", "no such word")
    assert lines(window) == []
    assert window.page.inner_text("#rt-found") == window.t("transcript.none")
    window.page.fill("#rt-find", "")
    assert "\n".join(lines(window)) == text

    for kind in ("srt", "md"):
        with window.page.expect_download() as download:
            window.page.click(f"#rt-transcript-{kind}")
        assert download.value.suggested_filename == f"talk.transcript.{kind}"
        assert "Saturday" in Path(download.value.path()).read_text("utf-8")

    window.ask("What is said?")
    window.wait_for_answers(1)
    prompt = hearing_server.models.first.chat.model.prompts[-1]
    assert "Saturday" in prompt
    assert "Weekend plans" in prompt
    window.open_settings()
    window.page.click("#rt-hear input")
    window.page.wait_for_function("() => !document.querySelector('.rt-line-said')")
    window.ask("And now?")
    window.wait_for_answers(2)
    prompt = hearing_server.models.first.chat.model.prompts[-1]
    assert "Saturday" not in prompt
    assert "Weekend plans" in prompt
    window.reload()
    window.page.wait_for_selector(".rt-line-written")
    window.open_settings()
    assert not window.page.locator("#rt-hear input").is_checked()
    assert window.errors == []


def test_on_a_phone_it_is_folded_and_in_chinese_it_says_what_is_not_there(
    open_window, hearing_server, talk, clip
):
    window = open_window("zh-CN", server=hearing_server, viewport={"width": 390, "height": 844})
    window.page.set_default_timeout(120_000)
    window.upload(clip)
    window.page.wait_for_selector("#rt-senses .rt-doing")
    window.page.wait_for_selector("#rt-senses .rt-doing", state="detached")
    assert window.t("sense.no_text") in window.page.inner_text("#rt-senses")
    assert window.t("sense.no_sound") in window.page.inner_text("#rt-senses")
    assert not window.page.locator("#rt-transcript").is_visible()
    window.page.click(".rt-add")
    open_talk(window, talk, 3)
    fold = window.page.locator(".rt-fold")
    assert fold.get_attribute("aria-expanded") == "false"
    assert lines(window) == []
    fold.click()
    assert lines(window)
    assert fold.get_attribute("aria-expanded") == "true"
    assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    window.switch_to("en")
    window.page.wait_for_function(
        "text => document.querySelector('.rt-fold').textContent === text", arg=window.t("transcript.title")
    )
    assert fold.get_attribute("aria-expanded") == "true"


def test_a_line_of_a_strangers_clip_is_text(open_window, hearing_server, clip, tmp_path, monkeypatch):
    """A reader of subtitles drops what looks like markup; what was heard or read comes as it is."""
    subtitles = Subtitles("evil.srt", (Cue(0.0, 2.0, EVIL),))
    monkeypatch.setattr("demo.clip.subtitles.read_subtitles", lambda path, encoding=None: subtitles)
    window = open_window("en-US", server=hearing_server)
    window.upload(clip)
    file = tmp_path / "evil.srt"
    file.touch()
    window.page.set_input_files("#rt-said-row input[type=file]", file)
    window.page.wait_for_selector(".rt-line")
    window.page.fill("#rt-find", "x")
    shown = window.page.inner_text(".rt-line .rt-words")
    assert shown == EVIL
    assert window.page.locator(".rt-line :is(script, img)").count() == 0
    assert "evil" not in window.page.title()
    assert window.errors == []
