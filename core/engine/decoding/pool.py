"""The decoding pool: answers that are written at the same time get their next tokens in one forward pass.

An LLM reads all of its weights for a token, and no more for a token of each of several answers. Every answer
goes on in the thread of whoever asked, with its own sampling, seed and stop, and asks for the logits after a
token. The first to ask waits a moment for the others and makes the pass for all. So what goes wrong with one
answer is that answer's alone, and one that is alone is written as if there were no pool.
"""

import threading
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from core.engine.decoding.turns import Turns
from core.image_llm.base import ImageLLM
from core.image_llm.batching.cache_batch import CacheBatch

# Seconds that a pass waits for the answers of the last one, or as long as that took. Whoever comes later (a
# client reads slowly) is out of the batch until it asks again.
GRACE = 0.1


@dataclass(eq=False)
class Row:
    """An answer that is being written. embeds: [1, K], of the token whose logits it asks for."""

    cache: Any
    embeds: Tensor | None = None
    logits: Tensor | None = None
    error: BaseException | None = None
    away: bool = False  # it was not there when the last pass was made
    lost: bool = False  # its cache cannot be relied on any more


class DecodingPool:
    """Of one model. Thread-safe."""

    def __init__(self, model: ImageLLM, turns: Turns) -> None:
        """turns: at the processor; pools that share them compute one after the other."""
        self._model, self._turns = model, turns
        self._batch: CacheBatch | None = None  # of those that were in the last pass, where there were several
        self._rows: list[Row] = []
        self._led = False  # whether somebody gathers rows for a pass, or makes it
        self._busy = False  # whether the batch is at work: its rows must stay
        self._last = 0.0  # seconds of the last pass
        self._changed = threading.Condition()  # guards all of these, and what is in rows

    @contextmanager
    def writing(self, cache: Any) -> Iterator[Row]:
        """For one answer. Afterwards its cache holds all that was fed, unless it is `lost`."""
        row = Row(cache)
        with self._changed:
            self._rows.append(row)
        try:
            yield row
        finally:
            self._leave(row)

    def feed(self, row: Row, token: int) -> Tensor:
        """The logits [V] of the next token after this one."""
        embeds = self._model.embed_ids([token])
        with self._changed:
            row.embeds, row.logits, row.error, row.away = embeds, None, None, False
            self._changed.notify_all()
            self._changed.wait_for(lambda: row.embeds is None or not self._led)
            if leads := row.embeds is not None:
                self._led = True
        if leads:
            self._lead()
        if row.error is not None:
            raise row.error
        assert row.logits is not None, "a pass gives logits or an error"
        return row.logits

    def _lead(self) -> None:
        """Make a pass for all who ask: each gets its logits, or the error of all of them."""
        asking: dict[Row, Tensor] = {}
        logits: dict[Row, Tensor] = {}
        failure: BaseException | None = None
        try:
            with self._changed:
                self._changed.wait_for(self._all_ask, max(GRACE, self._last))
                asking = {row: row.embeds for row in self._rows if row.embeds is not None}
                for row in self._rows:
                    row.away = row not in asking
                if len(asking) > 1:
                    self._batch = self._batch or self._model.new_batch()
                self._hold([row.cache for row in asking] if len(asking) > 1 else [])
                self._busy = True
            with self._turns.turn():
                began = time.monotonic()
                logits = self._pass(asking)
                self._last = time.monotonic() - began
        except BaseException as error:  # each raises it in its own thread
            failure = error
        with self._changed:
            if failure is not None:
                self._lose(asking)
            for row in asking:
                row.embeds, row.logits, row.error = None, logits.get(row), failure
            self._busy = self._led = False
            self._changed.notify_all()
        if failure is not None:
            raise failure

    def _all_ask(self) -> bool:
        return all(row.embeds is not None or row.away for row in self._rows)

    def _pass(self, asking: dict[Row, Tensor]) -> dict[Row, Tensor]:
        if self._batch is None:
            return {row: self._model.forward(embeds, row.cache) for row, embeds in asking.items()}
        row_of = {id(row.cache): row for row in asking}
        rows = [row_of[id(cache)] for cache in self._batch.caches]
        logits = self._batch.step(torch.cat([asking[row] for row in rows]))  # Shape: (B, V)
        return dict(zip(rows, logits, strict=True))

    def _holds(self, row: Row) -> bool:
        return self._batch is not None and any(cache is row.cache for cache in self._batch.caches)

    def _hold(self, caches: list[Any]) -> None:
        if self._batch is None:
            return
        self._busy = True
        try:
            self._batch.hold(caches)
        except BaseException:
            self._lose({})
            raise
        finally:
            self._busy = False
        if not caches:
            self._batch = None

    def _lose(self, asking: Container[Row]) -> None:
        """After a failure, when nobody knows what was written where."""
        for row in self._rows:
            row.lost = row.lost or row in asking or self._holds(row)
        self._batch = None

    def _leave(self, row: Row) -> None:
        """Waits for no pass: an abandoned answer is collected in any thread, that of a pass too."""
        with self._changed:
            try:
                if self._batch is None or not self._holds(row):
                    return
                if self._busy:
                    row.lost = True
                else:
                    others = [cache for cache in self._batch.caches if cache is not row.cache]
                    self._hold(others if len(others) > 1 else [])
            finally:
                self._rows.remove(row)
                self._changed.notify_all()
