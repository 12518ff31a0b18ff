"""A clip is summed up by its model while nobody waits for an answer: a question that comes goes first.

The summary is written as an answer would be, after the same prompt, so that what was read ahead serves both.
"""

import threading
from dataclasses import replace

import core
from core import Conversation, ReelTalkError
from demo.models.host import ModelHost
from demo.models.pool import Models
from demo.models.spare_work import SpareWork
from demo.page.i18n import t
from demo.server.tabs import Tab
from demo.suggestions.summary import Summary

LONGEST = 90  # tokens


Key = tuple[str, str, frozenset[str]]  # a talk's id, the language, the sources of lines that are known


class SummingUp:
    def __init__(self, models: Models) -> None:
        self.models = models
        self._under_way: set[Key] = set()

    def begin(self, tab: Tab) -> None:
        """See that the clip on the page is being summed up in the tab's language; returns at once."""
        talk = tab.talk
        if tab.stop is not None or talk.reading is None:
            return
        conversation = talk.spoken_with(talk.reading.host, self.models.forget)
        key = talk.id, tab.model_language, frozenset(talk.found)
        if conversation is not None and key not in self._under_way:
            self._under_way.add(key)
            _Work(self.models, tab, talk.reading.host, conversation, key, self._under_way).begin()


class _Work(SpareWork):
    NAME = "sum-up"

    def __init__(
        self,
        models: Models,
        tab: Tab,
        host: ModelHost,
        conversation: Conversation,
        key: Key,
        under_way: set[Key],
    ) -> None:
        super().__init__(models, tab, host, conversation)
        self.talk = tab.talk
        self._key, self._under_way = key, under_way
        _, self._language, self._sources = key

    @property
    def wanted(self) -> bool:
        return super().wanted and self.tab.model_language == self._language

    def work(self) -> bool:
        """Each time from its first word: it is short."""
        if not all(not self.must_yield for _ in self.host.chat.read_ahead(self.conversation)):
            return False
        apart = replace(self.conversation, turns=[])  # under the same id, by which its prompt is found
        settings = core.ChatSettings(max_new_tokens=LONGEST, language=self._language)
        stop = threading.Event()
        try:
            for _ in self.host.chat.ask(apart, t("summary.question", self._language), settings, stop):
                if self.must_yield:
                    stop.set()
            if stop.is_set():
                return False
            text = apart.turns[-1].answer.strip()
        except ReelTalkError:  # the visitor's question will say it
            text = ""
        self.talk.summary = Summary(text, self.conversation.clip_key, self._language, self._sources)
        return True

    def go_on(self) -> None:
        try:
            super().go_on()
        finally:
            self._under_way.discard(self._key)
