"""The box for a question, with the buttons that send it and stop its answer.

An earlier question can be changed in it: sending it drops what followed.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

import gradio as gr

from demo.chat.answer import ASKING, AnswerSettings
from demo.chat.chatbox import Chatbox
from demo.keep.transcripts import LONGEST_QUESTION
from demo.page.feature import BUTTON_CLICKS, HIDDEN, Feature, Site, Texts, Updates, View
from demo.page.i18n import t
from demo.senses.voice import Voice
from demo.server.tabs import Tab
from demo.settings.drawer import Settings

if TYPE_CHECKING:
    from demo.chat.asking import Asking


class QuestionBox(Feature):
    """editing: that the question in the box is an earlier one."""

    TEXTS: ClassVar[Texts] = {
        "question": {"label": "chat.question", "placeholder": "chat.placeholder"},
        "send": {"value": "chat.send"},
        "stop": {"value": "chat.stop"},
    }

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.editing = gr.HTML(js_on_load=BUTTON_CLICKS, elem_id="rt-editing", visible="hidden")
        with gr.Row(elem_id="rt-ask"):
            self.question = gr.Textbox(
                lines=1,
                max_lines=5,
                show_label=False,
                container=False,
                scale=8,
                autofocus=True,
                max_length=LONGEST_QUESTION,
                elem_id="rt-question",
                **self.text("question"),
            )
            self.voice = Voice(site)
            self.send = gr.Button(variant="primary", elem_id="rt-send", scale=0, **self.text("send"))
            self.stop = gr.Button(
                variant="stop", elem_id="rt-stop", scale=0, visible=False, **self.text("stop")
            )
        self.buttons = View([self.send, self.stop], lambda tab: self.writing(False))
        self.editing_view = View([self.editing], self._editing)

    @property
    def labels(self) -> View:
        return super().labels + self.voice.labels

    def connect(self, chatbox: Chatbox, asking: "Asking", settings: Settings) -> None:
        self.asking = asking
        gr.on(
            [self.question.submit, self.send.click],
            self.ask,
            [self.question, *settings.for_answer],
            asking.outputs,
            js="(...values) => window.reelTalk.afterUpload(values)",
            api_name="ask",
            **ASKING,
        )
        self.stop.click(self.stop_answer, api_name="stop", queue=False, show_progress="hidden")
        self.voice.connect(self.question)
        edited = [self.editing, self.question]
        chatbox.turn_buttons.edit(self.edit, None, edited, queue=False, **HIDDEN)
        self.editing.click(self.cancel_edit, None, edited, queue=False, **HIDDEN)

    def ask(
        self,
        question: str,
        language: str,
        temperature: float,
        max_tokens: int,
        timestamps: bool,
        request: gr.Request,
        moment: float | None = None,
    ) -> Iterator[Updates]:
        """Answer a question, piece by piece."""
        settings = AnswerSettings(language, temperature, max_tokens, timestamps, moment)
        yield from self.asking.ask(self.tabs.of(request), question.strip(), settings)

    def stop_answer(self, request: gr.Request) -> None:
        """End the answer that is being written; its own handler then puts the page in order."""
        stop = self.tabs.of(request).stop
        if stop is not None:
            stop.set()

    def edit(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Put an earlier question into the box."""
        tab = self.tabs.of(request)
        place = int(event._data["turn"])
        turn = tab.turn_at(place)
        if turn is None:
            return {self.editing: gr.skip()}
        tab.talk.editing = place
        return self.editing_view(tab) | {self.question: turn.question}

    def cancel_edit(self, request: gr.Request) -> Updates:
        """Leave the question as it was."""
        tab = self.tabs.of(request)
        tab.talk.editing = None
        return self.editing_view(tab) | {self.question: ""}

    def writing(self, now: bool) -> Updates:
        """While an answer is written it can be stopped, and no other question be sent."""
        return {self.send: gr.update(visible=not now), self.stop: gr.update(visible=now)}

    def _editing(self, tab: Tab) -> Updates:
        if tab.talk.editing is None:
            return {self.editing: gr.update(value="", visible="hidden")}
        return {self.editing: gr.update(value=editing_html(tab.language), visible=True)}


def editing_html(lang: str) -> str:
    """The click of the button leaves the earlier question as it was."""
    return (
        f'<p class="rt-editing"><span>{t("chat.editing", lang)}</span> '
        f'<button type="button" class="rt-chip" data-cancel>{t("chat.cancel_edit", lang)}</button></p>'
    )
