"""Links to clips, where the operator allows their host, in a real browser."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder

from demo.limits.space import Space
from demo.links.fetched import LinkedClips
from tests.browser.test_page import assert_speaks
from tests.demo.server import DemoServer
from tests.video.web import Web

PASTE = """([where, text]) => {
    const transfer = new DataTransfer();
    transfer.setData("text/plain", text);
    const event = new ClipboardEvent("paste", { bubbles: true, cancelable: true, clipboardData: transfer });
    document.querySelector(where).dispatchEvent(event);
}"""


@pytest.fixture(scope="module")
def web() -> Iterator[Web]:
    site = Web()
    yield site
    site.shutdown()


@pytest.fixture(scope="module")
def linking(web: Web, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    links = LinkedClips(web.trusted(), Space(Path(get_upload_folder())))
    server = DemoServer(tmp_path_factory.mktemp("linking"), [], links=links)
    yield server
    server.close()


@pytest.mark.parametrize("locale", ["en-US", "zh-CN"])
def test_a_pasted_link_becomes_a_clip_shows_how_far_it_is_and_can_be_taken_away(
    open_window, linking, web, clip, locale
):
    window = open_window(locale, server=linking)
    page, goes_on = window.page, threading.Event()
    page.evaluate(PASTE, ["#rt-question textarea", "https://other.example/cat.mp4"])
    page.wait_for_selector(f"#rt-status .rt-error:has-text('{web.server_port}')")
    assert_speaks(window, window.lang)

    def pieces() -> Iterator[bytes]:
        yield b"x" * 500_000
        goes_on.wait(60)

    slow = web.holds("/slow.mp4")
    web.pages["/slow.mp4"] = (200, {"content-type": "video/mp4", "content-length": "1000000"}, pieces())
    page.evaluate(PASTE, ["body", slow])
    page.wait_for_selector(f"#rt-status:has-text('{window.t('progress.fetching', percent=50)}')")
    assert not page.locator("#rt-link").is_visible()
    page.click(".rt-remove")
    page.wait_for_selector("#rt-link-url", state="visible")
    goes_on.set()

    page.fill("#rt-link-url", web.holds("/a%20cat.mp4", clip.read_bytes()))
    page.press("#rt-link-url", "Enter")
    page.wait_for_selector(".rt-frame")
    assert page.inner_text(".rt-clip").startswith("a cat.mp4")
    page.wait_for_function("() => document.querySelector('#rt-player video')?.duration > 3")
    page.fill("#rt-question textarea", "Is it at ")
    page.evaluate(PASTE, ["#rt-question textarea", slow])
    assert page.locator(".rt-clip").count() == 1, "it belongs to the question that is being written"
    assert window.errors == []
