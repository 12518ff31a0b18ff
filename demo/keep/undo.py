"""For some seconds after something was taken away, a line offers to bring it back.

scripts/talk/undo.js lets the line go; the server can put back what was taken last, until something is asked.
"""

import html
from collections.abc import Iterator

import gradio as gr

from demo.clip.opening import Opening
from demo.clip.reader import READING
from demo.clip.row import clip_name
from demo.page.feature import BUTTON_CLICKS, HIDDEN, Feature, Site, Updates, View, Views
from demo.page.i18n import t
from demo.server.tabs import Tab
from demo.settings.drawer import Settings


class Undo(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.line = gr.HTML(js_on_load=BUTTON_CLICKS, elem_id="rt-undone")
        self.view = View([self.line], lambda tab: {self.line: gr.update(value=self._html(tab))})

    def connect(self, opening: Opening, settings: Settings, views: Views) -> None:
        self.opening = opening
        clicked = self.line.click(self.put_back, None, views.another.outputs, **READING | HIDDEN)
        settings.show_range_after(clicked)

    def put_back(self, request: gr.Request) -> Iterator[Updates]:
        """What was taken away last is there again."""
        tab = self.tabs.of(request)
        removed, tab.removed = tab.removed, None
        if removed is None or tab.stop is not None:
            yield self.opening.nothing
            return
        removed.put_back(tab)
        yield from self.opening.show(tab)

    def _html(self, tab: Tab) -> str:
        removed, lang = tab.removed, tab.language
        if removed is None:
            return ""
        name = clip_name(removed.talk, self.site.examples, lang)
        text = html.escape(t(f"undo.{removed.what}", lang, name=name))
        button = f'<button type="button">{t("undo.button", lang)}</button>'
        return f'<p class="rt-undone" role="status" data-id="{removed.id}"><span>{text}</span> {button}</p>'
