"""The KV caches of several conversations side by side, so that one forward pass writes a token of each.

Rows are padded on the left to the longest: so all of them end together, and what a pass adds stands in one
place for all. Keys and values are copied when rows come or go, never for each token.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any

import torch
from torch import Tensor


class CacheBatch(ABC):
    """caches: those that it holds, row by row. They get what was added to them when they are let go."""

    def __init__(self) -> None:
        self.caches: list[Any] = []
        self._whole: Any = None  # keys and values of all rows
        self._pads: list[int] = []  # of each row, before its first token
        self._positions: list[int] = []  # of each row's next token

    @abstractmethod
    def tensors(self, cache: Any) -> Iterable[Tensor]:
        """Keys and values of each layer in turn, [rows, H, L, head], each read when it is taken."""

    @abstractmethod
    def fill(self, cache: Any, tensors: Iterator[Tensor]) -> None:
        """The reverse, layer by layer: what a layer has now may be read until its new tensors are taken."""

    @abstractmethod
    def new_whole(self) -> Any:
        """An empty cache of many rows, which knows `get_seq_length` and `batch_select_indices`."""

    @abstractmethod
    def forward(self, embeds: Tensor, whole: Any, positions: Tensor, seen: Tensor) -> Tensor:
        """Embeddings [B, K] at these positions [B] -> logits [B, V].

        seen: bool [B, L + 1], where a row has tokens.
        """

    def position(self, cache: Any) -> int:
        """Of the next token of a conversation."""
        return cache.get_seq_length()

    @torch.inference_mode()
    def hold(self, caches: Sequence[Any]) -> None:
        """These and no others: those that stay keep their order, and new ones follow."""
        wanted, held = {id(each) for each in caches}, {id(each) for each in self.caches}
        staying = [row for row, cache in enumerate(self.caches) if id(cache) in wanted]
        new = [each for each in caches if id(each) not in held]
        self._give_back([row for row in range(len(self.caches)) if row not in staying])
        if new:
            self._stack(staying, new)
        else:
            if len(staying) < len(self.caches):
                self._whole.batch_select_indices(torch.tensor(staying, dtype=torch.long))
            self._pads = [self._pads[row] for row in staying]
        kept = [self._positions[row] for row in staying]
        self._positions = kept + [self.position(cache) for cache in new]
        self.caches = [self.caches[row] for row in staying] + new

    @torch.inference_mode()
    def step(self, embeds: Tensor) -> Tensor:
        """The embeddings [B, K] of one token for each row -> logits [B, V] of the next."""
        columns = torch.arange(self._whole.get_seq_length() + 1)
        seen = columns >= torch.tensor(self._pads)[:, None]  # Shape: (B, L + 1)
        logits = self.forward(embeds, self._whole, torch.tensor(self._positions), seen)
        self._positions = [position + 1 for position in self._positions]
        return logits

    def _give_back(self, rows: list[int]) -> None:
        parts: dict[int, list[Tensor]] = {row: [] for row in rows}
        for tensor in self.tensors(self._whole) if rows else ():
            for row in rows:
                parts[row].append(tensor[row : row + 1, :, self._pads[row] :].clone())
        for row in rows:
            self.fill(self.caches[row], iter(parts[row]))

    def _stack(self, staying: list[int], new: list[Any]) -> None:
        """Rows that are held, and new ones behind them, all padded anew."""
        length = self._whole.get_seq_length() if staying else 0
        sizes = [length - self._pads[row] for row in staying] + [each.get_seq_length() for each in new]
        pads = [max(sizes) - size for size in sizes]
        whole = self._whole if staying else self.new_whole()

        def stacked() -> Iterator[Tensor]:
            earlier = iter(self.tensors(whole)) if staying else repeat(None)
            for held, *arrived in zip(earlier, *(self.tensors(each) for each in new), strict=False):
                parts = [held[row, :, self._pads[row] :] for row in staying] if held is not None else []
                parts += [each[0] for each in arrived]  # Shape: (H, L, head)
                first = parts[0]
                result = first.new_zeros(len(parts), len(first), max(sizes), first.shape[-1])
                for row, part in enumerate(parts):
                    result[row, :, pads[row] :] = part
                yield result

        self.fill(whole, stacked())
        self._whole, self._pads = whole, pads
