"""What the senses are doing, and beside the clip what is said and written in it, line by line.

scripts/transcript.js marks the line of the moment, and searches. A timer of the page asks how far the senses
are, only as long as any is at work.
"""

from typing import Any, ClassVar

import gradio as gr

from demo.clip.opening import Opening
from demo.keep.transcripts import markdown_lines, srt_lines
from demo.page.feature import FIRST_LANGUAGE, HIDDEN, Feature, Site, Texts, Updates, View, Views, html_label
from demo.page.i18n import t
from demo.senses.words import head_html, lines_html, state_html
from demo.server.tabs import Tab

EVERY = 1.0  # seconds between two looks at the senses
GROWTH = 20  # the list is sent anew when it has grown by so small a part: an hour of talk is long


class TranscriptPanel(Feature):
    """report: what the senses do, in words. The panel itself is hidden while there is no line."""

    TEXTS: ClassVar[Texts] = {
        "copy": {"value": "transcript.copy"},
        "srt": {"value": "transcript.srt"},
        "md": {"value": "transcript.markdown"},
    }

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.report = gr.HTML(elem_id="rt-senses")
        with gr.Column(elem_id="rt-transcript"):
            self.head = gr.HTML(head_html(FIRST_LANGUAGE), elem_id="rt-transcript-head")
            self.lines = gr.HTML(elem_id="rt-lines")
            with gr.Row(elem_id="rt-transcript-row"):
                self.copy, self.srt, self.md = (
                    gr.Button(size="sm", scale=0, elem_id=f"rt-transcript-{name}", **self.text(name))
                    for name in ("copy", "srt", "md")
                )
        self.file = gr.JSON(visible="hidden")
        self.timer = gr.Timer(EVERY, active=False)
        self.view = View([self.report, self.lines, self.timer], self._show)

    @property
    def labels(self) -> View:
        return super().labels + html_label(self.head, head_html)

    def connect(self, opening: Opening, views: Views) -> None:
        self.opening = opening
        self.joined = views.suggestions + views.record
        now: dict[str, Any] = {"queue": False, **HIDDEN}
        self.timer.tick(self.look, None, [*self.view.outputs, *self.joined.outputs], **now)
        self.copy.click(None, js="() => window.reelTalk.copyTranscript()", **HIDDEN)
        for button, save in ((self.srt, self.save_subtitles), (self.md, self.save_markdown)):
            button.click(save, None, self.file, **now).then(
                None, self.file, js="(file) => window.reelTalk.save(file)", **HIDDEN
            )

    def look(self, request: gr.Request) -> Updates:
        """How far the senses are; what is over has joined the conversation, and is read ahead."""
        tab = self.tabs.of(request)
        self.site.senses.begin(tab)
        talk = tab.talk
        updates: Updates = {self.report: gr.update(value=state_html(tab, self.site.senses.switches))}
        over = self.site.senses.over(tab)
        if over:
            updates |= {self.timer: gr.update(active=False)}
        lines = talk.lines
        if over or len(lines) > talk.lines_shown + talk.lines_shown // GROWTH:
            updates |= self._lines(tab)
        sources = frozenset(talk.found)
        if sources != talk.joined:
            talk.joined = sources
            self.opening.ahead.begin(tab)
            updates |= self._lines(tab) | (self.joined(tab) if tab.stop is None else {})
        return updates

    def save_subtitles(self, request: gr.Request) -> Updates:
        """To play beside the clip."""
        return self._save("srt", srt_lines(self.tabs.of(request).talk.lines), request)

    def save_markdown(self, request: gr.Request) -> Updates:
        """To read."""
        tab = self.tabs.of(request)
        title = tab.talk.file_name or t("transcript.title", tab.language)
        return self._save("md", f"# {title}\n\n{markdown_lines(tab.talk.lines, tab.language)}\n", request)

    def _save(self, kind: str, text: str, request: gr.Request) -> Updates:
        return {self.file: {"name": f"{self.tabs.of(request).talk.stem}.transcript.{kind}", "text": text}}

    def _show(self, tab: Tab) -> Updates:
        senses = self.site.senses
        return {
            self.report: gr.update(value=state_html(tab, senses.switches)),
            self.timer: gr.update(active=bool(senses.switches) and not senses.over(tab)),
            **self._lines(tab),
        }

    def _lines(self, tab: Tab) -> Updates:
        lines = tab.talk.lines
        tab.talk.lines_shown = len(lines)
        still = tab.talk.clip is not None and tab.talk.clip.still
        return {self.lines: gr.update(value=lines_html(lines, still, tab.language))}
