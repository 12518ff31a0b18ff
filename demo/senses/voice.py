"""A question that is spoken: the browser records it, see scripts/talk/voice.js, the engine writes it down.

There is a button for it only where hearing is installed and the browser can record. A recording is heard in a
child process, one of all visitors at a time, and then it is gone.
"""

import threading
from pathlib import Path
from typing import ClassVar

import gradio as gr

from core import ReelTalkError, SenseLimits, SenseOptions, VideoLimits, spoken_text
from demo.page.feature import FIRST_LANGUAGE, HIDDEN, Feature, Site, Texts, Updates, View, html_label
from demo.page.html import icon
from demo.page.i18n import error_text, t

LONGEST = 60.0  # seconds; the button ends it by itself
MOST_BYTES = 20 * 10**6
PATIENCE = 120.0  # seconds
LIMITS = SenseLimits(
    silence=PATIENCE, wall_clock=PATIENCE, video=VideoLimits(max_bytes=MOST_BYTES, max_duration=2 * LONGEST)
)
_PICTURE = (
    "M12 4a2.5 2.5 0 0 1 2.5 2.5v5a2.5 2.5 0 0 1-5 0v-5A2.5 2.5 0 0 1 12 4z"
    "M6.5 11.5a5.5 5.5 0 0 0 11 0M12 17v3"
)


class Voice(Feature):
    TEXTS: ClassVar[Texts] = {}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.possible = "hear" in site.senses.switches
        self.button = gr.HTML(
            button_html(FIRST_LANGUAGE), elem_id="rt-voice", visible=True if self.possible else "hidden"
        )
        with gr.Column(scale=0, min_width=0, elem_id="rt-recording"):  # never seen: the script uses it
            self.recording = gr.UploadButton()
        self._one = threading.Lock()

    @property
    def labels(self) -> View:
        return super().labels + html_label(self.button, button_html)

    def connect(self, question: gr.Textbox) -> None:
        self.question = question
        if self.possible:
            heard = self.recording.upload(
                self.hear, [self.recording, question], question, concurrency_limit=8, **HIDDEN
            )
            heard.then(None, question, js="() => window.reelTalk.heard()", **HIDDEN)

    def hear(self, path: str | None, typed: str, request: gr.Request) -> Updates:
        """What was said stands behind what was typed, for the visitor to look at before it is sent."""
        lang = self.tabs.of(request).language
        if path is None:
            return {self.question: gr.skip()}
        text = ""
        try:
            with self._one:
                text = spoken_text(Path(path), SenseOptions(language=lang), LIMITS)
        except ReelTalkError as error:
            gr.Warning(error_text(error, lang), title=t("page.attention", lang))
        else:
            if not text:
                gr.Warning(t("voice.nothing", lang), title=t("page.attention", lang))
        finally:
            Path(path).unlink(missing_ok=True)
        said = " ".join(filter(None, (typed.strip(), text)))
        return {self.question: said if text else gr.skip()}


def button_html(lang: str) -> str:
    label = t("voice.speak", lang)
    return (
        f'<button type="button" id="rt-mic" aria-pressed="false" aria-label="{label}" title="{label}">'
        f"{icon(_PICTURE)}</button>"
    )
