"""Several clips of one tab: where a clip goes, what is left without one, what a browser brings back."""

import threading

import pytest
from gradio import Request
from gradio_client import handle_file
from PIL import Image

from core import Conversation, Cue, ReelTalkError, Subject, Subtitles, Turn, VideoLimits
from demo.clip.reading import ClipView, Reading
from demo.keep.removed import Removed
from demo.keep.transcripts import Transcript, to_dict, to_json
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.page.app import Page
from demo.page.i18n import t
from demo.server.tabs import MOST_CLIPS, Tab, Tabs
from demo.server.talks import Talk
from tests.demo.client import ask, connect, open_clip, plain, wait_for
from tests.demo.server import DemoServer, running_server, write_clip

HOST = ModelHost("compact", "compact", lambda name, progress: pytest.fail("nothing is to be loaded"))
TURN = Turn("What is it?", "A red square.", finished=True, seconds_to_first_token=0.1, seconds=0.5, tokens=9)
SAID = Subtitles("a.srt", (Cue(0.0, 1.0, "Hello."), Cue(2.0, 3.0, "Bye.")))


def talk_about(name: str, turns: list[Turn] | None = None) -> Talk:
    reading = Reading(f"/clips/{name}", 8, HOST)
    reading.clip = ClipView(name, name, 4.0, False, (1.0, 3.0), ("data:,", "data:,"))
    return Talk(reading, Conversation(name, turns=turns or []))


def tab_with(*talks: Talk) -> Tab:
    return Tab("en", HOST, talks=list(talks))


def test_a_clip_takes_an_empty_place_and_else_one_of_its_own():
    tab = Tab("en", HOST)
    first = tab.place_for_clip()
    assert first is tab.talks[0], "nothing was there"
    first.reading = talk_about("a.mp4").reading
    second = tab.place_for_clip()
    assert second is tab.talk is tab.talks[1]
    assert tab.place_for_clip() is second, "the place is still empty"


def test_more_clips_than_there_is_room_for_are_refused_and_none_is_lost():
    tab = tab_with(*(talk_about(f"{number}.mp4", [TURN]) for number in range(MOST_CLIPS)))
    before = list(tab.talks)
    assert tab.place_for_clip() is None
    assert tab.talks == before


def test_a_conversation_that_has_lost_its_clip_is_where_the_next_clip_goes():
    waiting = Talk(conversation=Conversation("", turns=[TURN]))
    tab = tab_with(waiting)
    assert tab.place_for_clip() is waiting


def test_an_empty_place_is_given_up_when_the_visitor_goes_elsewhere():
    one, other = talk_about("a.mp4"), talk_about("b.mp4")
    tab = tab_with(one, other)
    empty = tab.place_for_clip()
    tab.go_to(other)
    assert tab.talks == [one, other]
    assert empty not in tab.talks


def test_going_to_another_clip_ends_the_answer_that_is_written():
    one, other = talk_about("a.mp4"), talk_about("b.mp4")
    tab = tab_with(one, other)
    stop = tab.stop = threading.Event()
    tab.go_to(other)
    assert stop.is_set()
    assert tab.stop is None


def test_a_removed_clip_is_forgotten_with_its_conversation_and_compared_with_no_more():
    forgotten: list[str] = []
    tabs = Tabs(HOST, forgotten.append)
    one, other = talk_about("a.mp4", [TURN]), talk_about("b.mp4", [TURN])
    one.beside = other
    tab = tab_with(one, other)
    gone = other.conversation.id
    tabs.remove(tab, other)
    assert (tab.talks, tab.talk, one.beside, forgotten) == ([one], one, None, [gone])
    tabs.remove(tab, one)
    assert len(tab.talks) == 1
    assert tab.talk.empty


def test_a_clip_that_is_given_up_is_compared_with_no_more():
    tab = tab_with(one := talk_about("a.mp4", [TURN]), broken := Talk(Reading("/clips/b.mp4", 8, HOST)))
    one.beside = broken
    broken.reading.error = ReelTalkError("not_a_video", name="b.mp4")
    tab.go_to(broken)
    tab.go_to(one)
    assert (tab.talks, one.beside) == ([one], None)


def test_a_clip_that_is_put_back_before_it_was_read_is_read_anew():
    tabs = Tabs(HOST, lambda _: None)
    waiting = Talk(Reading("/clips/b.mp4", 8, HOST), clip_id="kept")
    tab = tab_with(talk_about("a.mp4", [TURN]), waiting)
    removed = Removed.before(tab, waiting, "clip")
    tabs.remove(tab, waiting)
    removed.put_back(tab)
    assert (tab.talk.clip_id, tab.talk.reading) == ("kept", None)


