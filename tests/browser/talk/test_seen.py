"""What is seen when, below the bar of the clip's time, in a real browser."""

from playwright.sync_api import expect


def test_a_thing_has_its_name_in_the_page_s_language_and_the_keyboard_jumps_to_where_it_is_seen(window, clip):
    window.upload(clip)
    seen = window.page.locator(".rt-sight")
    expect(seen).to_have_text({"en": "square", "zh": "方块"}[window.lang])
    window.page.evaluate("window.reelTalk.seek(2)")
    seen.focus()
    window.page.keyboard.press("Enter")
    window.page.wait_for_function("() => document.querySelector('#rt-player video').currentTime < 0.1")
    window.switch_to("en" if window.lang == "zh" else "zh")
    expect(seen).to_have_text({"en": "square", "zh": "方块"}[window.lang])
