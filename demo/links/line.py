"""A link to a clip, where the operator allows its host: pasted anywhere (scripts/clip/link.js) or into a line
below the place for clips.
"""

import html
from collections.abc import Iterator

import gradio as gr

from demo.clip.opening import Opening
from demo.clip.reader import READING
from demo.clip.reading import Reading
from demo.limits.rates import Rate
from demo.limits.visitor import visitor_asking
from demo.page.feature import (
    BUTTON_CLICKS,
    FIRST_LANGUAGE,
    HIDDEN,
    Feature,
    Site,
    Updates,
    View,
    Views,
    html_label,
    merged,
)
from demo.page.i18n import t
from demo.settings.drawer import Settings

MOST, SECONDS = 30, 600.0  # links of one visitor in so many seconds


class Links(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.line = gr.HTML(
            line_html(FIRST_LANGUAGE),
            js_on_load=BUTTON_CLICKS,
            elem_id="rt-link",
            visible=site.links is not None,
        )
        self.rate = Rate(MOST, SECONDS)

    @property
    def labels(self) -> View:
        return html_label(self.line, line_html)

    def connect(self, opening: Opening, settings: Settings, views: Views) -> None:
        self.opening = opening
        if self.site.links is None:
            return
        opened = self.line.click(
            self.open_link,
            settings.frames,
            views.opened.outputs,
            trigger_mode="multiple",
            **READING | HIDDEN,
        )
        settings.show_range_after(opened)

    def open_link(self, frames: int, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """Fetch what the link leads to, read it and show it."""
        link, tab = str(event._data["url"]).strip(), self.tabs.begun(request)
        if not self.rate.allows(visitor_asking(request)):
            gr.Warning(t("limits.too_often", tab.language), title=t("page.attention", tab.language))
            yield self.opening.nothing
            return
        assert self.site.links is not None, "or else there is no such event"
        place = str(self.site.links.place(link))
        mine: Reading | None = None
        for step in self.opening.open(tab, place, frames, link):
            first, mine = mine is None, mine or tab.talk.reading
            # A clip that was on the page makes room; this one is in the player once it has come.
            come = mine is not None and mine.accepted and tab.talk.reading is mine
            yield merged(step, self.opening.player.view(tab)) if first or come else step


def line_html(lang: str) -> str:
    label, button = (html.escape(t(f"clip.{name}", lang)) for name in ("link", "open_link"))
    return (
        f'<div class="rt-link"><input type="url" id="rt-link-url" placeholder="{label}" aria-label="{label}"'
        f' autocomplete="off" spellcheck="false"><button type="button" data-url="">{button}</button></div>'
    )
