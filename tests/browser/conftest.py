"""A real headless Chromium in front of a real server."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from demo.page.i18n import t
from tests.demo.server import DemoServer, running_server, write_clip

LOCALES = {"en-US": "en", "zh-CN": "zh"}
# The first is the fastest.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PATIENCE = 60_000  # ms until a test gives up waiting: none of them tells whether the machine is fast
POLL = 100  # ms: in each frame, as is Playwright's way, would take the processor from what is waited for
QUIET = [  # nothing of the browser's own goes to the network
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        pytest.fail(
            "These tests need Chromium, and none is installed: `make chromium`, or on Debian"
            " `apt-get install chromium-headless-shell`."
        )
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server() -> DemoServer:
    return running_server()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clips") / "mine.mp4", seconds=4.0)


class Window:
    """A visitor's browser window with the page in it."""

    def __init__(self, context: BrowserContext, server: DemoServer, lang: str) -> None:
        self.context = context
        self.server = server
        self.lang = lang
        self.errors: list[str] = []
        self.page: Page = context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.refused: list[str] = []  # what the browser did not do, as the page may not
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._listen)
        self.page.goto(server.url)
        self.wait_until_ready()

    def _listen(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            self.refused.append(message.text)

    def wait_until_ready(self) -> None:
        """Until the server has told the page its language; a slow page is shown before that."""
        self.page.wait_for_function("() => window.reelTalk?.words", polling=POLL)
        self.page.wait_for_selector("html[data-ready]")

    def another_tab(self) -> "Window":
        """Of the same browser."""
        return Window(self.context, self.server, self.lang)

    def reload(self) -> None:
        self.page.wait_for_timeout(300)  # the browser writes what it keeps a moment later
        self.page.reload()
        self.wait_until_ready()

    def t(self, key: str, **values: object) -> str:
        return t(key, self.lang, **values)

    def upload(self, clip: Path) -> None:
        """Choose a clip; returns once it has been read."""
        self.choose(clip)
        self.page.wait_for_selector(".rt-frame")

    def open_settings(self) -> None:
        """Open or close them, and take as long as a hand does before what comes next."""
        self.page.click("[data-sheet=settings]")
        self.page.wait_for_timeout(500)

    def open_keep(self) -> None:
        """Open or close what keeps conversations."""
        self.page.click("[data-sheet=keep]")

    def wait_for_range(self, last: str) -> None:
        """Until the drawer offers the range of a clip of so many seconds, and rests."""
        box = "#rt-last input[type=number]"
        self.page.wait_for_function(f"() => document.querySelector('{box}')?.value === '{last}'")
        self.page.wait_for_timeout(300)

    def record(self) -> None:
        """Record a clip with the browser's pretended camera; returns once it has been read."""
        self.page.click("#rt-player .source-selection button >> nth=1")
        self.page.click("#rt-player [data-testid=video] button >> nth=0")
        self.page.wait_for_function("() => document.querySelector('#rt-player video')?.videoWidth")
        # Gradio shows the button first, and takes hold of the camera once it has asked for all devices.
        self.page.evaluate("() => navigator.mediaDevices.enumerateDevices().then(() => null)")
        self.page.click("#rt-player .button-wrap button >> nth=0")
        self.page.wait_for_selector(f"#rt-player [title='{self.t('clip.finish')}']")
        self.page.wait_for_timeout(2500)
        self.page.click("#rt-player .button-wrap button >> nth=0")
        self.page.wait_for_selector(".rt-frame")

    def choose(self, clip: Path) -> None:
        self.page.set_input_files("#rt-player input[type=file]", clip)

    def ask(self, question: str) -> None:
        self.page.fill("#rt-question textarea", question)
        self.page.press("#rt-question textarea", "Enter")

    def wait_for_summary(self) -> None:
        """Until the model has summed up the clip, and the suggestions have followed."""
        self.page.wait_for_function(
            "() => /0:0\\d/.test(document.querySelector('#rt-chat .placeholder')?.innerText)", polling=POLL
        )

    def questions(self) -> list[str]:
        return [text.strip() for text in self.page.locator("#rt-chat [data-testid=user]").all_inner_texts()]

    def answers(self) -> list[str]:
        return [text.strip() for text in self.page.locator("#rt-chat [data-testid=bot]").all_inner_texts()]

    def wait_for_answers(self, count: int) -> None:
        """Until this many answers have come to their end."""
        self.page.wait_for_function(
            "n => document.querySelectorAll('.rt-cost').length >= n", arg=count, polling=POLL
        )
        self.page.wait_for_selector("#rt-send", state="visible")

    def switch_to(self, lang: str) -> None:
        self.page.click(f"#rt-language label:has(input[value={lang}])")
        self.lang = lang
        self.page.wait_for_function("title => document.title === title", arg=self.t("page.title"))

    def choose_model(self, title: str) -> None:
        self.page.click("#rt-menu input")
        self.page.click(f"[role=listbox] [role=option]:has-text('{title}')")

    def model(self) -> str:
        """What the menu of models shows as chosen."""
        return self.page.input_value("#rt-menu input")

    def position(self) -> float:
        return self.page.evaluate("document.querySelector('#rt-player video').currentTime")

    def visible_text(self) -> str:
        """Everything a visitor can read or hear: texts, labels, placeholders, tooltips."""
        attributes = self.page.evaluate(
            """() => [...document.querySelectorAll("[aria-label],[placeholder],[title]")].flatMap(
                 (e) => ["aria-label", "placeholder", "title"].map((name) => e.getAttribute(name) ?? ""))"""
        )
        return "\n".join([self.page.title(), self.page.inner_text("body"), *attributes])


@pytest.fixture
def open_window(browser: Browser, server: DemoServer) -> Iterator[Callable[..., Window]]:
    """Opens windows of separate visitors: `open_window("zh-CN")`. Whatever they do, the page may do it."""
    contexts: list[BrowserContext] = []
    windows: list[Window] = []

    def open_it(locale: str, server: DemoServer = server, **options) -> Window:
        options = {"viewport": {"width": 1280, "height": 800}, **options}
        contexts.append(browser.new_context(locale=locale, permissions=["camera", "microphone"], **options))
        lang = LOCALES.get(locale, "zh" if re.match("zh", locale) else "en")
        windows.append(Window(contexts[-1], server, lang))
        return windows[-1]

    yield open_it
    assert [text for window in windows for text in window.refused] == []
    for context in contexts:
        context.close()


@pytest.fixture
def window(request: pytest.FixtureRequest, open_window: Callable[..., Window]) -> Window:
    """One window, in Chinese, which nothing speaks by accident; with `both_languages`, once in each."""
    return open_window(getattr(request, "param", "zh-CN"))
