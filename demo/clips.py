"""What a visitor does with several clips: go to one, add one, remove one, compare two, put subtitles beside.

As in handlers.py a handler returns or yields {component: update}; how a clip is read: clip_reader.py.
"""

from collections.abc import Iterator
from pathlib import Path

import gradio as gr

from core import ReelTalkError, read_subtitles
from demo.app import Page, Updates, merged
from demo.handlers import Handlers
from demo.i18n import error_text, t
from demo.talks import Talk
from demo.visitors import Tab


class Clips:
    """The events of the row of clips and of what stands below the player."""

    def __init__(self, page: Page, handlers: Handlers) -> None:
        self.page = page
        self.handlers = handlers
        self.tabs = handlers.tabs
        self.view = handlers.view

    def click(self, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """One of the row's buttons: a clip, its removal, or the place for another."""
        tab = self.tabs.of(request)
        data = event._data
        talk = tab.talk_of(str(data.get("talk") or data.get("remove")))
        if "add" in data:
            if self.handlers.room(tab) is None:
                yield {self.page.status: gr.skip()}
            else:
                yield self.view.talk(tab)
        elif talk is None or (talk is tab.talk and "talk" in data):
            yield {self.page.status: gr.skip()}
        elif "remove" in data:
            yield from self._remove(tab, talk)
        else:
            yield from self._go_to(tab, talk)

    def remove_shown(self, request: gr.Request) -> Iterator[Updates]:
        """The clip was taken out of the player, or, where there is none, the camera takes its place."""
        tab = self.tabs.of(request)
        reading = tab.talk.reading
        if reading is None or reading.refused:
            yield {self.page.status: gr.skip()}
        else:
            yield from self._remove(tab, tab.talk)

    def restore(self, request: gr.Request) -> Iterator[Updates]:
        """After a reload: open the clip on the page again, if the server still has it."""
        tab = self.tabs.of(request)
        talk = tab.talk
        if talk.reading is None:
            self._make_ready(tab, talk)
            if talk.reading is not None:  # or else the visitor may be choosing a clip at this moment
                for step in self._open(tab):
                    yield merged(step, self.view.model(tab))  # it may be loaded by now
                return
        yield {self.page.status: gr.skip()}

    def compare(self, id: str, request: gr.Request) -> Updates:
        """From now on questions are about this clip and another one; "" is about this clip alone."""
        tab = self.tabs.of(request)
        talk = tab.talk
        talk.beside = tab.talk_of(id) if id != talk.id else None
        if talk.beside is not None and not self._beside_ready(tab):
            gr.Warning(t("error.clip_expired", tab.language), title=t("page.attention", tab.language))
        return merged(self.view.shelf(tab), self.view.suggestions(tab), self.view.record(tab))

    def add_subtitles(self, path: str | None, request: gr.Request) -> Updates:
        """Show them in the player, and give them to a model that reads them."""
        tab = self.tabs.of(request)
        talk = tab.talk
        if path is None or talk.reading is None:
            return {self.page.player: gr.skip()}
        try:
            talk.subtitles = read_subtitles(Path(path))
        except ReelTalkError as error:
            gr.Warning(error_text(error, tab.language), title=t("page.attention", tab.language))
            return {self.page.player: gr.skip()}
        self.tabs.remember_clip(talk, talk.reading)
        return self.view.shelf(tab) | self.view.subtitles(tab)

    def drop_subtitles(self, request: gr.Request) -> Updates:
        """The clip without subtitles."""
        tab = self.tabs.of(request)
        tab.talk.subtitles = None
        if tab.talk.reading is not None:
            self.tabs.remember_clip(tab.talk, tab.talk.reading)
        return self.view.shelf(tab) | self.view.subtitles(tab)

    def show_subtitles(self, request: gr.Request) -> Updates:
        """Those that were there before the clip itself came back."""
        tab = self.tabs.of(request)
        return self.view.subtitles(tab) if tab.talk.subtitles else {self.page.player: gr.skip()}

    def _remove(self, tab: Tab, talk: Talk) -> Iterator[Updates]:
        shown = talk is tab.talk
        self.tabs.remove(tab, talk)
        if shown:
            yield from self._open(tab)
        else:
            yield merged(self.view.clip(tab), self.view.record(tab))

    def _go_to(self, tab: Tab, talk: Talk) -> Iterator[Updates]:
        tab.go_to(talk)
        yield from self._open(tab)

    def _open(self, tab: Tab) -> Iterator[Updates]:
        """Show the tab's talk; where its clip has to be read for that, how far it is."""
        talk = tab.talk
        self._make_ready(tab, talk)
        self._beside_ready(tab)
        under_way = talk.reading is not None and not talk.reading.done.is_set()
        yield self.view.talk(tab)
        if under_way:
            for step in self.handlers.reader.follow(tab, talk):
                yield merged(self.view.talk(tab), step)

    def _beside_ready(self, tab: Tab) -> bool:
        """Make the clip ready that this one is compared with; not if the server has lost its file."""
        talk = tab.talk
        if talk.beside is not None:
            self._make_ready(tab, talk.beside)
            if talk.beside.reading is None:
                talk.beside = None
        return talk.beside is not None

    def _make_ready(self, tab: Tab, talk: Talk) -> None:
        """See that a clip has been read by the tab's model, or will be; what was said goes on."""
        reading = talk.reading
        if reading is not None and reading.host is tab.host:
            return
        if reading is not None:
            again = reading.again(tab.host)
        elif talk.word is not None and (kept := self.tabs.clip_of(talk.word, tab.host)) is not None:
            again, talk.subtitles = kept
        else:
            return
        if Path(again.path).is_file():
            self.handlers.reader.begin(talk, again, talk.turns)
