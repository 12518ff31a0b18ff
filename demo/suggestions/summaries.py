"""The clip's summary, which stands in the chat until somebody has asked something.

A timer of the page asks for it, from when the clip has been seen until the summary is there.
"""

import gradio as gr

from demo.chat.chatbox import Chatbox
from demo.page.feature import HIDDEN, Feature, Site, Updates, View
from demo.server.tabs import Tab
from demo.suggestions.starters import Starters
from demo.suggestions.summing_up import SummingUp

EVERY = 1.0  # seconds between two looks


class Summaries(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.summing_up = SummingUp(site.models)
        self.timer = gr.Timer(EVERY, active=False)
        self.view = View([self.timer], lambda tab: {self.timer: gr.update(active=self._awaited(tab))})

    def connect(self, chatbox: Chatbox, starters: Starters) -> None:
        self.shown = chatbox.empty + starters.view
        self.timer.tick(self.look, None, [self.timer, *self.shown.outputs], queue=False, **HIDDEN)

    def look(self, request: gr.Request) -> Updates:
        """Once all senses are over it is made; whoever asks meanwhile needs it no more."""
        tab = self.tabs.of(request)
        if not self._awaited(tab):
            there = tab.talk.summary_in(tab.model_language)
            return {self.timer: gr.update(active=False)} | (self.shown(tab) if there else {})
        if self.site.senses.over(tab):
            self.summing_up.begin(tab)
        return {self.timer: gr.skip()}

    def _awaited(self, tab: Tab) -> bool:
        talk = tab.talk
        made = talk.summary_in(tab.model_language) is not None
        return talk.clip is not None and not made and not talk.turns and tab.stop is None
