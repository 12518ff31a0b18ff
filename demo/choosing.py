"""Another model is chosen: it is loaded while the tab's own goes on, and then takes the conversation's place.

How models come into memory and leave it is told in models.py.
"""

import time
from collections.abc import Iterator

import gradio as gr

from demo.answering import TICK
from demo.app import Page, Updates, merged
from demo.handlers import Handlers
from demo.model_host import ModelHost
from demo.visitors import Choice, Tab


class Choosing:
    """The event of the menu of models."""

    def __init__(self, page: Page, handlers: Handlers) -> None:
        self.page = page
        self.handlers = handlers

    def choose(self, key: str, request: gr.Request) -> Iterator[Updates]:
        """Load another model while the tab's own goes on; then talk with it about the same clip, anew.

        If it cannot be loaded, everything stays as it was, and the page says why.
        """
        tab = self.handlers.tabs.of(request)
        host = self.handlers.models.by_key(key)
        choice = tab.choice = None if host is tab.host else Choice(host)
        yield self.handlers.view.model(tab)
        if choice is None:  # back to its own model, before the other one was there
            return
        try:
            with self.handlers.models.use(host, instead_of=tab.host):
                yield from self._load(tab, choice)
                if choice.error is None and tab.choice is choice:
                    yield from self._switch(tab, host)
        finally:
            if tab.choice is choice and choice.error is None:  # the tab has gone meanwhile
                tab.choice = None

    def _load(self, tab: Tab, choice: Choice) -> Iterator[Updates]:
        """Until the model is there, and the answer that the old one is writing has come to its end."""
        shown, error = "", None
        while tab.choice is choice and not choice.host.loaded and (error := choice.host.error) is None:
            choice.host.wait(TICK)
            card = self.handlers.view.model_card(tab)
            if card != shown:
                yield {self.page.model: card}
                shown = card
        if tab.choice is choice and error is not None:
            choice.error = error
            yield self.handlers.view.model(tab)
            return
        # Who holds a model must not wait for another to be loaded: an answer that does so ends here.
        while tab.choice is choice and tab.stop is not None and not tab.host.loading:
            time.sleep(TICK)

    def _switch(self, tab: Tab, host: ModelHost) -> Iterator[Updates]:
        talk = tab.talk
        reading = talk.reading
        talk.anew = talk.anew or bool(talk.turns)
        self.handlers.tabs.end_conversation(tab)
        for each in tab.talks:  # the other clips are read by the new model when they are wanted again
            each.beside = None
        tab.host, tab.choice = host, None
        if reading is None:
            yield merged(self.handlers.view.model(tab), self.handlers.view.record(tab))
            return
        for step in self.handlers.reader.read(tab, talk, reading.again(host)):
            yield merged(self.handlers.view.model(tab), step)
