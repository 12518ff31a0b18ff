"""The page that asks who somebody is, in a real browser: gradio's own, made to look like ours."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from demo.i18n import t
from tests.demo_server import DemoServer


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
