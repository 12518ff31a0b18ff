"""What an operator watches, in the form of Prometheus. Nothing but numbers of all clients together.

Everything is named reeltalk_*; what the process itself takes (memory, processor, open files) is process_*.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from core.dialogue.conversation import Turn
from core.errors import ReelTalkError

if TYPE_CHECKING:
    from core.engine.opening import OpenedClip

SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300)
TOKEN_SECONDS = (0.005, 0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.6, 1, 2, 4)


class AnswerTimes:
    """Of one answer, from when it is worked on."""

    def __init__(self, metrics: "Metrics", model: str) -> None:
        self._metrics, self._model = metrics, model
        self._last, self._first = time.monotonic(), True

    def piece(self) -> None:
        """A piece of it has been written."""
        now = time.monotonic()
        times = self._metrics.first_token if self._first else self._metrics.token
        times.labels(self._model).observe(now - self._last)
        self._last, self._first = now, False

    def over(self, turn: Turn) -> None:
        kinds = {
            "visual": turn.visual_tokens,
            "text": turn.prompt_tokens - turn.visual_tokens,
            "cached": turn.cached_tokens,
            "written": turn.tokens,
        }
        for kind, count in kinds.items():
            self._metrics.tokens.labels(self._model, kind).inc(count)


class Metrics:
    """Counters of one server. Thread-safe."""

    def __init__(self, inside: Callable[[], int], waiting: Callable[[], int]) -> None:
        """inside, waiting: requests that have been let in, and those of them that wait."""
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self.requests = Counter(
            "reeltalk_requests", "Answered requests.", ["route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "reeltalk_request_seconds",
            "From the first to the last byte.",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self.first_token = Histogram(
            "reeltalk_first_token_seconds",
            "From when a request is worked on to its first piece of text.",
            ["model"],
            buckets=SECONDS,
            registry=registry,
        )
        self.token = Histogram(
            "reeltalk_token_seconds",
            "Between two pieces of an answer.",
            ["model"],
            buckets=TOKEN_SECONDS,
            registry=registry,
        )
        self.tokens = Counter(
            "reeltalk_tokens",
            "Read (visual, text; cached of both) and written.",
            ["model", "kind"],
            registry=registry,
        )
        self.clips = Counter(
            "reeltalk_clips",
            "Opened clips: read, known before, or the key of what is wrong with the file.",
            ["outcome"],
            registry=registry,
        )
        self.clip_seconds = Histogram(
            "reeltalk_clip_seconds",
            "Decoding and encoding of clips that were not known before.",
            buckets=SECONDS,
            registry=registry,
        )
        running = Gauge("reeltalk_requests_running", "Requests that are worked on.", registry=registry)
        running.set_function(lambda: inside() - waiting())
        queue = Gauge("reeltalk_requests_waiting", "Requests in the queue.", registry=registry)
        queue.set_function(waiting)

    def answer_begins(self, model: str) -> AnswerTimes:
        return AnswerTimes(self, model)

    def opening(self, open_clip: Callable[[], "OpenedClip"]) -> "OpenedClip":
        """Open a clip, and count how that went."""
        since = time.monotonic()
        try:
            clip = open_clip()
        except ReelTalkError as error:
            self.clips.labels(error.key).inc()
            raise
        self.clips.labels("known" if clip.from_cache else "read").inc()
        if not clip.from_cache:
            self.clip_seconds.observe(time.monotonic() - since)
        return clip

    def answered(self, route: str, status: int, seconds: float) -> None:
        """route: as it is written in the code, without anybody's ids."""
        self.requests.labels(route, str(status)).inc()
        self.seconds.labels(route).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)