def test_what_was_said_gives_way_to_a_saved_conversation_and_can_be_put_back(tmp_path):
    page = Page(Models(["compact"], HOST.load), VideoLimits(), tmp_path, [], True)
    path = tmp_path / "talk.json"
    saved = Turn("Why?", "Because.", finished=True, seconds=1.0)
    path.write_text(to_json(Transcript([saved], "b.mp4", 1.0, "compact"), "en"), "utf-8")
    visitor = Request(session_hash="one", headers={})
    tab = page.keep.tabs.begun(visitor)
    tab.talk.conversation = Conversation("", turns=[TURN])
    tab.talk.title, before = "My holiday", tab.talk.chat_id
    tab.talk.subtitles = SAID
    page.keep.bring_back(str(path), visitor)
    assert [turn.question for turn in tab.talk.turns] == ["Why?"]
    assert (tab.talk.chat_id != before, tab.talk.title) == (True, ""), "the browser keeps both"
    tab.removed.put_back(tab)
    assert (tab.talk.turns, tab.talk.chat_id, tab.talk.title) == ([TURN], before, "My holiday")
    assert (tab.talk.subtitles, tab.talk.kept_name) == (SAID, "")


def test_the_shown_clip_gives_way_to_the_one_before_it():
    talks = [talk_about(f"{name}.mp4") for name in "abc"]
    tab = tab_with(*talks)
    tab.go_to(talks[2])
    Tabs(HOST, lambda _: None).remove(tab, talks[2])
    assert tab.talk is talks[1]


def test_a_conversation_about_other_clips_or_words_goes_on_under_another_id():
    forgotten: list[str] = []
    one, other = talk_about("a.mp4", [TURN]), talk_about("b.mp4")
    alone = one.speak_of(one.subject_for(HOST), None, forgotten.append)
    assert one.speak_of(one.subject_for(HOST), None, forgotten.append) is alone
    both = one.speak_of(one.subject_for(HOST), other.subject_for(HOST), forgotten.append)
    assert both.id != alone.id
    assert both.turns is alone.turns
    assert both.beside == Subject("b.mp4")
    one.subtitles = SAID
    assert one.speak_of(one.subject_for(HOST), None, forgotten.append).subtitles == SAID.cues
    assert forgotten == [alone.id, both.id]


def test_only_what_is_said_in_the_range_that_is_looked_at_is_given_to_the_model():
    talk = talk_about("a.mp4")
    talk.subtitles = SAID
    talk.reading.span = (1.5, 4.0)
    assert talk.subject_for(HOST) == Subject("a.mp4", SAID.cues[1:])


def test_a_clip_that_another_model_has_read_is_not_spoken_of():
    stranger = ModelHost("other", "other", lambda name, progress: pytest.fail("nothing is to be loaded"))
    assert talk_about("a.mp4").subject_for(stranger) is None


def record_of(*talks: Talk, at: int = 0, **more) -> dict:
    kept = [{"clip": talk.clip_id, "conversation": to_dict(talk.transcript("compact"))} for talk in talks]
    return {"remember": True, "talks": kept, "at": at, **more}


def test_a_browser_brings_all_clips_back_and_the_one_that_was_shown():
    one, other = talk_about("a.mp4", [TURN]), talk_about("b.mp4")
    one.clip_id, other.clip_id = "one", "other"
    tab = Tab("en", HOST)
    tab.bring_back(record_of(one, other, at=1), [HOST])
    assert [(talk.clip_id, talk.file_name, talk.turns) for talk in tab.talks] == [
        ("one", "a.mp4", [TURN]),
        ("other", "b.mp4", []),
    ]
    assert tab.talk is tab.talks[1]


def test_a_browser_brings_back_what_was_compared_and_with_which_model():
    one, other = talk_about("a.mp4", [TURN]), talk_about("b.mp4", [TURN])
    stranger = ModelHost("other", "other", HOST.load)
    record = record_of(one, other, model="other")
    record["talks"][1]["beside"] = 0
    tab = Tab("en", HOST)
    tab.bring_back(record, [HOST, stranger])
    assert tab.host is stranger
    assert [talk.beside for talk in tab.talks] == [None, tab.talks[0]]


def test_a_model_that_is_offered_no_more_and_a_clip_beside_itself_are_not_brought_back():
    record = record_of(talk_about("a.mp4", [TURN]), model="gone")
    record["talks"][0]["beside"] = 0
    tab = Tab("en", HOST)
    tab.bring_back(record, [HOST])
    assert (tab.host, tab.talk.beside) == (HOST, None)


