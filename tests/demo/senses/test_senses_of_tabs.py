"""Senses at work for tabs: begun, stopped, switched off; and what of them reaches the conversation."""

import threading
from types import SimpleNamespace

import pytest

from core import Conversation, Cue, SensePlaces, SenseState, Subtitles, VideoLimits
from demo.clip.reading import ClipView, Reading
from demo.keep.transcripts import srt_lines, to_json, to_markdown
from demo.models.pool import Models
from demo.page.i18n import t
from demo.senses.choice import SenseChoice, offered
from demo.senses.words import lines_html, state_html
from demo.senses.work import SensesOfTabs
from demo.server.tabs import Tab, Tabs
from demo.server.talks import Talk
from demo.suggestions.starters import Starters

SAID = Cue(1.0, 2.0, "Hello.", source="heard")
WRITTEN = Cue(0.0, 3.0, "EXIT", source="read")
EVIL = Cue(0.0, 1.0, '<script>alert(1)</script> ${2*3} {{4}} & "q"', source="subtitles")


class PretendedWork:
    """As `SensesAtWork`; a test says how far it is."""

    def __init__(self, names) -> None:
        self.now = {name: SenseState(name, "waiting") for name in names}
        self.stopped = False

    def states(self):
        return tuple(self.now.values())

    def wait(self, seconds=None):
        return all(state.over for state in self.now.values())

    def stop(self):
        self.stopped = True

    def cues(self):
        found = [state for state in self.now.values() if state.phase == "done" and state.name != "subtitles"]
        return {{"hearing": "heard", "reading": "read"}[state.name]: state.cues for state in found}

    def finish(self, **cues):
        for name in self.now:
            found = cues.get(name, ())
            reason = {"hearing": "nothing_said", "reading": "no_text", "subtitles": "no_tracks"}[name]
            self.now[name] = SenseState(name, "done", 1.0, found, "" if found else reason)


@pytest.fixture
def begun(chat, monkeypatch):
    """All work that was begun, by what was asked for."""
    begun: list[tuple[tuple[str, ...], str, PretendedWork]] = []

    def senses(path, names, options, limits, places):
        work = PretendedWork(names)
        begun.append((tuple(names), options.language, work))
        return work

    monkeypatch.setattr(chat, "senses", senses)
    monkeypatch.setattr("demo.senses.work.installed_senses", lambda: ("subtitles", "hearing", "reading"))
    return begun


@pytest.fixture
def models(chat, begun):
    models = Models(["tiny"], lambda name, progress: chat)
    models.start()
    assert models.first.wait(5)
    return models


@pytest.fixture
def senses(models):
    return SensesOfTabs(models, VideoLimits(), 1)


@pytest.fixture
def tab(models, chat, clip_file):
    clip = chat.open(clip_file)
    reading = Reading(str(clip_file), 8, models.first, duration=clip.duration)
    reading.clip = ClipView.of(clip)
    reading.done.set()
    return Tab("en", models.first, talks=[Talk(reading, Conversation(clip.key))])


def test_a_clip_is_heard_and_read_once_however_often_the_page_asks(senses, tab, begun):
    senses.begin(tab)
    senses.begin(tab)
    assert [names for names, _, _ in begun] == [("subtitles", "hearing"), ("reading",)]
    assert not senses.over(tab)


def test_what_is_found_joins_the_conversation_under_the_same_id(senses, tab, begun, models):
    senses.begin(tab)
    before = tab.talk.spoken_with(models.first, models.forget)
    assert dict(before.cues) == {}
    begun[0][2].finish(hearing=(SAID,))
    begun[1][2].finish()
    now = tab.talk.spoken_with(models.first, models.forget)
    assert now is before
    assert dict(now.cues) == {"heard": (SAID,), "read": ()}
    assert senses.over(tab)


def test_only_what_lies_in_the_chosen_range_joins(senses, tab, begun, models):
    senses.begin(tab)
    begun[0][2].finish(hearing=(SAID, Cue(5.0, 6.0, "Later.", source="heard")))
    tab.talk.reading.span = (4.0, 7.0)
    assert [cue.text for cue in tab.talk.subject_for(models.first).cues["heard"]] == ["Later."]


def test_a_switch_takes_what_it_brought_out_of_the_next_prompt_and_stops_the_work(senses, tab, begun, models):
    senses.begin(tab)
    begun[0][2].finish(hearing=(SAID,))
    tab.senses = SenseChoice(hear=False)
    senses.begin(tab)
    assert "heard" not in tab.talk.spoken_with(models.first, models.forget).cues
    tab.senses = SenseChoice(hear=False, read=False)
    senses.begin(tab)
    assert begun[1][2].stopped
    assert tab.talk.senses == {}
    tab.senses = SenseChoice()
    senses.begin(tab)
    assert len(begun) == 4


def test_a_sense_that_the_model_has_no_use_for_waits_for_its_switch(senses, tab, begun, models):
    models.first.senses = ("subtitles", "hearing")
    senses.begin(tab)
    assert [names for names, _, _ in begun] == [("subtitles", "hearing")]
    tab.senses = SenseChoice.beside(models.first.senses, hear=True, read=True, speech="auto")
    senses.begin(tab)
    assert begun[1][0] == ("reading",)


def test_a_switch_that_stands_as_the_model_has_it_is_no_choice():
    reads_by_itself = ("subtitles", "hearing")
    untouched = SenseChoice.beside(reads_by_itself, hear=True, read=False, speech="zh")
    assert untouched == SenseChoice(speech="zh")
    assert untouched.wants("read", unasked=None)
    assert SenseChoice.beside(None, hear=True, read=False, speech="auto") == SenseChoice(read=False)


