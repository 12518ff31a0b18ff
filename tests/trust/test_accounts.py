"""Accounts: without one nothing answers, passwords cannot be guessed, and a cookie is of no use elsewhere."""

from collections.abc import Iterator

import httpx
import pytest

from demo.page.i18n import LANGUAGES, t
from demo.server.guard.throttle import FORGET, Throttle
from tests.demo.server import DemoServer

PAGE = {"accept": "text/html"}
PASSWORDS = {"ada": "secret", "小明": "密码"}


@pytest.fixture
def closed(tmp_path) -> Iterator[DemoServer]:
    server = DemoServer(tmp_path, [], accounts=list(PASSWORDS.items()))
    yield server
    server.close()


def sign_in(
    server: DemoServer, name: str = "ada", password: str | None = None, **headers: str
) -> httpx.Response:
    data = {"username": name, "password": PASSWORDS[name] if password is None else password}
    return httpx.post(f"{server.url}login", data=data, headers=headers, timeout=60)


def test_without_an_account_nothing_of_the_page_answers(closed: DemoServer):
    for path in ("config", "theme.css", "assets/index.js", "gradio_api/info", "gradio_api/heartbeat/abc"):
        assert httpx.get(closed.url + path).status_code == 401, path
    for path in ("queue/join", "cancel", "upload", "run/ask", "reset"):
        assert httpx.post(f"{closed.url}gradio_api/{path}", json={}).status_code == 401, path
    assert "gradio" not in httpx.get(closed.url).text
    assert httpx.get(f"{closed.url}health").status_code in (200, 503)


@pytest.mark.parametrize("name", PASSWORDS)
def test_a_cookie_opens_the_page_and_is_of_no_use_to_other_sites(closed: DemoServer, name: str):
    answer = sign_in(closed, name)
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert httpx.get(f"{closed.url}config", cookies=answer.cookies).json()["username"] == name
    assert (
        httpx.get(f"{closed.url}config", cookies=dict.fromkeys(answer.cookies, "guessed")).status_code == 401
    )
    assert httpx.get(f"{closed.url}gradio_api/token", cookies=answer.cookies).status_code == 404


def test_a_browser_is_led_to_the_page_and_signs_out(closed: DemoServer):
    browser = httpx.Client(base_url=closed.url, headers=PAGE)
    answer = browser.post("/login", data={"username": "ada", "password": "secret"})
    assert (answer.status_code, answer.headers["location"]) == (303, "./")
    token = dict(browser.cookies)
    assert "gradio" in browser.get("/").text
    browser.get("/logout", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"})
    assert "gradio" in browser.get("/").text, "a link elsewhere signs nobody out"
    assert browser.get("/logout").status_code == 303
    assert httpx.get(f"{closed.url}config", cookies=token).status_code == 401


@pytest.mark.parametrize("lang", LANGUAGES)
def test_guessing_is_slowed_down_with_a_clear_message(closed: DemoServer, lang: str):
    guesses = [sign_in(closed, password="guess", **PAGE, **{"accept-language": lang}) for _ in range(8)]
    assert [each.status_code for each in guesses] == [401] * 5 + [429] * 3
    assert t("sign_in.wrong", lang) in guesses[0].text
    wait = int(guesses[-1].headers["retry-after"])
    assert 0 < wait <= 15
    assert t("sign_in.too_often", lang, minutes=0, seconds=wait) in guesses[-1].text
    assert sign_in(closed).status_code == 429, "not even the right one: it may be a guess, too"
    assert "set-cookie" not in sign_in(closed).headers
    assert "Too many" in sign_in(closed, "小明").json()["detail"], "of the same address"


def test_a_form_that_never_ends_is_not_read(closed: DemoServer):
    assert sign_in(closed, password="a" * 10**6).status_code == 401


def test_a_session_hash_of_another_account_is_worth_nothing(closed: DemoServer):
    ada, ming = sign_in(closed).cookies, sign_in(closed, "小明").cookies
    body = {"data": [], "fn_index": 0, "session_hash": "seen in an address"}
    join = f"{closed.url}gradio_api/queue/join"
    assert httpx.post(join, json=body, cookies=ada).status_code != 404
    assert httpx.post(join, json=body, cookies=ming).status_code == 404
    stream = f"{closed.url}gradio_api/queue/data?session_hash=seen%20in%20an%20address"
    assert httpx.get(stream, cookies=ming).status_code == 404
    assert (
        httpx.get(f"{closed.url}gradio_api/heartbeat/seen%20in%20an%20address", cookies=ming).status_code
        == 404
    )


def test_each_miss_doubles_the_wait_up_to_a_quarter_of_an_hour():
    now = 0.0
    throttle = Throttle(lambda: now)
    waits = []
    for _ in range(14):
        throttle.missed("9.9.9.9", "ada")
        waits.append(throttle.wait("9.9.9.9", "someone else"))
        now += waits[-1]
    assert waits == [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900, 900]
    now += FORGET + 1
    throttle.missed("9.9.9.9", "ada")
    assert throttle.wait("9.9.9.9", "ada") == 0


def test_who_guesses_from_many_addresses_waits_too_but_locks_nobody_out():
    throttle = Throttle(lambda: 0.0)
    for number in range(100):
        throttle.missed(f"9.9.9.{number}", "ada")
    assert throttle.wait("1.1.1.1", "ada") == 60
    assert throttle.wait("1.1.1.1", "bob") == 0
    throttle.hit("ada")
    assert throttle.wait("1.1.1.1", "ada") == 0


def test_addresses_of_one_household_are_one():
    throttle = Throttle(lambda: 0.0)
    for number in range(5):
        throttle.missed(f"2001:db8::{number}", "ada")
    assert throttle.wait("2001:db8::ffff", "bob") > 0
    assert throttle.wait("2001:db8:0:1::1", "bob") == 0


def test_right_passwords_do_not_make_up_for_guesses_at_others():
    throttle = Throttle(lambda: 0.0)
    for _ in range(5):
        throttle.missed("9.9.9.9", "ada")
        throttle.hit("eve")
    assert throttle.wait("9.9.9.9", "ada") > 0
