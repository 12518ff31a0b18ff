"""The row of example clips."""

import html
from collections.abc import Iterator, Sequence
from urllib.parse import quote

import gradio as gr

from demo.clip.examples import Example
from demo.clip.opening import Opening
from demo.clip.reader import READING
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
)
from demo.page.i18n import t
from demo.settings.drawer import Settings


class Gallery(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.examples = gr.HTML(
            self._render(FIRST_LANGUAGE),
            js_on_load=BUTTON_CLICKS,
            elem_id="rt-examples",
            visible=bool(site.examples),
        )

    @property
    def labels(self) -> View:
        return html_label(self.examples, self._render)

    def connect(self, opening: Opening, settings: Settings, views: Views) -> None:
        self.opening = opening
        opened = self.examples.click(
            self.open_example,
            settings.frames,
            views.opened.outputs,
            trigger_mode="multiple",
            **READING | HIDDEN,
        )
        settings.show_range_after(opened)

    def open_example(self, frames: int, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """Open the example that was clicked, and show it in the player."""
        path = str(self.site.examples[int(event._data["index"])].path)
        tab = self.tabs.begun(request)
        now = tab.talk.reading
        if now is not None and now.path == path and now.error is None:
            yield self.opening.nothing  # it is here already: the second click of a double one
            return
        for step in self.opening.open(tab, path, frames):
            chosen = tab.talk.reading is not None and tab.talk.reading.path == path
            yield step | (self.opening.player.view(tab) if chosen else {})

    def _render(self, lang: str) -> str:
        return examples_html(self.site.examples, self.site.uploads, lang)


def examples_html(examples: Sequence[Example], uploads: bool, lang: str) -> str:
    """uploads: visitors may bring other clips. scripts/clip/row.js closes it while there is a clip."""
    if not examples:
        return ""
    cards = "".join(
        f'<button type="button" class="rt-example" data-index="{index}">'
        f'<video src="gradio_api/file={quote(str(clip.path))}#t=0.5" preload="metadata" muted playsinline'
        f' tabindex="-1" aria-hidden="true"></video><span>{html.escape(clip.title(lang))}</span></button>'
        for index, clip in enumerate(examples)
    )
    caption = t("clip.examples" if uploads else "clip.examples_only", lang)
    return (
        f'<details open><summary class="rt-caption">{caption}</summary>'
        f'<div class="rt-examples">{cards}</div></details>'
    )
