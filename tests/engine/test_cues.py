"""Cues in the prompt: whole where they fit, else a thread and what each question needs."""

from pathlib import Path

import pytest

from core.dialogue.conversation import Conversation, Cue
from core.dialogue.cues import HEADINGS, NOTHING, nothing_text
from core.dialogue.prompt import PromptPart
from core.engine.cues import _cut
from core.engine.opening import OpenedClip
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat

SHORT = ChatSettings(max_new_tokens=4)
HEARD = (Cue(0.5, 2.0, "Hello there.", 0.9, "en", "heard"), Cue(61.0, 63.0, "再见。", 0.9, "zh", "heard"))
READ = (Cue(3.0, 4.0, "EXIT", 0.9, "en", "read"),)
LONG = tuple(
    Cue(10.0 * number, 10.0 * number + 5, f"number {number} zebra" if number == 77 else f"line {number}")
    for number in range(200)
)

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture
def clip(chat: VideoChat, clip_file: Path) -> OpenedClip:
    return chat.open(clip_file)


@pytest.fixture
def prompts(chat: VideoChat, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words of each prompt."""
    seen: list[str] = []
    embed = chat.model.embed

    def spied(parts: list[PromptPart], prefix: object) -> object:
        seen.append("".join(part for part in parts if isinstance(part, str)))
        return embed(parts, prefix)

    monkeypatch.setattr(chat.model, "embed", spied)
    return seen


def ask(chat: VideoChat, conversation: Conversation, question: str) -> str:
    return "".join(chat.ask(conversation, question, SHORT))


def test_what_was_heard_and_read_stands_before_the_first_question(
    chat: VideoChat, clip: OpenedClip, prompts: list[str]
):
    conversation = chat.start(clip)
    conversation.cues = {"heard": HEARD, "read": READ}
    ask(chat, conversation, "What?")
    said = f"{HEADINGS['heard']}\n0:00 Hello there.\n1:01 再见。\n\n"
    assert f"{said}{HEADINGS['read']}\n0:03 EXIT\n\nWhat?" in prompts[-1]
    assert conversation.turns[-1].cues == (*HEARD, *READ)


def test_that_nothing_is_said_is_told_to_a_question_about_it_and_to_no_other(
    chat: VideoChat, clip: OpenedClip, prompts: list[str]
):
    conversation = chat.start(clip)
    conversation.cues = {"heard": ()}
    ask(chat, conversation, "whats going on here")
    assert NOTHING["heard"] not in prompts[-1]
    ask(chat, conversation, "What is he saying?")
    assert NOTHING["heard"] + "What is he saying?" in prompts[-1]
    assert NOTHING["read"] not in prompts[-1], "that sense did not look"


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("what does the sign say", {"heard", "read"}),
        ("Is there any text?", {"read"}),
        ("who is talking", {"heard"}),
        ("describe it", set()),
        ("how many people are there?", set()),
        ("他说了什么", {"heard"}),
        ("上面写了什么", {"read"}),
        ("有声音吗", {"heard"}),
        ("視頻裡有字嗎", {"read"}),
        ("这是在干嘛", set()),
        ("总结一下", set()),
    ],
)
def test_a_question_about_speech_or_text_is_known_as_one(question: str, about: set[str]):
    assert {source for source in NOTHING if nothing_text([source], question)} == about


def test_subtitles_take_the_place_of_what_was_heard(chat: VideoChat, clip: OpenedClip, prompts: list[str]):
    conversation = chat.start(clip, subtitles=(Cue(0.0, 1.0, "Given."),))
    conversation.cues = {"heard": HEARD, "read": READ}
    ask(chat, conversation, "What?")
    assert "Given." in prompts[-1]
    assert "Hello" not in prompts[-1]
    conversation = chat.start(clip)
    conversation.cues = {"heard": HEARD, "subtitles": (Cue(0.0, 1.0, "Inside."),)}
    ask(chat, conversation, "What?")
    assert "Inside." in prompts[-1]
    assert "Hello" not in prompts[-1]


def test_of_a_long_transcript_a_thread_is_there_and_what_the_question_needs_stands_with_it(
    chat: VideoChat, clip: OpenedClip, prompts: list[str]
):
    conversation = chat.start(clip)
    conversation.cues = {"heard": LONG}
    ask(chat, conversation, "Hi")
    thread, _, asked = prompts[-1].rpartition("\n\n")
    assert asked.startswith("Hi")
    assert "line 0\n" in thread
    assert 5 < thread.count("line ") < 60
    ask(chat, conversation, "What about the zebra?")
    assert (
        f"{HEADINGS['heard']}\n12:40 line 76\n12:50 number 77 zebra\n13:00 line 78\n\nWhat about"
        in prompts[-1]
    )
    assert LONG[77] in conversation.turns[-1].cues
    ask(chat, conversation, "What happens at 20:00?")
    assert "20:00 line 120\n" in prompts[-1].rpartition("What about the zebra?")[2]


def test_a_line_that_is_longer_than_its_room_is_cut_and_silences_no_source(
    chat: VideoChat, clip: OpenedClip, prompts: list[str]
):
    conversation = chat.start(clip)
    page = Cue(0.0, 9.0, "osmosis " + "word " * 2000, 0.9, "en", "read")
    conversation.cues = {"read": (page, *LONG)}
    ask(chat, conversation, "What about osmosis?")
    opening, _, asked = prompts[-1].rpartition(f"{HEADINGS['read']}\n")
    assert "osmosis word" in opening
    assert "osmosis word" in asked
    assert asked.count("…") == 1
    assert "line 199\n" in opening, "the last line is in the thread"


def test_no_line_is_too_long_to_be_cut(chat: VideoChat):
    for room in (0, 1, 5, 24, 100):
        cut = _cut(chat.model, Cue(3725.0, 3726.0, "word " * 50, 0.9, "en", "read"), room)
        assert cut.text.startswith("w")
        assert len(cut.text) < max(3, room)


def test_what_was_found_for_earlier_questions_stays_so_that_a_later_turn_goes_on(
    chat: VideoChat, clip: OpenedClip
):
    conversation = chat.start(clip)
    conversation.cues = {"heard": LONG}
    ask(chat, conversation, "What about the zebra?")
    whole = chat.model.fed_tokens
    ask(chat, conversation, "Ok")
    assert chat.model.fed_tokens - whole < whole / 3, "neither the thread nor what was found is read again"


def test_cues_that_come_later_are_in_the_next_prompt_and_the_clip_is_not_read_again(
    chat: VideoChat, clip: OpenedClip, prompts: list[str]
):
    conversation = chat.start(clip)
    ask(chat, conversation, "What?")
    fed = chat.model.fed_tokens
    conversation.cues = {"heard": HEARD}
    answer = ask(chat, conversation, "And?")
    assert "Hello there." in prompts[-1]
    before = clip.visual_tokens
    text = len(prompts[-1].encode())
    assert chat.model.fed_tokens - fed < text + before, "the visual prefix is still held"
    chat.forget(conversation.id)
    conversation.turns.pop()
    assert ask(chat, conversation, "And?") == answer
