"""The conversations that the visitor's browser has kept: searched, renamed, opened again, deleted.

They lie in the browser alone, and scripts/talk/history.js lists them; the server hears of what is opened.
"""

from collections.abc import Iterator

import gradio as gr

from demo.clip.opening import Opening
from demo.clip.reader import READING
from demo.keep.transcripts import LONGEST_TITLE
from demo.page.feature import FIRST_LANGUAGE, HIDDEN, Feature, Site, Updates, View, Views, html_label
from demo.page.i18n import t
from demo.server.tabs import MOST_CLIPS
from demo.server.talks import talk_of
from demo.settings.drawer import Settings


class History(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.head = gr.HTML(head_html(FIRST_LANGUAGE), elem_id="rt-history")
        self.events = gr.HTML(js_on_load="window.reelTalk.tellHistory = trigger;", visible="hidden")

    @property
    def labels(self) -> View:
        return super().labels + html_label(self.head, head_html)

    def connect(self, opening: Opening, settings: Settings, views: Views) -> None:
        self.opening, self.named = opening, views.clip + views.record
        opened = self.events.select(
            self.open, None, views.another.outputs, trigger_mode="multiple", **READING | HIDDEN
        )
        settings.show_range_after(opened)
        self.events.edit(self.rename, None, self.named.outputs, queue=False, **HIDDEN)

    def open(self, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """A kept conversation comes onto the page, with its clip if the server still has it."""
        tab = self.tabs.of(request)
        kept = event._data
        talk = next((each for each in tab.talks if each.chat_id == kept.get("id")), None)
        if talk is None:
            if tab.full and not tab.talk.empty:
                text = t("clips.full", tab.language, count=MOST_CLIPS)
                gr.Warning(text, title=t("page.attention", tab.language))
                yield self.opening.nothing
                return
            talk = talk_of(kept)
            tab.talks.append(talk)
        tab.go_to(talk)
        yield from self.opening.show(tab)

    def rename(self, request: gr.Request, event: gr.EventData) -> Updates:
        """The conversation is on the page under its new name, if it is there."""
        tab = self.tabs.of(request)
        for talk in tab.talks:
            if talk.chat_id == event._data.get("id"):
                talk.title = str(event._data.get("title", ""))[:LONGEST_TITLE]
        return self.named(tab)


def head_html(lang: str) -> str:
    """The title and the search; the script puts the list below them."""
    find = t("history.search", lang)
    return (
        f'<section class="rt-history"><h3>{t("history.title", lang)}</h3>'
        f'<input type="search" id="rt-history-find" placeholder="{find}" aria-label="{find}">'
        '<ul id="rt-history-list"></ul></section>'
    )
