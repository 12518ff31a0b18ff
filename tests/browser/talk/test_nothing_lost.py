"""Nothing that a visitor said or brought is lost by an accident, in a real browser."""

from playwright.sync_api import expect

from tests.browser.conftest import Window
from tests.browser.test_keeping import save, talk
from tests.browser.test_page import ANSWER, QUESTION, SLOW, assert_speaks

UNDO = ".rt-undone button"
LATE = """(() => {
  const fetched = window.fetch;
  let streams = 0;
  const late = {
    async transform(chunk, controller) {
      const text = new TextDecoder().decode(chunk);
      const [, before, last] = /^(.*?)(data: {"msg":"close_stream".*)?$/s.exec(text);
      controller.enqueue(new TextEncoder().encode(before));
      if (!last) return;
      await new Promise((resolve) => setTimeout(resolve, 3000));
      controller.enqueue(new TextEncoder().encode(last));
    },
  };
  window.fetch = async (resource, options) => {
    const response = await fetched(resource, options);
    if (!/queue.data/.test(resource.url ?? resource) || streams++) return response;
    return new Response(response.body.pipeThrough(new TransformStream(late)), { headers: response.headers });
  };
})()"""


def test_what_an_event_shows_is_seen_though_the_end_of_the_one_before_is_heard_late(browser, server, clip):
    context = browser.new_context(locale="zh-CN")
    context.add_init_script(LATE)
    window = Window(context, server, "zh")
    window.upload(clip)
    window.ask(QUESTION["zh"])
    window.wait_for_answers(1)
    context.close()


def test_a_question_sent_while_offline_is_in_the_box_again_once_there_is_a_server(window, clip):
    talk(window, clip)
    window.context.set_offline(True)
    window.ask(QUESTION[window.lang])
    window.page.wait_for_selector(f"text={window.t('page.connection_lost')}")
    with window.page.expect_navigation():
        window.context.set_offline(False)
    window.wait_until_ready()
    box = window.page.locator("#rt-question textarea")
    expect(box).to_have_value(QUESTION[window.lang])
    window.page.wait_for_selector(".rt-frame")
    box.press("Enter")
    window.wait_for_answers(2)
    assert window.questions() == [QUESTION[window.lang]] * 2


def test_an_example_is_found_again_by_a_server_that_was_started_anew(window, monkeypatch):
    window.page.click(".rt-example >> nth=1")
    window.page.wait_for_selector(".rt-frame")
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(1)
    window.page.wait_for_timeout(300)
    monkeypatch.setattr("demo.keep.clips.KeptClips.again", lambda self, clip_id, host: None)
    for _ in range(2):
        window.reload()
        window.page.wait_for_selector(".rt-frame")
        assert window.questions() == [QUESTION[window.lang]]
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(2)


def test_a_cleared_chat_can_be_brought_back(window, clip):
    talk(window, clip)
    window.page.click("#rt-clear")
    window.page.wait_for_selector(f".rt-undone:has-text('{window.t('undo.chat')}')")
    assert window.questions() == []
    assert_speaks(window, window.lang)
    window.page.click(UNDO)
    window.page.wait_for_selector(f"#rt-chat :text('{QUESTION[window.lang]}')")
    assert window.page.locator(".rt-undone").count() == 0
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(2)
    window.page.click("#rt-undo")
    window.page.click(UNDO)
    window.wait_for_answers(2)
    assert window.questions() == [QUESTION[window.lang]] * 2


def test_a_removed_clip_leaves_an_empty_page_and_comes_back_with_what_was_said(window, clip):
    talk(window, clip)
    crosses = window.page.locator("#rt-watch button:visible").filter(has_text="×")
    assert crosses.count() == 1, "there is one cross for a clip"
    assert not window.page.locator("#rt-player .top-panel button").first.is_visible()
    window.page.click(".rt-remove")
    window.page.wait_for_selector(f"text={window.t('undo.clip', name='mine.mp4')}")
    window.page.wait_for_selector(f"text={window.t('chat.empty_title')}")
    expect(window.page.locator(".rt-frame")).to_have_count(0)
    window.page.click(UNDO)
    window.page.wait_for_selector(".rt-frame")
    assert window.questions() == [QUESTION[window.lang]]
    window.ask(QUESTION[window.lang])
    window.wait_for_answers(2)


def test_what_is_said_since_ends_the_offer_and_it_goes_by_itself(open_window, clip):
    window = open_window("zh-CN")
    window.page.clock.install()
    talk(window, clip)
    window.page.click("#rt-clear")
    window.page.wait_for_selector(UNDO)
    window.page.mouse.move(5, 5)
    window.page.clock.run_for(10_500)
    window.page.wait_for_selector(UNDO, state="hidden")
    window.ask(QUESTION["zh"])
    window.wait_for_answers(1)
    window.page.click("#rt-clear")
    window.page.wait_for_selector(UNDO)
    window.ask(QUESTION["zh"])
    window.wait_for_answers(1)
    assert window.page.locator(UNDO).count() == 0


def test_a_stopped_answer_says_so_on_the_page_and_in_every_file(window, clip, tmp_path):
    window.upload(clip)
    window.ask(SLOW[window.lang])
    window.page.wait_for_function(
        "() => document.querySelector('[data-testid=bot]')?.innerText.includes('8 9 10')"
    )
    window.page.click("#rt-stop")
    window.wait_for_answers(1)
    said = window.t("chat.stopped")
    expect(window.page.locator(".rt-stopped")).to_have_text(said)
    window.reload()
    expect(window.page.locator(".rt-stopped")).to_have_text(said)
    assert window.t("export.stopped", answer="").strip() in save(window, "md", tmp_path)
    assert window.t("export.stopped", answer="").strip() in save(window, "srt", tmp_path)
    assert '"finished": false' in save(window, "json", tmp_path)
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])
    window.page.click("#rt-keep-report")
    window.page.wait_for_selector("#rt-keep-report.rt-done")
    assert said in window.page.evaluate("navigator.clipboard.readText()")


def test_an_answer_stopped_before_its_first_word_offers_nothing_to_copy_or_rate(
    open_window, clip, monkeypatch
):
    window = open_window("en-US")
    window.upload(clip)
    monkeypatch.setattr("tests.demo.server.FAST", 0)  # the first word comes late
    monkeypatch.setattr("tests.demo.server.PACE", 3.0)
    window.ask(QUESTION["en"])
    window.page.wait_for_selector(f"#rt-chat :text('{window.t('chat.thinking')}')")
    window.page.wait_for_timeout(700)
    window.page.click("#rt-stop")
    window.page.wait_for_selector("#rt-send", state="visible")
    monkeypatch.undo()
    assert window.page.locator(":is([data-tool=copy], [data-tool=up])").count() == 0
    window.ask(QUESTION["en"])
    window.page.wait_for_selector("[data-tool=up]")
    assert ANSWER["en"] in window.answers()[-1]
