"""Suggested questions below the chat; the click of one asks it."""

import html
from collections.abc import Iterator, Sequence

import gradio as gr

from demo.chat.answer import ASKING, AT_MOMENT, AnswerSettings
from demo.chat.asking import Asking
from demo.page.feature import BUTTON_CLICKS, HIDDEN, Feature, Site, Updates, View, shown
from demo.page.i18n import t
from demo.server.tabs import Tab
from demo.settings.drawer import Settings
from demo.suggestions.questions import Subjects, suggestions


class Starters(Feature):
    """by_clip: a view of whether there is anything to ask about."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.starters = gr.HTML(js_on_load=BUTTON_CLICKS, elem_id="rt-starters", visible="hidden")
        self.view = View([self.starters], self._questions)
        self.by_clip = View([self.starters], lambda tab: {self.starters: shown(tab.talk.askable)})

    def connect(self, asking: Asking, settings: Settings) -> None:
        self.asking = asking
        self.starters.click(
            self.ask_starter,
            settings.for_answer,
            asking.outputs,
            js=AT_MOMENT,
            **ASKING | HIDDEN,
        )

    def ask_starter(
        self,
        language: str,
        temperature: float,
        max_tokens: int,
        timestamps: bool,
        request: gr.Request,
        event: gr.EventData,
        moment: float | None = None,
    ) -> Iterator[Updates]:
        """Ask the suggested question that was clicked."""
        tab = self.tabs.of(request)
        tab.talk.editing = None
        settings = AnswerSettings(language, temperature, max_tokens, timestamps, moment)
        yield from self.asking.ask(tab, str(event._data["question"]), settings)

    def _questions(self, tab: Tab) -> Updates:
        """About what was said last."""
        talk = tab.talk
        clip = talk.clip
        subjects = Subjects(
            topics=tab.host.topics,
            sources={line.source for line in talk.lines},
            seen={name for each in clip.sightings for name in each.names.values()} if clip else (),
            still=clip is not None and clip.still,
            compared=talk.beside_for(tab.host) is not None,
            summary=talk.summary_in(tab.model_language) or "",
        )
        questions = suggestions(talk.turns, tab.model_language, subjects)
        return {self.starters: gr.update(value=chips_html(questions, tab.language))}


def chips_html(questions: Sequence[str], lang: str) -> str:
    chips = "".join(
        f'<button type="button" class="rt-chip" data-question="{html.escape(question)}">'
        f"{html.escape(question)}</button>"
        for question in questions
    )
    return f'<div class="rt-chips" role="group" aria-label="{t("starter.label", lang)}">{chips}</div>'
