"""One answer, in a thread: its clips are opened, heard and read, then it is written piece by piece."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.dialogue.conversation import Conversation, Cue, Subject, Turn
from core.errors import SettingError
from core.senses.background import SensePlaces
from core.senses.registry import available_senses
from core.senses.sense import REASONS, SenseLimits, SenseOptions
from core.serve.answers.messages import Asked
from core.serve.answers.stops import until_stop
from core.serve.clips.sources import Sources
from core.serve.engines import Engines
from core.serve.errors import ApiError
from core.serve.metrics import Metrics
from core.serve.settings import ApiLimits
from core.video.sampling import SamplingPlan

if TYPE_CHECKING:
    from core.engine.opening import OpenedClip
    from core.engine.video_chat import VideoChat

LOOKED = 0.1  # seconds between two looks whether anybody still wants the answer


@dataclass(frozen=True)
class ClipFacts:
    """What a client learns of a clip; OpenedClip says the rest."""

    duration: float
    frames: tuple[float, ...]  # seconds
    damaged: bool
    known_before: bool

    @classmethod
    def of(cls, clip: "OpenedClip") -> "ClipFacts":
        return cls(clip.duration, clip.seconds, clip.damaged, clip.from_cache)


@dataclass(frozen=True)
class Written:
    """An answer that has come to its end."""

    clips: tuple[ClipFacts, ...]
    turn: Turn
    reason: str  # "stop" or "length"


@dataclass
class Answers:
    """Writes answers. Thread-safe; all that one request has goes with it."""

    engines: Engines
    sources: Sources
    limits: ApiLimits
    metrics: Metrics
    _readers: threading.Semaphore = field(init=False)
    _places: SensePlaces = field(init=False)

    def __post_init__(self) -> None:
        self._readers = threading.Semaphore(self.limits.readers)
        self._places = SensePlaces(max(1, self.limits.senses_at_once))

    def write(self, model: str, asked: Asked, owner: str, stop: threading.Event) -> Iterator[str | Written]:
        """Pieces of text, then what there is to say of all of it. Raises ApiError, ReelTalkError."""
        senses = self._senses(asked)
        times = self.metrics.answer_begins(model)
        with self.engines.use(model) as chat, ExitStack() as opened:
            paths = [opened.enter_context(self.sources.opened(each, owner)) for each in asked.sources]
            clips = [self._open(chat, path, asked, number, stop) for number, path in enumerate(paths)]
            cues = [self._sensed(chat, path, senses, asked, stop) for path in paths]
            opened.close()  # the files are not needed any more
            if stop.is_set():
                return
            conversation = _conversation(clips, cues, asked, owner, model)
            pieces = chat.ask(conversation, asked.question, asked.settings, stop)
            written = self.engines.in_turn(pieces, stop)
            with closing(pieces), closing(written):  # type: ignore[type-var]
                for piece in until_stop(written, asked.stops):
                    times.piece()
                    yield piece
            if stop.is_set():
                return
            turn = conversation.turns[-1]
            times.over(turn)
            yield Written(tuple(map(ClipFacts.of, clips)), turn, _reason(turn, asked, chat))

    def hear(self, path: Path, options: SenseOptions, stop: threading.Event) -> Iterator[tuple[Cue, ...]]:
        """What is said in a file, for its own sake. Raises ApiError, ReelTalkError."""
        with self.engines.use(self.engines.names[0]) as chat:
            limits = SenseLimits(video=self.limits.video)
            work = chat.senses(path, ["hearing"], options, limits, self._places)
        while not work.wait(LOOKED):
            if stop.is_set():
                work.stop()
        state = work.state("hearing")
        if state.error is not None:
            raise state.error
        if state.phase == "failed":
            raise ApiError(REASONS.get(state.reason, REASONS["failed"]), code=state.reason, param="file")
        yield state.cues

    def _open(
        self, chat: "VideoChat", path: Path, asked: Asked, number: int, stop: threading.Event
    ) -> "OpenedClip":
        """The range that was asked for is one of the first clip."""
        ours = asked.ours
        plan = SamplingPlan(start=ours.start, end=ours.end) if number == 0 else SamplingPlan()
        if ours.frames is not None:
            plan = replace(plan, frames=ours.frames)
        while not self._readers.acquire(timeout=LOOKED):
            if stop.is_set():
                raise InterruptedError("the client has gone")
        try:
            return self.metrics.opening(partial(chat.open, path, plan, self.limits.video))
        finally:
            self._readers.release()

    def _senses(self, asked: Asked) -> tuple[str, ...]:
        """Those that the clips are heard and read by. Raises SettingError."""
        there = available_senses() if self.limits.senses_at_once else ()
        wanted = there if asked.ours.senses is None else tuple(asked.ours.senses)
        if missing := [name for name in wanted if name not in there]:
            raise SettingError("unknown_sense", name=missing[0], known=", ".join(there) or "none")
        return wanted

    def _sensed(
        self, chat: "VideoChat", path: Path, senses: tuple[str, ...], asked: Asked, stop: threading.Event
    ) -> dict[str, tuple[Cue, ...]]:
        if not senses or stop.is_set():
            return {}
        options = SenseOptions(language=asked.ours.speech_language)
        limits = SenseLimits(video=self.limits.video)
        work = chat.senses(path, senses, options, limits, self._places)
        while not work.wait(LOOKED):
            if stop.is_set():
                work.stop()
        return work.cues()


def _conversation(
    clips: list["OpenedClip"], cues: list[dict[str, tuple[Cue, ...]]], asked: Asked, owner: str, model: str
) -> Conversation:
    """The same id for all turns of one conversation of one owner, by which the engine finds its KV cache.

    It only saves time: whatever is not the same in the prompt is read anew.
    """
    keys = [clip.key for clip in clips]
    first = asked.turns[0].question if asked.turns else asked.question
    same = json.dumps([owner, model, keys, asked.ours.timestamps, first])
    beside = Subject(keys[1], cues=cues[1]) if len(keys) > 1 else None
    return Conversation(
        keys[0],
        hashlib.sha256(same.encode()).hexdigest(),
        list(asked.turns),
        beside=beside,
        cues=cues[0],
    )


def _reason(turn: Turn, asked: Asked, chat: "VideoChat") -> str:
    room = chat.model.context_length - turn.prompt_tokens
    return "length" if turn.tokens >= min(asked.settings.max_new_tokens, room) else "stop"
