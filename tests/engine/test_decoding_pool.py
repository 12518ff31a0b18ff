"""Claims about answers that are written at the same time: each is what it would be alone."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import LogitsProcessor

from core.dialogue.conversation import Turn
from core.engine.decoding.pool import DecodingPool
from core.engine.decoding.turns import Turns
from core.engine.opening import OpenedClip
from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.image_llm.base import EmbeddedPrompt
from core.image_llm.batching.cache_batch import CacheBatch
from core.image_llm.batching.transformers_batch import TransformersBatch
from tests.tiny_model import TinyImageLLM

QUESTIONS = [
    "What?",
    "它往哪个方向移动，是什么颜色的？",
    "Where is the red thing, and what does it do there?",
    "Who?",
]
LENGTHS = (9, 40, 23, 31)  # tokens of an answer


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many conversations each pass for several had."""
    counts: list[int] = []
    step = CacheBatch.step

    def counted(batch: CacheBatch, embeds: Tensor) -> Tensor:
        counts.append(len(embeds))
        return step(batch, embeds)

    monkeypatch.setattr(CacheBatch, "step", counted)
    return counts


@pytest.fixture
def clip(chat: VideoChat, clip_file: Path) -> OpenedClip:
    return chat.open(clip_file)


@pytest.fixture
def gather(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pass waits for all that are written, however slow the machine is."""
    monkeypatch.setattr("core.engine.decoding.pool.GRACE", 60)


def settings(number: int) -> ChatSettings:
    """Every second answer is drawn at random, with a seed of its own."""
    return ChatSettings(max_new_tokens=LENGTHS[number], temperature=0.9 * (number % 2), seed=number)


def talk(chat: VideoChat, clip: OpenedClip, number: int) -> list[str]:
    """Three turns and a retry, of which no two conversations have the same."""
    conversation = chat.start(clip)
    said = []
    for turn in range(3):
        question = QUESTIONS[(number + turn) % len(QUESTIONS)]
        said.append("".join(chat.ask(conversation, question, settings((number + turn) % len(LENGTHS)))))
    return [*said, "".join(chat.retry(conversation, settings(number)))]


def at_the_same_time(count: int, each: Callable[[int], Any]) -> list[Any]:
    together = threading.Barrier(count)

    def begin(number: int) -> Any:
        together.wait(60)
        return each(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(begin, range(count)))


@pytest.mark.slow
def test_conversations_at_the_same_time_say_what_each_says_alone(
    chat: VideoChat, clip: OpenedClip, rows: list[int]
):
    alone = [talk(chat, clip, number) for number in range(4)]
    assert not rows
    assert at_the_same_time(4, lambda number: talk(chat, clip, number)) == alone
    assert max(rows) > 1


def test_several_answers_take_one_pass_for_a_token(
    chat: VideoChat, clip: OpenedClip, rows: list[int], gather: None
):
    """Once all four are there; until then, a prompt is read between two passes."""
    endless = ChatSettings(max_new_tokens=60)
    answers = at_the_same_time(
        4, lambda number: "".join(chat.ask(chat.start(clip), QUESTIONS[number], endless))
    )
    assert all(answers)
    assert rows.count(4) > 40


@pytest.mark.slow
def test_who_stops_or_goes_away_leaves_the_others_as_they_are(
    chat: VideoChat, clip: OpenedClip, rows: list[int]
):
    alone = [talk(chat, clip, number) for number in range(3)]

    def interrupted(number: int) -> Any:
        if number < 3:
            return talk(chat, clip, number)
        for way in range(6):
            stop = threading.Event()
            pieces = chat.ask(chat.start(clip), QUESTIONS[way % 4], ChatSettings(max_new_tokens=99), stop)
            for _ in range(5 + way):
                next(pieces)
            if way % 3 == 0:
                stop.set()
                assert len(list(pieces)) <= 1
            elif way % 3 == 1:
                pieces.close()
            else:
                del pieces
        return None

    assert at_the_same_time(4, interrupted)[:3] == alone
    assert max(rows) > 1


@pytest.mark.slow
def test_an_answer_that_is_not_read_on_keeps_nobody_waiting(chat: VideoChat, clip: OpenedClip):
    alone = talk(chat, clip, 1)
    held = chat.start(clip)
    whole = "".join(chat.ask(chat.start(clip), QUESTIONS[0], settings(1)))
    pieces = chat.ask(held, QUESTIONS[0], settings(1))
    begun = next(pieces)
    assert talk(chat, clip, 1) == alone
    assert begun + "".join(pieces) == whole


@pytest.mark.slow
def test_an_error_in_one_answer_is_that_answers_alone(
    own_cache: Path, clip_file: Path, rows: list[int], gather: None
):
    class Broken(LogitsProcessor):
        def __call__(self, ids: Any, scores: Any) -> Any:
            if ids.shape[1] == 7:
                raise RuntimeError("not this token")
            return scores

    class Breaking(TinyImageLLM):
        def logits_processor(self, turn: Turn, prompt: EmbeddedPrompt) -> LogitsProcessor | None:
            return Broken() if turn.question == "Break!" else None

    chat = VideoChat(Breaking(), own_cache)
    clip = chat.open(clip_file)
    alone = [talk(chat, clip, number) for number in range(2)]

    def either(number: int) -> Any:
        if number < 2:
            return talk(chat, clip, number)
        conversation = chat.start(clip)
        with pytest.raises(RuntimeError, match="not this token"):
            list(chat.ask(conversation, "Break!"))
        return conversation.turns[-1].tokens

    assert at_the_same_time(3, either) == [*alone, 7]
    assert max(rows) > 1


@pytest.mark.slow
def test_a_pass_that_fails_is_told_to_all_who_were_in_it_and_the_next_is_as_ever(
    chat: VideoChat, clip: OpenedClip, gather: None, monkeypatch: pytest.MonkeyPatch
):
    alone = [talk(chat, clip, number) for number in range(2)]
    conversations = [chat.start(clip) for _ in range(2)]
    for number, conversation in enumerate(conversations):
        list(chat.ask(conversation, QUESTIONS[number], settings(number)))
    forward, passes = TransformersBatch.forward, iter(range(1000))

    def failing(*arguments: Any) -> Tensor:
        if next(passes) == 3:
            raise MemoryError("no room")
        return forward(*arguments)

    monkeypatch.setattr(TransformersBatch, "forward", failing)

    def ask(number: int) -> str:
        with pytest.raises(MemoryError):
            list(chat.ask(conversations[number], QUESTIONS[number + 1], settings(1)))
        return "".join(chat.retry(conversations[number], settings(number + 1)))

    assert at_the_same_time(2, ask) == [said[1] for said in alone]


@pytest.mark.slow
def test_a_model_without_a_batch_answers_in_passes_of_their_own(
    chat: VideoChat, clip: OpenedClip, rows: list[int], monkeypatch: pytest.MonkeyPatch
):
    alone = [talk(chat, clip, number) for number in range(3)]
    monkeypatch.setattr(TinyImageLLM, "new_batch", lambda model: None)
    assert at_the_same_time(3, lambda number: talk(chat, clip, number)) == alone
    assert not rows


def test_an_answer_that_is_collected_during_a_pass_neither_blocks_nor_disturbs_it(
    tiny: TinyImageLLM, monkeypatch: pytest.MonkeyPatch
):
    """As garbage is: in whatever thread is at work. What it had in memory is not used again."""
    pool, caches = DecodingPool(tiny, Turns()), [tiny.new_cache() for _ in range(3)]
    prompts = [tiny.embed(["abcdefghijklmnopqrstuvwxyz"[:count]], {}) for count in (5, 17, 11)]
    for prompt, cache in zip(prompts, caches, strict=True):
        tiny.read(prompt, 0, cache)
    answers = [pool.writing(cache) for cache in caches]
    rows = [answer.__enter__() for answer in answers]
    give_back = CacheBatch._give_back

    def collecting(batch: CacheBatch, leaving: list[int]) -> None:
        if len(leaving) == 1 and batch.caches[leaving[0]] is caches[2]:
            answers[2].__exit__(None, None, None)
        give_back(batch, leaving)

    monkeypatch.setattr(CacheBatch, "_give_back", collecting)
    found = []
    for token, count in ((1, 3), (2, 2), (3, 2)):
        found += at_the_same_time(count, lambda number, token=token: pool.feed(rows[number], token))[:1]
    for answer in answers[:2]:
        answer.__exit__(None, None, None)
    assert [row.lost for row in rows] == [False, False, True]
    assert [cache.get_seq_length() for cache in caches[:2]] == [5 + 3, 17 + 3]
    alone = tiny.new_cache()
    tiny.read(prompts[0], 0, alone)
    for token, logits in zip((1, 2, 3), found, strict=True):
        expected = tiny.forward(tiny.embed_ids([token]), alone)
        torch.testing.assert_close(logits, expected, rtol=1e-4, atol=1e-4)
