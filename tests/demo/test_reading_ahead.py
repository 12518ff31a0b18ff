"""The page reads ahead while nobody asks: the first question finds its clip read, and nobody waits for it."""

import threading
import time
from types import SimpleNamespace

import pytest

from core import Conversation, Cue, Subtitles
from core.engine import read_ahead
from demo.chat.answer import Answer, AnswerSettings
from demo.clip.reading import ClipView, Reading
from demo.models.pool import Models
from demo.models.reading_ahead import ReadingAhead
from demo.page.i18n import t
from demo.server.tabs import Tab, Tabs
from demo.server.talks import Talk
from tests.demo.client import ask, connect, open_clip, wait_for
from tests.demo.server import ANSWERS, DemoServer, write_clip

QUESTION = "What is it?"
PIECE = 8


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "read-ahead"]


def wait_for_readers() -> None:
    wait_for(lambda: not readers())


def own_tokens(model, question: str, answer: str = "") -> int:
    """What a question costs where all before it has been read."""
    texts = (question + model.template.after_question, answer)
    return sum(len(model.tokenizer(text)["input_ids"]) for text in texts)


@pytest.fixture
def models(chat, monkeypatch):
    """Two models, which both are the tiny one; only the first is loaded."""
    monkeypatch.setattr(read_ahead, "PIECE", PIECE)
    models = Models(["tiny", "other"], lambda name, progress: chat)
    models.start()
    assert models.first.wait(5)
    yield models
    wait_for_readers()


@pytest.fixture
def tab(models, chat, clip_file) -> Tab:
    return Tab("en", models.first, talks=[talk_about(models.first, chat.open(clip_file))])


def talk_about(host, clip) -> Talk:
    reading = Reading("/clips/a.mp4", 8, host)
    reading.clip = ClipView.of(clip)
    reading.done.set()
    return Talk(reading, Conversation(clip.key))


def fed_by_question(chat, tab) -> int:
    before = chat.model.fed_tokens
    next(chat.ask(tab.talk.conversation, QUESTION), None)
    return chat.model.fed_tokens - before


@pytest.mark.slow
def test_the_first_question_on_the_page_costs_its_own_tokens_only(tmp_path):
    server = DemoServer(tmp_path, [])
    try:
        client, model = connect(server), server.models.first.chat.model
        open_clip(client, write_clip(tmp_path / "red.mp4"))
        wait_for_readers()
        before = model.fed_tokens
        assert ANSWERS["en"].split()[0] in ask(client, QUESTION)[-1][1]
        assert model.fed_tokens - before == own_tokens(model, QUESTION, ANSWERS["en"])
        client.predict(api_name="/clear")
        before = model.fed_tokens
        ask(client, QUESTION)
        assert model.fed_tokens - before <= own_tokens(model, QUESTION, ANSWERS["en"]), (
            "the clip is still read"
        )
    finally:
        server.close()


def test_what_is_said_in_the_clip_is_read_ahead_too(models, chat, tab):
    tab.talk.subtitles = Subtitles("a.srt", (Cue(0.0, 1.0, "Hello."),))
    ReadingAhead(models).begin(tab)
    wait_for_readers()
    assert tab.talk.conversation.subtitles
    assert fed_by_question(chat, tab) == own_tokens(chat.model, QUESTION)


def test_nothing_is_read_ahead_while_somebody_asks_and_then_it_is(models, chat, tab):
    with models.turn.asking():
        ReadingAhead(models).begin(tab)
        time.sleep(0.3)
        assert readers()
        assert chat.model.fed_tokens == 0
    wait_for_readers()
    assert fed_by_question(chat, tab) == own_tokens(chat.model, QUESTION)


class HeldPieces:
    """The model reads a piece only when it is let."""

    def __init__(self, chat, monkeypatch) -> None:
        self.begun, self.let = threading.Semaphore(0), threading.Semaphore(0)
        read = chat.model.read

        def held(prompt, already, cache):
            self.begun.release()
            assert self.let.acquire(timeout=20)
            return read(prompt, already, cache)

        monkeypatch.setattr(chat.model, "read", held)


@pytest.fixture
def pieces(models, chat, tab, monkeypatch):
    """Reading ahead is within its first piece."""
    held = HeldPieces(chat, monkeypatch)
    ReadingAhead(models).begin(tab)
    assert held.begun.acquire(timeout=20)
    yield held
    held.let.release(1000)


def test_a_question_waits_for_one_piece(models, chat, tab, pieces):
    with models.turn.asking():
        assert not models.turn.acquire(timeout=0.05)
        pieces.let.release()
        assert models.turn.acquire(timeout=5)
        assert chat.model.fed_tokens == PIECE
        models.turn.release()
    assert pieces.begun.acquire(timeout=5), "it goes on afterwards"


def test_who_waits_for_a_piece_is_not_told_of_a_queue(models, tab, pieces):
    written = Answer(models, tab, QUESTION, None, AnswerSettings("en", 0.0, 8, True)).write()
    waiting = [str(next(written)[-1]) for _ in range(4)]
    assert all(t("chat.thinking", "en") in each for each in waiting)
    with models.turn.asking():  # another visitor
        assert t("chat.queue", "en") in str(next(written)[-1])
    pieces.let.release(1000)
    for _ in written:
        pass
    assert tab.talk.turns[0].finished


@pytest.mark.parametrize("how", ["closed", "another clip", "cleared", "forgotten", "asked"])
def test_it_ends_with_its_reason(models, chat, tab, pieces, how):
    tabs = Tabs(models.first, models.forget)
    if how == "closed":
        tab.closed_at = time.monotonic()
    elif how == "another clip":
        tab.place_for_clip()
    elif how == "cleared":
        tabs.begin_anew(tab)
    elif how == "forgotten":
        tabs.end_conversation(tab)
    else:
        tab.talk.conversation.turns.append(SimpleNamespace())
    pieces.let.release()
    wait_for_readers()
    assert chat.model.fed_tokens == PIECE
    assert (chat._kv.bytes() == 0) == (how == "forgotten")


def test_a_model_that_is_not_in_memory_is_not_loaded_for_it(models, chat, tab):
    other = models.by_key("other")
    tab.talk.reading.host = tab.host = other
    ReadingAhead(models).begin(tab)
    wait_for_readers()
    assert not other.loaded
    assert chat.model.fed_tokens == 0


def test_a_model_whose_room_another_needs_is_given_up_after_a_piece(models, chat, tab, monkeypatch):
    other = models.by_key("other")
    with models.use(other):
        assert other.wait(5)
    tab.talk.reading.host = tab.host = other
    held = HeldPieces(chat, monkeypatch)
    ReadingAhead(models).begin(tab)
    assert held.begun.acquire(timeout=20)
    models.first.begin()  # stands for a third one that is being loaded
    held.let.release()
    wait_for_readers()
    assert chat.model.fed_tokens == PIECE


def test_a_clip_that_the_engine_has_lost_is_the_questions_matter(models, chat, tab, caplog):
    tab.talk.conversation = Conversation("gone")
    tab.talk.reading.clip = ClipView("gone", "a.mp4", 4.0, False, (1.0,), ("data:,",))
    ReadingAhead(models).begin(tab)
    wait_for_readers()
    assert not caplog.records
