"""Several answers are written at the same time, and what can wait only while nobody asks."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core import Conversation, VideoChat
from core.image_llm.batching.cache_batch import CacheBatch
from demo.chat.answer import Answer, AnswerSettings
from demo.clip.reading import ClipView, Reading
from demo.models.pool import Models
from demo.models.turn import Turn
from demo.server.tabs import Tab
from demo.server.talks import Talk

QUESTIONS = (
    "What?",
    "它往哪个方向移动，是什么颜色的？",
    "Where is the red thing, and what does it do there?",
)


def test_so_many_have_a_place_and_the_next_one_waits() -> None:
    turn = Turn(2)
    with turn.asking(), turn.asking():
        assert turn.acquire(timeout=1)
        assert turn.acquire(timeout=1)
        assert not turn.crowded
        with turn.asking():
            assert turn.crowded
            assert not turn.acquire(timeout=0.05)
            turn.release()
            assert turn.acquire(timeout=1)


def test_what_can_wait_begins_when_nobody_has_a_place_and_keeps_no_answer_from_one() -> None:
    turn = Turn(2)
    assert turn.acquire(timeout=1)
    assert not turn.acquire(timeout=0.05, alone=True)
    turn.release()
    assert turn.acquire(timeout=1, alone=True)
    assert turn.acquire(timeout=1), "an answer"


def test_visitors_who_ask_at_the_same_time_get_what_each_would_get_alone(
    chat: VideoChat, clip_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.engine.decoding.pool.GRACE", 60)  # however slow the machine is
    together: list[int] = []
    step = CacheBatch.step
    monkeypatch.setattr(
        CacheBatch, "step", lambda batch, embeds: together.append(len(embeds)) or step(batch, embeds)
    )
    clip = ClipView.of(chat.open(clip_file))

    def answers(at_once: int) -> list[str]:
        models = Models(["tiny"], lambda name, progress: chat, at_once=at_once)
        models.start()
        assert models.first.wait(5)

        def answer(question: str) -> str:
            reading = Reading("/clips/a.mp4", 8, models.first)
            reading.clip = clip
            reading.done.set()
            tab = Tab("en", models.first, talks=[Talk(reading, Conversation(clip.key))])
            for _ in Answer(models, tab, question, None, AnswerSettings("en", 0.0, 24, True)).write():
                pass
            return tab.talk.turns[0].answer

        with ThreadPoolExecutor(len(QUESTIONS)) as visitors:
            return list(visitors.map(answer, QUESTIONS))

    alone = answers(at_once=1)
    assert all(alone)
    assert not together
    assert answers(at_once=len(QUESTIONS)) == alone
    assert max(together) > 1
