"""The drawer with which a visitor takes a conversation home, brings one back, or has none kept."""

from pathlib import Path
from typing import Any, ClassVar

import gradio as gr

from core import Conversation, ReelTalkError
from demo.clip.opening import Opening
from demo.keep.history import History
from demo.keep.removed import Removed
from demo.keep.transcripts import WRITERS, from_file
from demo.limits.rates import Rate
from demo.limits.visitor import visitor_asking
from demo.models.card import model_title
from demo.page.feature import FIRST_LANGUAGE, HIDDEN, Feature, Site, Texts, Updates, View, Views, html_label
from demo.page.html import sheet_head
from demo.page.i18n import error_text, t
from demo.server.tabs import Tab

MOST, SECONDS = 30, 600.0  # conversations that one visitor brings


class KeepDrawer(Feature):
    """report: copied by the browser alone, frames and all.

    file: {"name", "text"} on its way to the browser, which saves it.
    exports: a view of the buttons that need a conversation.
    """

    TEXTS: ClassVar[Texts] = {
        "md": {"value": "keep.markdown"},
        "srt": {"value": "keep.srt"},
        "json": {"value": "keep.json"},
        "report": {"value": "keep.report"},
        "bring": {"label": "keep.bring"},
        "remember": {"label": "keep.remember", "info": "keep.remember_info"},
    }

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.rate = Rate(MOST, SECONDS)
        with gr.Column(elem_id="rt-keep", elem_classes="rt-sheet"):
            self.head = gr.HTML(_head(FIRST_LANGUAGE))
            with gr.Row(elem_id="rt-keep-row"):
                self.md, self.srt, self.json, self.report = (
                    gr.Button(size="sm", interactive=False, scale=0, **self._named(kind))
                    for kind in ("md", "srt", "json", "report")
                )
                self.bring = gr.UploadButton(
                    file_types=[".json"], size="sm", scale=0, variant="secondary", **self._named("bring")
                )
            self.remember = gr.Checkbox(value=True, **self._named("remember"))
            self.history = History(site)
            self.file = gr.JSON(visible="hidden")
        self.exports = View([self.md, self.srt, self.json, self.report], self._exports)
        self.remembers = View([self.remember], lambda tab: {self.remember: gr.update(value=tab.remember)})

    @property
    def labels(self) -> View:
        return super().labels + html_label(self.head, _head)

    def connect(self, opening: Opening, views: Views) -> None:
        self.nothing, self.ahead, self.record = opening.nothing, opening.ahead, views.record
        self.brought = views.clip + views.chat + opening.player.subtitles
        now: dict[str, Any] = {"queue": False, **HIDDEN}
        for button, export in (
            (self.md, self.export_markdown),
            (self.srt, self.export_subtitles),
            (self.json, self.export_archive),
        ):
            button.click(export, None, self.file, **now).then(
                None, self.file, js="(file) => window.reelTalk.save(file)", **HIDDEN
            )
        self.report.click(None, js="() => window.reelTalk.copyReport()", **HIDDEN)
        self.bring.upload(self.bring_back, self.bring, views.opened.outputs, **HIDDEN)
        self.remember.input(self.set_remember, self.remember, self.record.outputs, **now)

    def export_markdown(self, request: gr.Request) -> Updates:
        """To read."""
        return self._export("md", request)

    def export_subtitles(self, request: gr.Request) -> Updates:
        """To play beside the clip."""
        return self._export("srt", request)

    def export_archive(self, request: gr.Request) -> Updates:
        """To go on with later."""
        return self._export("json", request)

    def bring_back(self, path: str | None, request: gr.Request) -> Updates:
        """Go on with a conversation from a file; the clip that is open, or is chosen next, is meant."""
        tab = self.tabs.begun(request)
        if path is None or tab.stop is not None:
            return self.nothing
        if not self.rate.allows(visitor_asking(request)):
            gr.Warning(t("limits.too_often", tab.language), title=t("page.attention", tab.language))
            return self.nothing
        try:
            transcript = from_file(Path(path))
        except ReelTalkError as error:
            gr.Warning(error_text(error, tab.language), title=t("page.attention", tab.language))
            return self.nothing
        talk = tab.talk
        if talk.turns:
            tab.removed = Removed.before(tab, talk, "chat")
            talk.new_chat()
        self.tabs.end_conversation(tab)
        talk.conversation = Conversation(talk.clip.key if talk.clip else "", turns=list(transcript.turns))
        talk.forks = dict(transcript.forks)
        talk.kept_name = transcript.clip
        talk.subtitles = transcript.subtitles or talk.subtitles
        self.ahead.begin(tab)
        return self.brought(tab)

    def set_remember(self, wanted: bool, request: gr.Request) -> Updates:
        """Whether the browser keeps the conversation; if not, what it has is erased at once."""
        tab = self.tabs.of(request)
        tab.remember = wanted
        return self.record(tab)

    def _export(self, kind: str, request: gr.Request) -> Updates:
        tab = self.tabs.of(request)
        # A program that reads the archive asks for the model by its key.
        model = tab.host.key if kind == "json" else model_title(tab.host, tab.language)
        transcript = tab.talk.transcript(model)
        stem = Path(transcript.clip).stem or "conversation"
        text = WRITERS[kind](transcript, tab.language)
        return {self.file: {"name": f"{stem}.reeltalk.{kind}", "text": text}}

    def _exports(self, tab: Tab) -> Updates:
        there_is_one = bool(tab.talk.turns)
        return {button: gr.update(interactive=there_is_one) for button in self.exports.outputs}

    def _named(self, name: str) -> dict[str, Any]:
        return {"elem_id": f"rt-keep-{name}", **self.text(name)}


def _head(lang: str) -> str:
    return sheet_head(t("keep.title", lang), t("page.close", lang))
