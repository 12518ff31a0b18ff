"""The page for people who use a keyboard or a screen reader, who need an account, or come through a proxy.

axe-core looks for what shuts people out.
"""

import json
import re
from collections.abc import Iterator
from importlib.resources import files

import pytest
from playwright.sync_api import Browser

from demo.clip.examples import Example
from demo.page.i18n import t
from tests.browser.test_page import QUESTION, SLOW
from tests.demo.server import DemoServer, write_clip
from tests.trust.nginx import BEHIND, NGINX, behind_nginx

AXE = files("axe_playwright_python").joinpath("axe.min.js")
SERIOUS = ("serious", "critical")
# A button on its way from greyed to enabled has no colour of its own yet; what turns for ever is let turn.
AT_REST = """() => document.getAnimations().every(
    each => each.playState !== "running" || each.effect.getComputedTiming().endTime === Infinity)"""


def serious_violations(window) -> list[str]:
    window.page.wait_for_function(AT_REST)
    window.page.evaluate(AXE.read_text("utf-8"))
    found = window.page.evaluate("axe.run()")
    assert "color-contrast" in {each["id"] for each in found["passes"]}, "axe did not look"
    return [
        f"{each['id']}: {json.dumps([node['html'][:160] for node in each['nodes']][:3])}"
        for each in found["violations"]
        if each["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_a_page_with_everything_open(open_window, clip, scheme):
    window = open_window("zh-CN" if scheme == "dark" else "en-US", color_scheme=scheme)
    window.page.wait_for_timeout(500)  # the page fades in
    assert serious_violations(window) == [], "before a clip is chosen"
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.open_settings()
    window.open_keep()
    window.page.click("[data-tool=down]")
    window.page.wait_for_selector("#rt-reason textarea")
    window.page.click("[data-tool=edit]")
    window.page.wait_for_selector(".rt-editing")
    window.page.wait_for_timeout(500)
    assert serious_violations(window) == []


def test_a_slash_goes_to_the_question_and_escape_stops_the_answer(window, clip):
    window.upload(clip)
    window.page.locator(".rt-frame").first.focus()
    window.page.keyboard.press("/")
    focused = "() => document.activeElement === document.querySelector('#rt-question textarea')"
    assert window.page.evaluate(focused)
    window.page.keyboard.type(f"a/b {SLOW[window.lang]}")
    assert window.page.input_value("#rt-question textarea").startswith("a/b")
    window.page.keyboard.press("Enter")
    window.page.wait_for_function(
        "() => document.querySelector('[data-testid=bot]')?.innerText.includes('3 4 5')"
    )
    window.page.keyboard.press("Escape")
    window.wait_for_answers(1)
    assert window.t("chat.stopped") in window.answers()[0]


def test_a_conversation_needs_no_mouse(window):
    """From the top of the page by Tab alone: an example clip, a suggested question, a thumb up."""
    for selector in (".rt-example", ".rt-chip", "[data-tool=up]"):
        window.page.wait_for_selector(selector)
        window.page.evaluate("document.activeElement.blur()")
        reach(window, selector)
        ring = window.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", f"the focus on {selector} cannot be seen"
        window.page.keyboard.press("Enter")
        if selector == ".rt-example":
            window.page.wait_for_selector(".rt-frame")
        elif selector == ".rt-chip":
            window.wait_for_answers(1)
    window.page.wait_for_selector("[data-tool=up][aria-pressed=true]")


def reach(window, selector: str) -> None:
    for _ in range(60):
        window.page.keyboard.press("Tab")
        if window.page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            return
    pytest.fail(f"{selector} cannot be reached by Tab")


def test_a_screen_reader_hears_an_answer_once_and_whole(window, clip):
    window.upload(clip)
    window.page.evaluate(
        """() => {
          window.heard = [];
          new MutationObserver(() => window.heard.push(document.querySelector(".rt-spoken").textContent))
            .observe(document.querySelector(".rt-spoken"), { childList: true, characterData: true });
        }"""
    )
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.page.wait_for_function("() => window.heard.length > 0")
    (heard,) = window.page.evaluate("window.heard")
    assert "0:03" in heard
    assert window.t("chat.thinking") not in heard
    assert window.page.get_attribute("#rt-chat [role=log]", "aria-live") == "off"


def paused(window) -> bool:
    return window.page.evaluate("document.querySelector('#rt-player video').paused")


def test_the_player_is_used_by_keyboard_and_seen_while_it_is(window, clip):
    window.upload(clip)
    label = window.t("clip.play")
    reach(window, f"#rt-player [aria-label='{label}']")
    window.page.wait_for_function(
        "() => getComputedStyle(document.querySelector('#rt-player .controls')).opacity == 1"
    )
    window.page.keyboard.press("Tab")
    window.page.wait_for_timeout(200)
    assert paused(window), "Tab passes by"
    window.page.focus(f"#rt-player [aria-label='{label}']")
    window.page.keyboard.press("Enter")
    window.page.wait_for_function("() => !document.querySelector('#rt-player video').paused")
    window.page.focus(f"#rt-player [aria-label='{window.t('clip.full_screen')}']")
    window.page.keyboard.press("Enter")
    window.page.wait_for_function("() => document.fullscreenElement")


def test_the_focus_is_handed_on_where_its_button_goes(window, clip):
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    reach(window, "#rt-retry")
    window.page.keyboard.press("Enter")
    window.page.wait_for_function("() => document.activeElement.matches('#rt-question textarea')")
    window.wait_for_answers(1)
    window.page.evaluate("document.activeElement.blur()")
    reach(window, ".rt-add")
    window.page.keyboard.press("Enter")
    window.page.wait_for_function(
        "() => document.activeElement.matches('#rt-player .upload-container > button')"
    )


def test_every_stop_of_the_tab_key_is_seen(window, clip):
    """By a ring around it or around its label, or, in the question's box, by its border."""
    window.upload(clip)
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.open_settings()
    window.page.evaluate("document.activeElement.blur()")
    seen = """() => {
      const it = document.activeElement;
      const style = getComputedStyle(it);
      const ringed = (each) => getComputedStyle(each).outlineStyle !== "none";
      const inside = it.matches("#rt-language input") ? it.closest("label") : it;
      return [it === document.body, ringed(inside) || style.boxShadow !== "none", it.outerHTML.slice(0, 200)];
    }"""
    unseen = []
    for _ in range(100):
        window.page.keyboard.press("Tab")
        end, visible, what = window.page.evaluate(seen)
        if end:
            break
        if not visible:
            unseen.append(what)
    assert end, "the Tab key never came to the end of the page"
    assert unseen == []


def test_arrows_lead_from_one_choice_to_the_next_and_tab_past_them(window):
    other = {"en": "zh", "zh": "en"}[window.lang]
    window.page.focus(f"#rt-language input[value={window.lang}]")
    window.page.keyboard.press("ArrowRight")
    window.lang = other
    window.page.wait_for_function("title => document.title === title", arg=window.t("page.title"))
    focused = "() => document.activeElement.value"
    assert window.page.evaluate(focused) == other
    window.page.keyboard.press("Tab")
    assert not window.page.evaluate("() => document.activeElement.matches('#rt-language input')")


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    server = DemoServer(tmp_path_factory.mktemp("closed"), [], accounts=[("ada", "secret 密")])
    yield server
    server.close()


@pytest.mark.parametrize(("locale", "word", "lang"), [("en-GB", "Password", "en"), ("zh-CN", "密码", "zh")])
def test_an_account_is_asked_for_by_name_in_fields_that_are_seen(
    browser: Browser, closed, locale, word, lang
):
    context = browser.new_context(locale=locale)
    page = context.new_page()
    page.goto(closed.url)
    page.wait_for_selector("text=ReelTalk 影语")
    assert word.lower() in page.inner_text("body").lower()
    name, password = page.locator("input").all()
    for field in (name, password):
        assert field.evaluate("(it) => getComputedStyle(it).borderTopWidth") == "1px"
    name.fill("ada")
    password.fill("secret 密")
    password.press("Enter")
    page.wait_for_selector(f"text={t('chat.empty_title', lang)}")
    context.close()


def test_whoever_guesses_is_told_when_to_try_again(browser: Browser, tmp_path):
    server = DemoServer(tmp_path, [], accounts=[("ada", "secret")])
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(server.url)
    said = []
    for _ in range(6):
        page.fill("[name=username]", "ada")
        page.fill("[name=password]", "guess")
        with page.expect_navigation():
            page.press("[name=password]", "Enter")
        said.append(page.inner_text("[role=alert]"))
    assert said[0] == t("sign_in.wrong", "zh")
    assert re.sub(r"\d+", "#", said[-1]) == t("sign_in.too_often", "zh", minutes="#", seconds="#")
    context.close()
    server.close()


def test_a_script_that_is_smuggled_into_the_page_does_not_run(open_window):
    window = open_window("en-US")
    window.page.evaluate(
        """() => {
          document.body.insertAdjacentHTML("beforeend", "<img src=none onerror='window.smuggled = 1'>");
          const script = document.createElement("script");
          script.textContent = "window.smuggled = 1";
          document.body.append(script);
        }"""
    )
    window.page.wait_for_timeout(100)
    assert window.page.evaluate("window.smuggled") is None
    assert len(window.refused) == 2
    window.refused.clear()


@pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
def test_the_page_works_behind_nginx_under_a_path(open_window, tmp_path, clip):
    example = Example(write_clip(tmp_path / "examples" / "red.mp4"), {"en": "Red", "zh": "红"})
    server = DemoServer(tmp_path, [example], able=True, more=BEHIND)
    subtitles = tmp_path / "mine.srt"
    subtitles.write_text("1\n00:00:00,000 --> 00:00:03,000\nHello there.\n")
    try:
        with behind_nginx(server, tmp_path) as url:
            server.url = f"{url}/reeltalk/"
            window = open_window("en-US", server, ignore_https_errors=True)
            loaded = "() => document.querySelector('.rt-example video')?.readyState > 0"
            window.page.wait_for_function(loaded)
            window.page.click(".rt-example")
            window.page.wait_for_selector(".rt-frame")
            window.page.wait_for_function("() => document.querySelector('#rt-player video')?.readyState > 0")
            window.page.set_input_files("#rt-said-row input[type=file]", subtitles)
            window.page.wait_for_selector(f"text={window.t('said.read', name='mine.srt')}")
            window.ask(QUESTION["en"])
            window.wait_for_answers(1)
            assert "red square" in window.answers()[0]
            assert window.errors == []
            window.page.close()
    finally:
        server.close()
