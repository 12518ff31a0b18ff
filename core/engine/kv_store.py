"""The KV caches of conversations, bounded in bytes, least recently used first to go.

A cache belongs to one conversation. The ids of its tokens are kept beside it, so that retry, edit and
follow-up are one rule: keep the longest common prefix, crop the rest. Losing a cache costs time and never
changes an answer.
"""

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass
class KVEntry:
    """ids: the tokens whose keys and values `cache` holds, in order."""

    ids: list[int]
    cache: Any  # a DynamicCache of transformers, whose kinds of layers share no type, or a decoder's own


class KVStore:
    """Thread-safe. An entry is taken out while it is used and put back afterwards."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._entries: OrderedDict[str, KVEntry] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str, ids: tuple[int, ...]) -> KVEntry | None:
        """The entry of this key, cut to what it shares with `ids` but for the last of them.

        The last token is always left to be fed, because feeding it gives the next token's logits.
        """
        with self._lock:
            entry = self._entries.pop(key, None)
        if entry is None:
            return None
        shared = shared_beginning(entry.ids, ids[:-1])
        if surplus := len(entry.ids) - shared:
            if not entry.cache.is_croppable:  # layers with a running state cannot be cropped
                return None
            entry.cache.crop(-surplus)  # transformers takes negative numbers only
            del entry.ids[shared:]
        return entry

    def shared(self, key: str, ids: tuple[int, ...]) -> int:
        """How many of `ids`, from the first on, the entry of this key holds."""
        with self._lock:
            entry = self._entries.get(key)
            return shared_beginning(entry.ids, ids) if entry else 0

    def has_room(self, entry: KVEntry, tokens: int) -> bool:
        """Whether an entry may grow to so many tokens; an empty one, whose size is unknown, may."""
        return not entry.ids or _bytes(entry.cache) * tokens <= self.max_bytes * len(entry.ids)

    def put(self, key: str, entry: KVEntry) -> None:
        with self._lock:
            self._entries[key] = entry
            self._entries.move_to_end(key)
            while len(self._entries) > 1 and self.bytes() > self.max_bytes:
                self._entries.popitem(last=False)

    def drop(self, key: str) -> None:
        with self._lock:
            self._entries.pop(key, None)

    def bytes(self) -> int:
        return sum(_bytes(entry.cache) for entry in self._entries.values())


def shared_beginning(one: Sequence[int], other: Sequence[int]) -> int:
    """How many ids two prompts have in common, from the first on."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((index for index, (a, b) in pairs if a != b), min(len(one), len(other)))


def _bytes(cache: Any) -> int:
    """The size of a cache: of a DynamicCache the sum over its tensors; a decoder's cache has `nbytes`."""
    if hasattr(cache, "nbytes"):
        return cache.nbytes
    return sum(tensor.nbytes for layer in cache.layers for tensor in _tensors(layer))


def _tensors(layer: Any) -> list[Any]:
    """The tensors of a layer of a cache: keys and values, or the states of a convolution, or none yet."""
    held = [getattr(layer, "keys", None), getattr(layer, "values", None)]
    held += getattr(layer, "conv_states", {}).values()
    return [tensor for tensor in held if tensor is not None]
