"""What is read ahead changes when an answer begins, never the answer, whatever happens meanwhile."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.dialogue.conversation import Conversation, Cue
from core.engine import read_ahead
from core.engine.opening import OpenedClip
from core.engine.settings import ChatSettings, EngineLimits
from core.engine.video_chat import VideoChat
from core.errors import VideoError
from tests.tiny_model import TinyImageLLM

QUESTIONS = ["What is in the video?", "它往哪个方向移动？", "And then?"]
SHORT = ChatSettings(max_new_tokens=12)
PIECE = 8

pytestmark = pytest.mark.usefixtures("read_once")


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read_ahead, "PIECE", PIECE)


@pytest.fixture
def clip(chat: VideoChat, clip_file: Path) -> OpenedClip:
    return chat.open(clip_file)


@pytest.fixture
def fed(tiny: TinyImageLLM, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The tokens of each call of the model."""
    sizes: list[int] = []
    forward = tiny.forward

    def counted(embeds: Any, cache: Any) -> Any:
        sizes.append(len(embeds))
        return forward(embeds, cache)

    monkeypatch.setattr(tiny, "forward", counted)
    return sizes


def answer(chat: VideoChat, conversation: Conversation, question: str) -> str:
    return "".join(chat.ask(conversation, question, SHORT))


def plain_answers(chat: VideoChat, start: Callable[[], Conversation]) -> list[str]:
    """Of a conversation of which nothing is ever kept."""
    conversation, found = start(), []
    for question in QUESTIONS:
        chat.forget(conversation.id)
        found.append(answer(chat, conversation, question))
    return found


def kept_bytes(chat: VideoChat) -> int:
    return chat._kv.bytes()


# What is read