def test_another_language_of_speech_is_heard_anew_and_nothing_is_read_again(senses, tab, begun):
    senses.begin(tab)
    tab.senses = SenseChoice(speech="zh")
    senses.begin(tab)
    assert [(names[-1], language) for names, language, _ in begun] == [
        ("hearing", "auto"),
        ("reading", "auto"),
        ("hearing", "zh"),
    ]
    assert begun[0][2].stopped


def test_it_goes_on_while_another_clip_is_on_the_page_and_ends_with_the_tab(senses, tab, begun, models):
    tabs = Tabs(models.first, models.forget)
    tabs.when_left = senses.leave
    tabs._tabs["me"] = tab
    senses.begin(tab)
    begun[1][2].finish(reading=(WRITTEN,))
    first = tab.talk
    tab.place_for_clip()
    senses.begin(tab)
    assert not begun[0][2].stopped
    tabs.close("me")
    assert begun[0][2].stopped
    assert list(first.senses) == ["read"], "what is done stays"
    tab.go_to(first)
    senses.begin(tab)
    assert len(begun) == 2, "nothing is begun for a closed tab"
    tab.closed_at = None
    senses.begin(tab)
    assert len(begun) == 3, "it came back"


def test_the_end_of_the_server_ends_all_work(senses, tab, begun):
    senses.begin(tab)
    for _, _, work in begun:
        work.finish()
    senses.close()
    assert all(work.stopped for _, _, work in begun)


def test_a_photograph_is_only_read(senses, tab, begun):
    tab.talk.reading.clip = SimpleNamespace(still=True)
    senses.begin(tab)
    assert [names for names, _, _ in begun] == [("reading",)]


def test_an_operator_switches_all_of_it_off(models, tab, begun):
    none = SensesOfTabs(models, VideoLimits(), 0)
    none.begin(tab)
    assert (none.switches, begun) == ((), [])
    assert state_html(tab, none.switches) == ""


def test_a_switch_is_offered_where_its_library_is_installed():
    assert offered(("subtitles",)) == ()
    assert offered(("subtitles", "reading")) == ("read",)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_a_sense_does_is_said_in_words(senses, tab, begun, lang):
    tab.language = lang
    senses.begin(tab)
    work = begun[0][2]
    work.now["subtitles"] = SenseState("subtitles", "done", reason="no_tracks")
    work.now["hearing"] = SenseState("hearing", "working", 0.4)
    assert t("sense.hearing.working", lang, percent=40) in state_html(tab, senses.switches)
    work.finish()
    begun[1][2].finish()
    said = state_html(tab, senses.switches)
    assert t("sense.nothing_said", lang) in said
    assert t("sense.no_text", lang) in said
    assert "rt-doing" not in said


def test_a_line_of_a_strangers_clip_is_never_markup():
    shown = lines_html([EVIL], False, "en")
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


def test_lines_stand_in_order_of_time_and_subtitles_take_the_place_of_what_was_heard(senses, tab, begun):
    senses.begin(tab)
    begun[0][2].finish(hearing=(SAID,))
    begun[1][2].finish(reading=(WRITTEN,))
    assert tab.talk.lines == (WRITTEN, SAID)
    tab.talk.subtitles = Subtitles("a.srt", (EVIL,))
    assert tab.talk.lines == (EVIL, WRITTEN)


def test_a_transcript_goes_with_the_conversation(senses, tab, begun):
    senses.begin(tab)
    begun[0][2].finish(hearing=(SAID,))
    begun[1][2].finish(reading=(WRITTEN,))
    transcript = tab.talk.transcript("tiny")
    assert "- **0:01** Hello." in to_markdown(transcript, "en")
    assert '"Hello."' in to_json(transcript, "en")
    assert "00:00:01,000 --> 00:00:02,000\nHello." in srt_lines(transcript.lines)
    assert "\n[EXIT]\n" in srt_lines(transcript.lines)


def test_suggestions_ask_after_what_was_said_and_written(senses, tab, begun):
    senses.begin(tab)
    begun[0][2].finish(hearing=(SAID,))
    begun[1][2].finish()
    starters = Starters.__new__(Starters)
    starters.starters = "starters"
    shown = starters._questions(tab)["starters"]["value"]
    assert t("starter.said", "en") in shown
    assert t("starter.written", "en") not in shown


def test_what_a_browser_kept_of_the_switches_comes_back_if_it_makes_sense():
    chosen = SenseChoice(hear=False, speech="zh")
    assert SenseChoice.from_json(chosen.as_json()) == chosen
    assert SenseChoice.from_json({"hear": "x", "speech": "klingon"}) == SenseChoice()
    assert SenseChoice.from_json([1]) == SenseChoice()


def test_places_are_taken_in_turn_and_never_two_for_the_same():
    places, stop = SensePlaces(2), threading.Event()
    order: list[str] = []
    let = threading.Event()

    def work(name: str, what: tuple[str, str]) -> None:
        with places.place(what, stop) as got:
            order.append(name if got else f"not {name}")
            assert let.wait(20) or not got

    threads = []
    for name, what in (("one", ("a", "x")), ("two", ("b", "x")), ("three", ("c", "x"))):
        threads.append(threading.Thread(target=work, args=(name, what)))
        threads[-1].start()
        threads[-1].join(0.1)
    assert order == ["one", "two"]
    let.set()
    for thread in threads:
        thread.join(20)
    assert order == ["one", "two", "three"]
    with places.place(("a", "x"), stop):
        stop.set()
        with places.place(("a", "x"), stop) as got:
            assert not got
