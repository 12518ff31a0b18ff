"""A clip that was removed and put back, in a real browser."""


def test_a_removed_clip_comes_back_with_its_player(open_window, clip):
    window = open_window("zh-CN")
    window.upload(clip)
    window.page.click(".rt-remove")
    window.page.click(".rt-undone button")
    window.page.wait_for_function("() => document.querySelector('#rt-player video')?.duration > 3")
    assert window.page.locator(".rt-frame").count() == 16
