"""Reading ahead: what stands before the next question enters the KV cache while nobody waits for an answer.

It is read in pieces, and after each the cache is back in the store. So whoever comes meanwhile waits for one
piece at most, and a question goes on from what has been read so far.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator

from core.engine.kv_store import KVEntry, KVStore
from core.engine.prompting import PromptAhead
from core.image_llm.base import ImageLLM

PIECE = 64  # tokens that are read at once


class ReadAhead:
    """The conversations that are read ahead, and who has to make way for whom. Thread-safe.

    A question never waits for another one here: an answer that nobody reads to its end would block it.
    """

    def __init__(self, model: ImageLLM, kv: KVStore) -> None:
        self._model = model
        self._kv = kv
        self._readers: dict[str, object] = {}  # by conversation: the latest one, which alone may go on
        self._in_use: dict[str, KVEntry] = {}  # by conversation: the cache that a piece is read into just now
        self._questions: Counter[str] = Counter()  # by conversation: answers that are being written
        self._forgotten: set[str] = set()  # conversations that were, while their last answer is ending
        self._changed = threading.Condition()  # guards the four above

    def pieces(self, conversation_id: str, prompt: Callable[[], PromptAhead]) -> Iterator[float]:
        """Read a piece at each step; yields the share that has been read.

        Ends when all is read, when the conversation is asked about, forgotten or read ahead anew, and where
        its cache would have no room.
        """
        reader = object()
        with self._changed:
            if self._questions[conversation_id]:  # whose prompt begins with all this
                return
            self._readers[conversation_id] = reader
        try:
            ahead, held = prompt(), 0
            while (read := self._read_piece(conversation_id, reader, ahead, held)) is not None:
                held = read
                yield held / ahead.length
        finally:
            with self._changed:
                if self._readers.get(conversation_id) is reader:
                    del self._readers[conversation_id]

    def making_way(self, conversation_id: str, answer: Iterator[str]) -> Iterator[str]:
        """The pieces of an answer, begun after the piece of its prompt that is being read ahead.

        Until they end, nothing else uses the cache of this conversation.
        """
        with self._changed:
            self._questions[conversation_id] += 1
            self._forgotten.discard(conversation_id)
            self._readers.pop(conversation_id, None)
            self._changed.wait_for(lambda: conversation_id not in self._in_use)
        try:
            yield from answer
        finally:
            with self._changed:
                self._questions[conversation_id] -= 1
                self._questions += Counter()  # drops those at zero
                if conversation_id in self._forgotten and not self._questions[conversation_id]:
                    self._forgotten.remove(conversation_id)
                    self._kv.drop(conversation_id)  # the answer has just put it there

    def forget(self, conversation_id: str) -> None:
        """Nothing of it will be kept; returns at once, also while something is read or written."""
        with self._changed:
            self._readers.pop(conversation_id, None)
            self._in_use.pop(conversation_id, None)
            self._kv.drop(conversation_id)
            if self._questions[conversation_id]:
                self._forgotten.add(conversation_id)
            self._changed.notify_all()

    def _read_piece(
        self, conversation_id: str, reader: object, ahead: PromptAhead, before: int
    ) -> int | None:
        """How many tokens are held now, `before` of them before; None where this reader has no more to do."""
        with self._changed:
            self._changed.wait_for(lambda: conversation_id not in self._in_use)
            if self._readers.get(conversation_id) is not reader:
                return None
            if self._kv.shared(conversation_id, ahead.prompt.ids[: ahead.length]) == ahead.length:
                return None
            entry = self._kv.take(conversation_id, ahead.prompt.ids)
            if entry is None and before:  # others needed the room
                return None
            entry = entry or KVEntry([], self._model.new_cache())
            if not self._kv.has_room(entry, ahead.length):
                self._kv.put(conversation_id, entry)
                return None
            self._in_use[conversation_id] = entry
        held = len(entry.ids)
        end = max(held + PIECE, self._model.inseparable(ahead.prompt))
        end = min(end, ahead.length)
        whole = False
        try:
            self._model.read(ahead.prompt.cut(end), held, entry.cache)
            entry.ids += ahead.prompt.ids[held:end]
            whole = True
        finally:
            with self._changed:
                if self._in_use.get(conversation_id) is entry:  # it was not forgotten meanwhile
                    del self._in_use[conversation_id]
                    if whole:
                        self._kv.put(conversation_id, entry)
                self._changed.notify_all()
        return end
