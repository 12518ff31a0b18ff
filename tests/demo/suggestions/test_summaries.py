"""A clip is summed up while nobody asks, and whoever asks goes first."""

import threading

import pytest

from core import Conversation
from demo.clip.reading import ClipView, Reading
from demo.models.pool import Models
from demo.server.tabs import Tab
from demo.server.talks import Talk
from demo.suggestions.summary import Summary
from demo.suggestions.summing_up import SummingUp
from tests.demo.client import wait_for

QUESTION = "What is it?"


def workers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "sum-up"]


@pytest.fixture
def models(chat):
    models = Models(["tiny"], lambda name, progress: chat)
    models.start()
    assert models.first.wait(5)
    yield models
    wait_for(lambda: not workers())


@pytest.fixture
def tab(models, chat, clip_file) -> Tab:
    clip = chat.open(clip_file)
    reading = Reading(str(clip_file), 8, models.first, duration=clip.duration)
    reading.clip = ClipView.of(clip)
    reading.done.set()
    return Tab("en", models.first, talks=[Talk(reading, Conversation(clip.key))])


def test_it_is_made_in_the_language_of_the_page_and_is_no_turn_of_the_conversation(models, tab):
    SummingUp(models).begin(tab)
    wait_for(lambda: tab.talk.summary_in("en") is not None)
    assert tab.talk.turns == []
    assert tab.talk.summary_in("zh") is None
    assert tab.talk.summary.clip_key == tab.talk.clip.key


def test_it_is_begun_once_however_often_the_page_asks(models, tab):
    work = SummingUp(models)
    with models.turn.asking():
        for _ in range(3):
            work.begin(tab)
        assert len(workers()) == 1
    wait_for(lambda: tab.talk.summary_in("en") is not None)


def test_who_asks_meanwhile_goes_first_and_after_a_question_there_is_none(models, chat, tab):
    with models.turn.asking():  # another visitor
        SummingUp(models).begin(tab)
        assert tab.talk.summary is None
        next(chat.ask(tab.talk.conversation, QUESTION), None)
    wait_for(lambda: not workers())
    assert tab.talk.summary is None


def test_a_question_stops_it_within_a_token(models, chat, tab, monkeypatch):
    begun, stopped = threading.Event(), threading.Event()

    def endless(conversation, question, settings, stop):
        while not stop.is_set():
            begun.set()
            yield "word "
        stopped.set()

    monkeypatch.setattr(chat, "ask", endless)
    SummingUp(models).begin(tab)
    assert begun.wait(20)
    with models.turn.asking():
        assert models.turn.acquire(timeout=20)
        tab.talk.conversation.turns.append(object())
        models.turn.release()
    assert stopped.is_set()
    wait_for(lambda: not workers())


def test_what_is_heard_later_makes_it_be_made_anew(tab):
    key = tab.talk.clip.key
    tab.talk.summary = Summary("A cat.", key, "en", frozenset({"heard"}))
    assert tab.talk.summary_in("en") is None, "nothing is known to have been heard"
    tab.talk.summary = Summary("A cat.", key, "en", frozenset())
    assert tab.talk.summary_in("en") == "A cat."


def test_a_question_after_it_is_answered_as_if_there_were_none(models, chat, tab):
    expected = "".join(chat.ask(Conversation(tab.talk.clip.key), QUESTION))
    SummingUp(models).begin(tab)
    wait_for(lambda: tab.talk.summary_in("en") is not None)
    assert "".join(chat.ask(tab.talk.conversation, QUESTION)) == expected
