"""The decoding pool: answers that are written at the same time get their next tokens in one forward pass.

An LLM reads all of its weights for a token, and no more for a token of each of several answers. Every answer
goes on in the thread of whoever asked, with its own sampling, seed and stop, and asks for the logits after a
token. The first to ask waits a moment for the others and makes the pass for all. So what goes wrong with one
answer is that answer's alone, and one that is alone is written as if there were no pool.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
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


class DecodingPool:
    """Of one model. Thread-safe."""

    def __init__(self, model: ImageLLM, turns: Turns) -> None:
        """turns: at the processor; pools that share them compute one after the other."""
        self._model, self._turns = model, turns
        self._batch: CacheBatch | None = None  # of those that were in the last pass, where there were several
        self._rows: list[Row] = []
        self._leader: int | None = None  # the thread that makes a pass, and alone may use the batch
        self._last = 0.0  # seconds of the last pass
        self._changed = threading.Condition()  # guards all of these, and what is in rows

    @contextmanager
    def writing(self, cache: Any) -> Iterator[Callable[[int], Tensor]]:
        """For one answer: feeds a token to its cache, and gives the logits [V] of the next.

        Afterwards the cache holds all that was fed; within, only the pool uses it.
        """
        row = Row(cache)
        with self._changed:
            self._rows.append(row)
        try:
            yield partial(self._logits, row)
        finally:
            self._leave(row)

    def _logits(self, row: Row, token: int) -> Tensor:
        embeds = self._model.embed_ids([token])
        with self._changed:
            row.embeds, row.logits, row.error, row.away = embeds, None, None, False
            self._changed.notify_all()
            self._changed.wait_for(lambda: row.embeds is None or self._leader is None)
            leads = row.embeds is not None
            if leads:
                self._leader = threading.get_ident()
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
            with self._turns.turn():
                began = time.monotonic()
                logits = self._pass(asking)
                self._last = time.monotonic() - began
        except BaseException as error:  # each raises it in its own thread
            self._batch = None  # nobody knows what it holds; the caches are as they came
            failure = error
        with self._changed:
            for row in asking:
                row.embeds, row.logits, row.error = None, logits.get(row), failure
            self._leader = None
            self._changed.notify_all()
        if failure is not None:
            raise failure

    def _all_ask(self) -> bool:
        return all(row.embeds is not None or row.away for row in self._rows)

    def _pass(self, asking: dict[Row, Tensor]) -> dict[Row, Tensor]:
        if len(asking) > 1:
            self._batch = self._batch or self._model.new_batch()
        if self._batch is None or len(asking) == 1:
            self._dissolve()
            return {row: self._model.forward(embeds, row.cache) for row, embeds in asking.items()}
        self._batch.hold([row.cache for row in asking])
        row_of = {id(row.cache): row for row in asking}
        rows = [row_of[id(cache)] for cache in self._batch.caches]
        logits = self._batch.step(torch.cat([asking[row] for row in rows]))  # Shape: (B, V)
        return dict(zip(rows, logits, strict=True))

    def _dissolve(self) -> None:
        if self._batch is not None:
            self._batch.hold([])
            self._batch = None

    def _leave(self, row: Row) -> None:
        with self._changed:
            self._rows.remove(row)
            self._changed.notify_all()
            if self._leader == threading.get_ident():  # an abandoned answer that is collected during a pass
                if self._batch is not None:
                    self._batch.disown(row.cache)
                return
            self._changed.wait_for(lambda: self._leader is None)
            if self._batch is None or all(each is not row.cache for each in self._batch.caches):
                return
            others = [each for each in self._batch.caches if each is not row.cache]
            if len(others) > 1:
                self._batch.hold(others)
            else:
                self._dissolve()
