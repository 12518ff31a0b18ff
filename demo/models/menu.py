"""The menu of models. A chosen one is loaded while the tab's own goes on, and then takes its place."""

import time
from collections.abc import Iterator
from typing import Any, ClassVar

import gradio as gr

from demo.clip.opening import Opening
from demo.models.card import card_html, menu_title
from demo.models.host import ModelHost
from demo.page.feature import FIRST_LANGUAGE, HIDDEN, Feature, Site, Texts, Updates, View, Views, merged
from demo.server.tabs import TICK, Choice, Tab
from demo.settings.drawer import Settings

CHOOSING: dict[str, Any] = {"concurrency_id": "choosing", "concurrency_limit": 8, "show_progress": "hidden"}


class Menu(Feature):
    """menu: shown where there are several models. card: of the tab's own."""

    TEXTS: ClassVar[Texts] = {"menu": {"label": "model.choose"}}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        choices = self._choices(FIRST_LANGUAGE)
        self.menu = gr.Dropdown(
            choices,
            value=choices[0][1],
            filterable=False,
            container=False,
            show_label=False,
            scale=0,
            min_width=240,
            visible=len(choices) > 1,
            elem_id="rt-menu",
            **self.text("menu"),
        )
        self.card = gr.HTML(elem_id="rt-model")
        self.view = View([self.menu, self.card], self._show)

    def connect(self, opening: Opening, settings: Settings, views: Views) -> None:
        self.opening, self.views = opening, views
        self.ticker = gr.Timer(0.5)  # runs while the first model is loaded
        self.ticker.tick(self.show_loading, None, [*views.model.outputs, self.ticker], queue=False, **HIDDEN)
        if len(self.site.models.hosts) > 1:
            chosen = self.menu.input(
                self.choose,
                self.menu,
                views.chosen.outputs,
                api_name="choose_model",
                trigger_mode="multiple",
                **CHOOSING,
            )
            settings.show_range_after(chosen)

    def show_loading(self, request: gr.Request) -> Updates:
        """How far the loading of the first model is, and at its end what can be done with it."""
        loading = self.site.models.first.loading
        tab = self.tabs.of(request)
        updates = {self.card: card_html(tab)} if loading else self.views.model(tab)
        return updates | {self.ticker: gr.Timer(active=loading)}

    def choose(self, key: str, request: gr.Request) -> Iterator[Updates]:
        """Load another model while the tab's own goes on; then talk with it about the same clip, anew.

        If it cannot be loaded, everything stays as it was, and the page says why.

        Gradio may tell of one choice twice, and shows what a handler showed last once more at its end: so one
        handler alone follows a choice, and what is not wanted any more ends with nothing.
        """
        tab = self.tabs.begun(request)
        host = self.site.models.by_key(key)
        if tab.choice is not None and tab.choice.host is host and tab.choice.error is None:
            yield self.opening.nothing
            return
        choice = tab.choice = None if host is tab.host else Choice(host)
        yield self.views.model(tab)
        if choice is None:  # back to its own model, before the other one was there
            return
        try:
            with self.site.models.use(host, instead_of=tab.host):
                yield from self._load(tab, choice)
                if choice.error is None and tab.choice is choice:
                    yield from self._switch(tab, host)
                elif tab.choice is not choice:
                    yield self.opening.nothing
        finally:
            if tab.choice is choice and choice.error is None:  # the tab has gone meanwhile
                tab.choice = None

    def _load(self, tab: Tab, choice: Choice) -> Iterator[Updates]:
        """Until the model is there, and the answer that the old one is writing has come to its end."""
        before, error = "", None
        while tab.choice is choice and not choice.host.loaded and (error := choice.host.error) is None:
            choice.host.wait(TICK)
            now = card_html(tab)
            if now != before:
                yield {self.card: now}
                before = now
        if tab.choice is choice and error is not None:
            choice.error = error
            yield self.views.model(tab)
            return
        # Who holds a model must not wait for another to be loaded: an answer that does so ends here.
        while tab.choice is choice and tab.stop is not None and not tab.host.loading:
            time.sleep(TICK)

    def _switch(self, tab: Tab, host: ModelHost) -> Iterator[Updates]:
        talk = tab.talk
        reading = talk.reading
        talk.other_model = talk.other_model or bool(talk.turns)
        self.tabs.end_conversation(tab)
        talk.new_chat()
        for each in tab.talks:  # the other clips are read by the new model when they are wanted again
            each.beside = None
        tab.host, tab.choice = host, None
        if reading is None:
            yield merged(self.views.model(tab), self.views.record(tab))
            return
        for step in self.opening.read(tab, talk, reading.again(host)):
            yield merged(self.views.model(tab), step)

    def _show(self, tab: Tab) -> Updates:
        wanted = tab.choice.host if tab.choice and tab.choice.error is None else tab.host
        return {
            self.menu: gr.update(choices=self._choices(tab.language), value=wanted.key),
            self.card: gr.update(value=card_html(tab)),
        }

    def _choices(self, lang: str) -> list[tuple[str, str]]:
        return [(menu_title(host, lang), host.key) for host in self.site.models.hosts]
