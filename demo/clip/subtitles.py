"""Subtitles beside the clip: shown in the player, and given to a model that reads them."""

import html
from pathlib import Path
from typing import ClassVar

import gradio as gr

from core import ENCODINGS, ReelTalkError, Subtitles, read_subtitles
from demo.clip.opening import Opening
from demo.clip.player import Player
from demo.limits.rates import Rate
from demo.limits.visitor import visitor_asking
from demo.page.feature import HIDDEN, Feature, Site, Texts, Updates, View, Views, shown
from demo.page.i18n import error_text, t
from demo.server.tabs import Tab

MOST, SECONDS = 60, 600.0  # readings of subtitles for one visitor


class SubtitlesRow(Feature):
    """note: which subtitles there are, whether the model reads them, and what was put right in them.

    encoding: in which they were read; another one may be chosen as long as the file is there.
    """

    TEXTS: ClassVar[Texts] = {
        "add": {"label": "said.add"},
        "drop": {"value": "said.drop"},
        "encoding": {"label": "said.encoding"},
    }

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.rate = Rate(MOST, SECONDS)
        with gr.Row(elem_id="rt-said-row"):
            self.note = gr.HTML(elem_id="rt-said", visible="hidden")
            self.add = gr.UploadButton(
                file_types=[".srt", ".vtt"],
                size="sm",
                scale=0,
                variant="secondary",
                visible="hidden",
                elem_id="rt-add-subtitles",
                **self.text("add"),
            )
            self.encoding = gr.Dropdown(
                list(ENCODINGS),
                scale=0,
                min_width=180,
                visible="hidden",
                elem_id="rt-encoding",
                **self.text("encoding"),
            )
            self.drop = gr.Button(
                size="sm", scale=0, visible="hidden", elem_id="rt-drop-subtitles", **self.text("drop")
            )
        self.view = View([self.note, self.add, self.encoding, self.drop], self._show)

    def connect(self, player: Player, opening: Opening, views: Views) -> None:
        self.player, self.ahead = player, opening.ahead
        self.changed = player.subtitles + views.clips
        self.add.upload(self.add_subtitles, self.add, self.changed.outputs, **HIDDEN)
        self.encoding.input(self.change_encoding, self.encoding, self.changed.outputs, **HIDDEN)
        self.drop.click(self.drop_subtitles, None, self.changed.outputs, **HIDDEN)

    def add_subtitles(self, path: str | None, request: gr.Request) -> Updates:
        return self._read(request, Path(path) if path else None)

    def change_encoding(self, encoding: str | None, request: gr.Request) -> Updates:
        """Read the same file in another encoding; its text was not what it should be."""
        subtitles = self.tabs.of(request).talk.subtitles
        if encoding not in ENCODINGS:
            return {self.player.player: gr.skip()}
        return self._read(request, subtitles.path if subtitles else None, encoding)

    def _read(self, request: gr.Request, path: Path | None, encoding: str | None = None) -> Updates:
        tab = self.tabs.of(request)
        talk = tab.talk
        if path is None or talk.reading is None:
            return {self.player.player: gr.skip()}
        if not self.rate.allows(visitor_asking(request)):
            gr.Warning(t("limits.too_often", tab.language), title=t("page.attention", tab.language))
            return self.view(tab)
        try:
            talk.subtitles = read_subtitles(path, encoding)
        except ReelTalkError as error:
            gr.Warning(error_text(error, tab.language), title=t("page.attention", tab.language))
            return self.view(tab)
        self.tabs.clips.remember(talk, talk.reading)
        self.ahead.begin(tab)
        return self.changed(tab)

    def drop_subtitles(self, request: gr.Request) -> Updates:
        tab = self.tabs.of(request)
        tab.talk.subtitles = None
        if tab.talk.reading is not None:
            self.tabs.clips.remember(tab.talk, tab.talk.reading)
            self.ahead.begin(tab)
        return self.changed(tab)

    def _show(self, tab: Tab) -> Updates:
        clip = tab.talk.clip
        still = clip is not None and clip.still
        possible = tab.talk.askable and self.site.uploads and not still
        subtitles = tab.talk.subtitles if possible else None
        there = subtitles is not None
        note = note_html(subtitles, tab.host.reads_subtitles, tab.language) if subtitles else ""
        return {
            self.note: shown(there, value=note),
            self.add: shown(possible and not there),
            self.encoding: shown(
                subtitles is not None and subtitles.path is not None,
                value=subtitles.encoding if subtitles else None,
            ),
            self.drop: shown(there),
        }


def note_html(subtitles: Subtitles, read: bool, lang: str) -> str:
    key = "said.read" if read else "said.unread"
    repairs = [t(f"repair.{repair.key}", lang, count=repair.count) for repair in subtitles.repairs]
    texts = [t(key, lang, name=subtitles.name), *repairs]
    return "".join(f'<p class="rt-said">{html.escape(text)}</p>' for text in texts)