def test_two_tabs_that_begin_with_one_record_do_not_change_each_others_clip():
    tabs = Tabs(HOST, lambda _: None)
    talk = talk_about("a.mp4")
    tabs.clips.remember(talk, talk.reading)
    first, _ = tabs.clips.again(talk.clip_id, HOST)
    second, _ = tabs.clips.again(talk.clip_id, HOST)
    assert first.path == second.path == talk.reading.path
    assert len({first.clip_id, second.clip_id, talk.clip_id}) == 3


def test_where_a_file_cannot_be_used_the_next_one_takes_its_place_with_what_was_said():
    talk = talk_about("a.mp4", [TURN])
    assert not talk.vacant
    talk.reading.error = ReelTalkError("not_a_video", name="a.mp4")
    assert talk.vacant
    assert not talk.empty
    assert tab_with(talk).place_for_clip() is talk


def test_a_lost_clip_is_not_waited_for_where_a_visitor_may_be_choosing_another(tmp_path):
    page = Page(Models(["compact"], HOST.load), VideoLimits(), tmp_path, [], True)
    request = Request(session_hash="one", headers={})
    page.opening.tabs.begun(request).talk.clip_id = "lost"
    assert [page.player.player in step for step in page.opening.restore(request)] == [False]


@pytest.mark.parametrize(
    "record",
    [
        None,
        7,
        {"talks": 3},
        {"talks": [4, {"clip": 5}, {"conversation": "x"}], "at": "0"},
        {"talks": [], "at": 9},
        {"talks": [{}], "at": -1},
    ],
)
def test_a_record_that_makes_no_sense_is_as_good_as_none(record):
    tab = Tab("en", HOST)
    tab.bring_back(record, [HOST])
    assert len(tab.talks) == 1
    assert tab.talk.empty


def test_a_record_has_no_more_clips_than_a_tab():
    talks = [talk_about(f"{number}.mp4", [TURN]) for number in range(MOST_CLIPS + 3)]
    tab = Tab("en", HOST)
    tab.bring_back(record_of(*talks, at=MOST_CLIPS + 2), [HOST])
    assert len(tab.talks) == MOST_CLIPS
    assert tab.talk is tab.talks[0]


@pytest.fixture(scope="module")
def server() -> DemoServer:
    return running_server()


@pytest.mark.slow
def test_every_clip_has_a_conversation_of_its_own(server, tmp_path):
    client = connect(server)
    open_clip(client, write_clip(tmp_path / "one.mp4", seconds=2.0))
    ask(client, "What is it?")
    open_clip(client, write_clip(tmp_path / "other.mp4", seconds=2.5))
    chat = ask(client, "Which way does it move?")[-1]
    assert chat[0] == "Which way does it move?"
    assert len(chat) == 2


@pytest.mark.slow
def test_a_photograph_is_a_clip_without_times(server, tmp_path):
    Image.new("RGB", (160, 96), "red").save(tmp_path / "photo.jpg")
    client = connect(server)
    assert t("clip.ready_picture", "en") in open_clip(client, tmp_path / "photo.jpg")[-1]
    answer = str(ask(client, "What is it?")[-1])
    assert "0:00" in answer
    assert "#t=" not in answer, "a time in an answer leads nowhere in a picture"


@pytest.mark.slow
def test_one_clip_too_many_is_refused_and_the_shown_one_stays(server, tmp_path):
    client = connect(server)
    for number in range(MOST_CLIPS):
        open_clip(client, write_clip(tmp_path / f"{number}.mp4", seconds=1.0))
    ask(client, "What is it?")
    assert open_clip(client, write_clip(tmp_path / "more.mp4", seconds=1.0)) == []
    assert len(ask(client, "And then?")[-1]) == 4
    assert plain(client.predict(api_name="/clear")[0]) == []


def test_a_clip_that_was_left_while_it_was_read_shows_nothing_over_the_one_that_is_seen_then(tmp_path):
    server = DemoServer(tmp_path, [], held=True)
    try:
        client = connect(server)
        one, other = (write_clip(tmp_path / f"{name}.mp4", seconds=1.0) for name in ("one", "other"))
        left = client.submit(handle_file(str(one)), 8, api_name="/open_clip")
        wait_for(lambda: left.outputs() != [])
        client.submit(handle_file(str(other)), 8, api_name="/open_clip")
        left.result(timeout=20)
        assert all(plain(part) is None for part in left.outputs()[-1])
    finally:
        server.close()
