"""Several clips in a real browser: each with its own conversation, two compared, subtitles beside one."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.clip.examples import list_examples
from tests.browser.test_access import reach, serious_violations
from tests.browser.test_keeping import OTHER, talk
from tests.browser.test_page import QUESTION, assert_speaks
from tests.demo.server import DemoServer, Script, running_server

SHOWN = "#rt-clips .rt-shown"
ONE_CUE = "() => document.querySelector('#rt-player video').textTracks[0]?.cues?.length === 1"
SAID = "1\n00:00:00,000 --> 00:00:03,000\n你好 <i>there</i>\n"


@pytest.fixture(scope="module")
def able(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """A server whose first model compares clips and reads subtitles, and whose other one does neither."""
    examples = list_examples(running_server().folder / "examples")
    server = DemoServer(
        tmp_path_factory.mktemp("able"), examples, others={"someone/plain": Script()}, able=True
    )
    yield server
    server.close()


@pytest.fixture
def subtitles(tmp_path: Path) -> Path:
    path = tmp_path / "mine.srt"
    path.write_text(SAID, "gb18030")
    return path


def add_example(window, place: int) -> None:
    window.page.click(".rt-add")
    window.page.wait_for_selector(f"text={window.t('chat.empty_title')}")
    window.page.click(f".rt-example >> nth={place}")
    window.page.wait_for_selector(".rt-frame")


def talk_about_two(window, clip) -> None:
    """The uploaded clip with one question, then an example with another; the example is shown."""
    talk(window, clip)
    add_example(window, 1)
    window.ask(OTHER[window.lang])
    window.wait_for_answers(1)


def go_to(window, place: int) -> None:
    window.page.click(f"#rt-clips [data-talk] >> nth={place}")
    window.page.wait_for_selector(f"#rt-clips .rt-clip:nth-child({place + 1}).rt-shown")
    window.page.wait_for_selector(".rt-frame")


def wait_for_questions(window, *questions: str) -> None:
    window.page.wait_for_function(
        """(wanted) => JSON.stringify([...document.querySelectorAll("#rt-chat [data-testid=user]")]
             .map((each) => each.innerText.trim())) === wanted""",
        arg=json.dumps(list(questions), ensure_ascii=False, separators=(",", ":")),
    )


def source(window) -> str:
    return window.page.get_attribute("#rt-player video", "src") or ""


def test_every_clip_has_its_own_player_frames_and_conversation_which_go_with_it(window, clip):
    """Before a reload, after it, and until the clip is removed."""
    talk_about_two(window, clip)
    assert source(window).endswith("blue.mp4")
    go_to(window, 0)
    wait_for_questions(window, QUESTION[window.lang])
    assert source(window).endswith("mine.mp4")
    window.ask(OTHER[window.lang])
    window.wait_for_answers(2)
    go_to(window, 1)
    wait_for_questions(window, OTHER[window.lang])
    assert_speaks(window, window.lang)
    window.reload()
    window.page.wait_for_selector(".rt-frame")
    assert source(window).endswith("blue.mp4")
    wait_for_questions(window, OTHER[window.lang])
    pictures = window.page.locator(".rt-clip img").evaluate_all("(all) => all.map((each) => each.src)")
    assert len(set(pictures)) == 2, "a clip that was not opened again has no picture of its own"
    window.page.click(".rt-shown .rt-remove")
    wait_for_questions(window, QUESTION[window.lang], OTHER[window.lang])
    assert window.page.locator(".rt-clip").count() == 1
    assert source(window).endswith("mine.mp4")
    assert window.errors == []


def test_a_picture_comes_back_only_where_the_browser_knows_the_clip(open_window, clip):
    window, stranger = open_window("en-US"), open_window("zh-CN")
    talk(window, clip)
    window.page.wait_for_timeout(300)
    kept = json.loads(window.page.evaluate("sessionStorage.getItem('reeltalk.history')"))
    for each in kept["talks"]:
        each["clip"] = "0" * 32
    stranger.page.evaluate(
        "record => sessionStorage.setItem('reeltalk.history', JSON.stringify(record))", kept
    )
    stranger.page.reload()
    stranger.wait_until_ready()
    wait_for_questions(stranger, QUESTION["en"])
    assert stranger.page.locator(".rt-clip").count() == 1
    assert stranger.page.locator(".rt-clip img").count() == 0


def test_the_row_of_clips_needs_no_mouse_and_fits_a_phone(open_window, clip):
    window = open_window("zh-CN", viewport={"width": 390, "height": 844})
    talk(window, clip)
    add_example(window, 1)
    window.page.evaluate("document.activeElement.blur()")
    reach(window, "#rt-clips [data-talk]")
    window.page.keyboard.press("Enter")
    wait_for_questions(window, QUESTION["zh"])
    assert window.page.get_attribute(f"{SHOWN} [data-talk]", "aria-pressed") == "true"
    assert window.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_shown_clip_is_in_sight_however_many_there_are(open_window, clip):
    window = open_window("en-US", viewport={"width": 390, "height": 844})
    window.upload(clip)
    for place in (0, 1, 0):
        add_example(window, place)
    window.page.wait_for_function(
        """() => {
          const shown = document.querySelector("#rt-clips .rt-clip:nth-child(4).rt-shown");
          const box = shown?.getBoundingClientRect();
          return box && box.left >= 0 && box.right <= 390;
        }"""
    )


def test_a_model_that_can_compares_two_clips_and_the_comparison_and_the_model_come_back(
    open_window, able, clip, subtitles
):
    """And nothing is offered that the model cannot do."""
    window = open_window("zh-CN", able)
    window.upload(clip)
    assert not window.page.is_visible("#rt-compare"), "there is only one clip"
    add_example(window, 0)
    window.page.set_input_files("#rt-said-row input[type=file]", subtitles)
    window.page.wait_for_selector(f"text={window.t('said.read', name='mine.srt')}")
    window.page.click("#rt-compare input")
    window.page.click("[role=listbox] [role=option]:has-text('mine.mp4')")
    suggested = window.page.locator("#rt-starters [data-question]").first
    window.page.wait_for_selector(f"#rt-starters >> text={window.t('starter.compare')}")
    assert suggested.inner_text() == window.t("starter.compare")
    window.reload()
    window.page.wait_for_selector(f"#rt-starters >> text={window.t('starter.compare')}")
    assert window.page.input_value("#rt-compare input") == "mine.mp4"
    window.page.click(f"#rt-starters >> text={window.t('starter.compare')}")
    window.wait_for_answers(1)
    asked = able.models.first.chat.model.prompts[-1]
    assert asked.index("Video 1:") < asked.index("Video 2:") < asked.index(window.t("starter.compare"))
    assert window.t("clips.compare_info", one="blue", two="mine.mp4") in window.visible_text()
    assert serious_violations(window) == []
    window.choose_model("someone/plain")
    window.page.wait_for_selector("#rt-compare", state="hidden")
    window.page.wait_for_selector(f"text={window.t('said.unread', name='mine.srt')}")
    window.page.wait_for_selector(".rt-frame")
    window.reload()
    window.page.wait_for_selector(".rt-frame")
    assert window.model() == "someone/plain"
    count = len(able.models.first.chat.model.prompts)
    window.ask(QUESTION["zh"])
    window.wait_for_answers(1)
    assert len(able.models.first.chat.model.prompts) == count, "the first model was asked"


def test_subtitles_are_shown_read_by_the_model_and_come_back(open_window, able, clip, subtitles):
    window = open_window("zh-CN", able)
    window.upload(clip)
    window.page.set_input_files("#rt-said-row input[type=file]", subtitles)
    window.page.wait_for_selector(f"text={window.t('said.read', name='mine.srt')}")
    window.page.wait_for_function(ONE_CUE)
    window.ask(QUESTION["zh"])
    window.wait_for_answers(1)
    assert "0:00 你好 there" in able.models.first.chat.model.prompts[-1]
    window.reload()
    window.page.wait_for_selector(f"text={window.t('said.read', name='mine.srt')}")
    window.page.click("#rt-drop-subtitles")
    window.page.wait_for_selector("#rt-add-subtitles", state="visible")
    window.ask(OTHER["zh"])
    window.wait_for_answers(2)
    assert "你好" not in able.models.first.chat.model.prompts[-1]
    assert_speaks(window, "zh")
