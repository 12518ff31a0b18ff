"""One answer, from the question to its last word: waiting visibly, writing, being stopped."""

import logging
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import core
from core import Conversation, ReelTalkError, Turn
from demo.chat.messages import Messages, failure, messages, pending, user
from demo.clip.reading import ClipView, Reading
from demo.models.card import failure_text
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.page.i18n import t
from demo.server.request_log import answered, outcome_of
from demo.server.tabs import TICK, Tab

log = logging.getLogger(__name__)

# Options of an event that asks. They count visitors that wait on the page; the model itself answers one at a
# time (models/pool.py).
ASKING: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 16, "show_progress": "hidden"}


AT_MOMENT = (
    "(...values) => window.reelTalk.atMoment(values)"  # scripts/talk/moment.js fills in the last of them
)


@dataclass(frozen=True)
class AnswerSettings:
    """How an answer is wanted, as the controls of the page say it."""

    language: str
    temperature: float
    max_tokens: float
    timestamps: bool
    moment: float | None = None  # s of the clip at which the player stands

    def varied(self, temperature: float) -> "AnswerSettings":
        """With at least this temperature."""
        return replace(self, temperature=max(float(self.temperature), temperature))

    def checked(self) -> "core.ChatSettings":
        """Raises ReelTalkError where they make no sense: a program may ask too."""
        return core.ChatSettings(
            max_new_tokens=int(self.max_tokens),
            temperature=float(self.temperature),
            language=self.language,
            timestamps=self.timestamps,
            moment=self.moment,
        )


@dataclass
class Answer:
    """The answer to `question`; without one, another answer to the last question.

    place: the turn whose place it takes, with what followed, to which one can go back; None: a new turn, or
    the last one again.
    """

    models: Models
    tab: Tab
    question: str | None
    place: int | None
    settings: AnswerSettings
    given_up: bool = False  # stopped before the model had its turn
    failed: bool = False
    completed: bool = False  # came to its end, good or bad, while it was still wanted
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._talk = self.tab.talk

    @property
    def wanted(self) -> bool:
        """Whether the tab still waits for this answer: not after another clip or an empty chat."""
        return self.tab.stop is self.stop and self.tab.talk is self._talk

    def write(self) -> Generator[Messages, None, None]:
        """All that the chat shall show, again and again. Ends early when it is no longer wanted."""
        self.tab.stop = self.stop
        self._reading = self._talk.reading
        self._outcome = "given_up"
        self._turn: Turn | None = None
        self._kept, self._forks = list(self._talk.turns), self._talk.forks
        self._asked = self._kept[-1].question if self.question is None else self.question
        if self.place is None:
            self.place = len(self._kept) - (self.question is None)
        try:
            yield from self._wait_for_clip()
            if self.stop.is_set():
                self.given_up = True
            elif self._reading is None or self._reading.clip is None:
                yield self._failure(self._reading.error if self._reading else None)
            elif (other := self._talk.beside_for(self._reading.host)) is not None and other.clip is None:
                self._talk.beside = None  # the next question is about this clip alone
                yield self._failure(other.reading.error if other.reading else None)
            else:
                with self.models.use(self._reading.host):
                    yield from self._in_turn(self._reading.host, self._reading.clip)
        except ReelTalkError as error:
            yield self._failure(error)
        except Exception as error:
            log.exception("a question could not be answered")
            yield self._failure(error)
        finally:
            self.stop.set()
            self._log()
            if self.wanted:
                self.tab.stop = None
                self.completed = True

    def _wait_for_clip(self) -> Iterator[Messages]:
        yield from self._wait_for(self._reading)
        other = self._talk.beside_for(self._reading.host) if self._reading else None
        yield from self._wait_for(other.reading if other else None)
        yield self._pending(t("chat.thinking", self.tab.language))

    def _wait_for(self, reading: Reading | None) -> Iterator[Messages]:
        while reading is not None and not self.stop.is_set() and not reading.done.is_set():
            yield self._pending(waiting_text(reading, self.tab.language))
            reading.done.wait(TICK)

    def _in_turn(self, host: ModelHost, clip: ClipView) -> Iterator[Messages]:
        """Wait until the model is there and has its turn, then write."""
        while not self.stop.is_set() and not host.wait(TICK):
            yield self._pending(loading_text(host, self.tab.language))
        turn, holds_turn = self.models.turn, False
        with turn.asking():
            try:
                while not self.stop.is_set() and not (holds_turn := turn.acquire(timeout=TICK)):
                    text = "chat.queue" if turn.crowded else "chat.thinking"
                    yield self._pending(t(text, self.tab.language))
                if self.stop.is_set():
                    self.given_up = True
                else:
                    yield from self._stream(host, clip)
            finally:
                if holds_turn:
                    turn.release()

    def _stream(self, host: ModelHost, clip: ClipView) -> Iterator[Messages]:
        talk = self._talk
        conversation = talk.spoken_with(host, self.models.forget)
        if conversation is None or conversation.clip_key != clip.key:  # another clip or model just now
            yield self._failure(None)
            return
        yield self._pending(t("chat.thinking", self.tab.language))  # no longer in the queue
        shown = time.monotonic()
        for _ in self._pieces(host.chat, conversation):
            self._turn = conversation.turns[-1]
            if time.monotonic() - shown >= TICK:
                yield self._messages(conversation.turns)
                shown = time.monotonic()

    def _pieces(self, chat: "core.VideoChat", conversation: Conversation) -> Iterator[str]:
        settings = self.settings.checked()
        if self.question is None:  # about the moment that was meant then, wherever the player stands by now
            settings = replace(settings, moment=self._kept[-1].moment)
        assert self.place is not None, "write() has set it"
        self._talk.branch(self.place)
        return chat.ask(conversation, self._asked, settings, self.stop)

    def _log(self) -> None:
        turn = self._turn
        if self.failed or turn is None:
            answered(self.tab.host.key, self.place or 0, None, self._outcome)
        else:
            answered(self.tab.host.key, self.place or 0, turn, "done" if turn.finished else "stopped")

    def _pending(self, text: str) -> Messages:
        return self._with(pending(text))

    def _failure(self, error: Exception | None) -> Messages:
        """Why there is no answer. The conversation is as it was before the question."""
        self.failed = True
        self._outcome = outcome_of(error) if error else "no_clip"
        if self._talk.conversation is not None:
            self._talk.conversation.turns[:] = self._kept
        self._talk.forks = self._forks
        text = failure_text(error, self.tab.language) if error else t("chat.no_clip", self.tab.language)
        return self._with(failure(text))

    def _with(self, answer: dict[str, str]) -> Messages:
        """The turns so far, the question, and what stands in the place of its answer."""
        turns: list[Turn] = self._kept[: self.place]
        return [*self._messages(turns), user(self._asked), answer]

    def _messages(self, turns: Sequence[Turn]) -> Messages:
        clip = self._reading.clip if self._reading else None
        duration = clip.duration if clip else 0.0
        return messages(turns, duration, self.tab.language, self._talk.ratings, self._talk.forks)


def waiting_text(reading: Reading, lang: str) -> str:
    """What a visitor waits for while a clip is read: first for the model, then for the clip."""
    return loading_text(reading.host, lang) if reading.host.loading else t(f"progress.{reading.phase}", lang)


def loading_text(host: ModelHost, lang: str) -> str:
    """In the place of an answer, while its model is loaded."""
    return t("chat.model_loading", lang, percent=round(100 * host.fraction))