def test_the_first_question_then_feeds_its_own_tokens_only(
    chat: VideoChat, clip: OpenedClip, fed: list[int]
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    conversation = chat.start(clip)
    fed.clear()
    shares = list(chat.read_ahead(conversation))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert max(fed) <= PIECE
    assert sum(fed) >= clip.visual_tokens
    for number, question in enumerate(QUESTIONS):
        fed.clear()
        assert answer(chat, conversation, question) == expected[number]
        if number == 0:
            closing = chat.model.tokenizer(question + chat.model.template.after_question)["input_ids"]
            assert fed[0] == len(closing)


def test_what_was_read_is_not_read_again(chat: VideoChat, clip: OpenedClip, fed: list[int]) -> None:
    conversation = chat.start(clip)
    list(chat.read_ahead(conversation))
    fed.clear()
    assert list(chat.read_ahead(conversation)) == []
    answer(chat, conversation, QUESTIONS[0])
    fed.clear()
    list(chat.read_ahead(conversation))
    assert sum(fed) < clip.visual_tokens, "only what closes the turn"


def test_two_clips_what_is_said_and_earlier_turns_are_read_too(
    chat: VideoChat, clip: OpenedClip, other_clip_file: Path, fed: list[int]
) -> None:
    other, said = chat.open(other_clip_file), (Cue(0.5, 1.0, "Hello."), Cue(1.0, 2.0, "再见。"))

    def start() -> Conversation:
        return chat.start(clip, other, said)

    expected = plain_answers(chat, start)
    conversation = start()
    for number, question in enumerate(QUESTIONS):
        chat.forget(conversation.id)  # as of a conversation that comes back
        list(chat.read_ahead(conversation))
        fed.clear()
        assert answer(chat, conversation, question) == expected[number]
        assert fed[0] < 40


def test_a_conversation_begun_anew_under_the_same_id_goes_on_from_its_clip(
    chat: VideoChat, clip: OpenedClip, fed: list[int]
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    old = chat.start(clip)
    for question in QUESTIONS[::-1]:
        answer(chat, old, question)
    fed.clear()
    anew = Conversation(old.clip_key, old.id)
    list(chat.read_ahead(anew))
    assert fed == []
    assert [answer(chat, anew, question) for question in QUESTIONS] == expected


def test_times_in_text_are_read_as_the_question_will_want_them(
    chat: VideoChat, clip: OpenedClip, fed: list[int]
) -> None:
    conversation, settings = chat.start(clip), ChatSettings(max_new_tokens=2, timestamps=False)
    list(chat.read_ahead(conversation, settings))
    fed.clear()
    list(chat.ask(conversation, QUESTIONS[0], settings))
    assert fed[0] < clip.visual_tokens


def test_a_clip_that_is_not_kept_any_more_is_a_users_error(
    tiny: TinyImageLLM, clip_file: Path, other_clip_file: Path, own_cache: Path
) -> None:
    chat = VideoChat(tiny, own_cache, EngineLimits(feature_bytes=1, open_clips=1))
    conversation = chat.start(chat.open(clip_file))
    chat.open(other_clip_file)
    with pytest.raises(VideoError) as failure:
        list(chat.read_ahead(conversation))
    assert failure.value.key == "clip_expired"
    assert answer(chat, chat.start(chat.open(clip_file)), QUESTIONS[0])


# What happens meanwhile


@pytest.mark.parametrize("steps", [1, 2, 5])
def test_a_question_in_the_middle_goes_on_from_what_was_read(
    chat: VideoChat, clip: OpenedClip, fed: list[int], steps: int
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    conversation = chat.start(clip)
    reading = chat.read_ahead(conversation)
    fed.clear()
    for _ in range(steps):
        next(reading)
    answer(chat, chat.start(clip), QUESTIONS[1])  # of another visitor, between two pieces
    whole = fed[steps]
    fed.clear()
    assert answer(chat, conversation, QUESTIONS[0]) == expected[0]
    assert fed[0] < whole
    fed.clear()
    assert list(reading) == [], "the question has read the rest"
    assert fed == []
    assert [answer(chat, conversation, question) for question in QUESTIONS[1:]] == expected[1:]


def test_while_an_answer_is_written_nothing_is_read_for_its_conversation(
    chat: VideoChat, clip: OpenedClip
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    conversation = chat.start(clip)
    writing = chat.ask(conversation, QUESTIONS[0], SHORT)
    first = next(writing)
    assert list(chat.read_ahead(conversation)) == []
    assert first + "".join(writing) == expected[0]
    assert answer(chat, conversation, QUESTIONS[1]) == expected[1]
    assert list(chat.read_ahead(conversation))[-1] == 1.0, "it may be again"


def test_an_answer_that_nobody_reads_to_its_end_blocks_nobody(chat: VideoChat, clip: OpenedClip) -> None:
    conversation = chat.start(clip)
    left = chat.ask(conversation, QUESTIONS[0], SHORT)
    next(left)
    assert list(chat.read_ahead(conversation)) == []
    del conversation.turns[:]
    assert answer(chat, conversation, QUESTIONS[0]) == plain_answers(chat, lambda: chat.start(clip))[0]


class HeldPiece:
    """A read-ahead in a thread of its own, whose first piece ends when `go_on` is set."""

    def __init__(self, chat: VideoChat, conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()
        read = chat.model.read

        def held(prompt: Any, already: int, cache: Any) -> Any:
            if threading.current_thread() is self.thread:
                self.begun.set()
                assert self.go_on.wait(20)
            return read(prompt, already, cache)

        self.shares: list[float] = []
        self.thread = threading.Thread(target=lambda: self.shares.extend(chat.read_ahead(conversation)))
        monkeypatch.setattr(chat.model, "read", held)
        self.thread.start()
        assert self.begun.wait(20)

    def end(self) -> None:
        self.go_on.set()
        self.thread.join(20)
        assert not self.thread.is_alive()


@pytest.fixture
def hold(chat: VideoChat, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Conversation], HeldPiece]]:
    held: list[HeldPiece] = []

    def start(conversation: Conversation) -> HeldPiece:
        held.append(HeldPiece(chat, conversation, monkeypatch))
        return held[-1]

    yield start
    for each in held:
        each.end()


def test_a_question_waits_for_the_piece_that_is_being_read_and_takes_it_over(
    chat: VideoChat, clip: OpenedClip, hold: Callable[[Conversation], HeldPiece], fed: list[int]
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    conversation = chat.start(clip)
    fed.clear()
    piece = hold(conversation)
    found: list[str] = []
    asking = threading.Thread(target=lambda: found.append(answer(chat, conversation, QUESTIONS[0])))
    asking.start()
    asking.join(0.2)
    assert asking.is_alive()
    assert answer(chat, chat.start(clip), QUESTIONS[0]) == expected[0], "another visitor does not wait"
    fed.clear()
    piece.end()
    asking.join(20)
    assert found == expected[:1]
    assert len(piece.shares) == 1, "it made way after one piece"
    assert fed[0] == PIECE
    assert [answer(chat, conversation, question) for question in QUESTIONS[1:]] == expected[1:]


def test_a_conversation_that_is_forgotten_meanwhile_leaves_nothing(
    chat: VideoChat, clip: OpenedClip, hold: Callable[[Conversation], HeldPiece]
) -> None:
    conversation = chat.start(clip)
    piece = hold(conversation)
    chat.forget(conversation.id)  # at once
    piece.end()
    assert kept_bytes(chat) == 0
    reading = chat.read_ahead(conversation)
    next(reading)
    assert kept_bytes(chat) > 0
    chat.forget(conversation.id)
    assert list(reading) == []
    assert kept_bytes(chat) == 0


def test_an_answer_whose_conversation_is_forgotten_meanwhile_leaves_nothing(
    chat: VideoChat, clip: OpenedClip
) -> None:
    conversation = chat.start(clip)
    pieces = chat.ask(conversation, QUESTIONS[0])
    next(pieces)
    chat.forget(conversation.id)
    list(pieces)
    assert kept_bytes(chat) == 0
    answer(chat, conversation, QUESTIONS[1])
    assert kept_bytes(chat) > 0, "it has gone on"


def test_a_question_after_it_was_forgotten_waits_for_nothing(
    chat: VideoChat, clip: OpenedClip, hold: Callable[[Conversation], HeldPiece]
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    conversation = chat.start(clip)
    piece = hold(conversation)
    chat.forget(conversation.id)
    assert answer(chat, conversation, QUESTIONS[0]) == expected[0]
    piece.end()
    assert [answer(chat, conversation, question) for question in QUESTIONS[1:]] == expected[1:]


def test_of_two_readers_of_one_conversation_the_latter_goes_on(chat: VideoChat, clip: OpenedClip) -> None:
    conversation = chat.start(clip)
    one, other = chat.read_ahead(conversation), chat.read_ahead(conversation)
    shares = [next(one), next(other)]
    assert shares[1] == 2 * shares[0]
    assert list(one) == []
    assert list(other)[-1] == 1.0


def test_a_piece_that_fails_leaves_nothing_half_read(
    chat: VideoChat, clip: OpenedClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    conversation = chat.start(clip)
    reading = chat.read_ahead(conversation)
    next(reading)
    forward = chat.model.forward

    def failing(embeds: Any, cache: Any) -> Any:
        forward(embeds, cache)
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(chat.model, "forward", failing)
        with pytest.raises(MemoryError):
            next(reading)
    assert [answer(chat, conversation, question) for question in QUESTIONS] == expected


def test_many_questions_and_readers_at_the_same_time_give_the_same_answers(
    chat: VideoChat, clip: OpenedClip
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    conversations = [chat.start(clip) for _ in range(3)]
    found: dict[int, list[str]] = {}
    over = threading.Event()

    def talk(number: int) -> None:
        found[number] = [answer(chat, conversations[number], question) for question in QUESTIONS]

    def read(number: int) -> None:
        while not over.is_set():
            for _ in chat.read_ahead(conversations[number]):
                pass

    readers = [threading.Thread(target=read, args=(number % 3,)) for number in range(6)]
    talkers = [threading.Thread(target=talk, args=(number,)) for number in range(3)]
    for thread in (*readers, *talkers):
        thread.start()
    for thread in talkers:
        thread.join(60)
    over.set()
    for thread in readers:
        thread.join(60)
    assert found == dict.fromkeys(range(3), expected)


# Memory


def test_where_its_cache_would_have_no_room_little_is_read_and_the_answer_is_the_same(
    chat: VideoChat, clip: OpenedClip, fed: list[int]
) -> None:
    expected = plain_answers(chat, lambda: chat.start(clip))
    fed.clear()
    chat._kv.max_bytes = 1
    conversation = chat.start(clip)
    list(chat.read_ahead(conversation))
    assert fed == [PIECE]
    assert answer(chat, conversation, QUESTIONS[0]) == expected[0]


def test_a_cache_that_others_needed_the_room_of_is_not_read_anew(
    chat: VideoChat, clip: OpenedClip, fed: list[int]
) -> None:
    conversation = chat.start(clip)
    reading = chat.read_ahead(conversation)
    next(reading)
    chat._kv.drop(conversation.id)  # as when another's is put in its place
    fed.clear()
    assert list(reading) == []
    assert fed == []
