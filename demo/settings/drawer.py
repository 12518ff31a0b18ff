"""The drawer of settings: how the clip is read and how it is talked about, each with a plain sentence.

Only what the tab's model can do is shown.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import gradio as gr

from demo.clip.reader import READING
from demo.page.feature import (
    FIRST_LANGUAGE,
    HIDDEN,
    Feature,
    Site,
    Texts,
    Updates,
    View,
    Views,
    html_label,
    merged,
    shown,
)
from demo.page.html import sheet_head
from demo.page.i18n import t
from demo.senses.choice import SenseChoice
from demo.server.tabs import Tab
from demo.settings.span import STEP, Span, end_of_range, span_of

if TYPE_CHECKING:
    from demo.clip.opening import Opening

FRAMES = (8, 16, 32)
START: dict[str, Any] = {
    "answer_language": "auto",
    "frames": 16,
    "temperature": 0,
    "max_tokens": 96,
    "timestamps": True,
}
SHORTEST = 2.0  # seconds; of a shorter clip no range is offered


class Settings(Feature):
    """first, last: the range of the clip. for_answer: what an event needs to have a question answered,
    last the moment of the clip at which the player stands."""

    TEXTS: ClassVar[Texts] = {
        "answer_language": {"label": "settings.answer_language", "info": "settings.answer_language_info"},
        "frames": {"label": "settings.frames", "info": "settings.frames_info"},
        "first": {"label": "settings.first", "info": "settings.first_info"},
        "last": {"label": "settings.last", "info": "settings.last_info"},
        "timestamps": {"label": "settings.timestamps", "info": "settings.timestamps_info"},
        "temperature": {"label": "settings.temperature", "info": "settings.temperature_info"},
        "max_tokens": {"label": "settings.max_tokens", "info": "settings.max_tokens_info"},
        "hear": {"label": "settings.hear", "info": "settings.hear_info"},
        "read": {"label": "settings.read", "info": "settings.read_info"},
        "speech": {"label": "settings.speech", "info": "settings.speech_info"},
        "reset": {"value": "settings.reset_all"},
    }

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        switches = site.senses.switches
        with gr.Column(elem_id="rt-settings", elem_classes="rt-sheet"):
            self.head = gr.HTML(_head(FIRST_LANGUAGE))
            self.answer_language = gr.Radio(
                _answer_languages("en"), value=START["answer_language"], **self._named("answer_language")
            )
            self.frames = gr.Radio(list(FRAMES), value=START["frames"], **self._named("frames"))
            with gr.Row(visible=False, elem_id="rt-range") as self.range:
                self.first = gr.Slider(0, 1, 0, step=STEP, buttons=[], min_width=240, **self._named("first"))
                self.last = gr.Slider(0, 1, 1, step=STEP, buttons=[], min_width=240, **self._named("last"))
            self.timestamps = gr.Checkbox(value=START["timestamps"], **self._named("timestamps"))
            self.temperature = gr.Slider(0, 1.5, START["temperature"], step=0.1, **self._named("temperature"))
            self.max_tokens = gr.Slider(16, 256, START["max_tokens"], step=16, **self._named("max_tokens"))
            self.hear = gr.Checkbox(value=True, visible="hear" in switches, **self._named("hear"))
            self.speech = gr.Radio(
                _speech_languages("en"), value="auto", visible="hear" in switches, **self._named("speech")
            )
            self.read = gr.Checkbox(value=True, visible="read" in switches, **self._named("read"))
            self.reset = gr.Button(size="sm", **self._named("reset"))
        self.moment = gr.Number(None, visible="hidden")  # scripts/talk/moment.js gives it
        self.for_answer = [
            self.answer_language,
            self.temperature,
            self.max_tokens,
            self.timestamps,
            self.moment,
        ]
        self.by_model = View([self.answer_language, self.timestamps], self._by_model)
        self.range_view = View([self.range, self.first, self.last], self._range)
        self.frames_view = View([self.frames], self._frames)
        self.senses_view = View([self.hear, self.read, self.speech], self._senses)

    @property
    def labels(self) -> View:
        languages = View(
            [self.answer_language],
            lambda tab: {self.answer_language: gr.update(choices=_answer_languages(tab.language))},
        )
        speech = View(
            [self.speech], lambda tab: {self.speech: gr.update(choices=_speech_languages(tab.language))}
        )
        return super().labels + languages + speech + html_label(self.head, _head)

    def connect(self, opening: "Opening", views: Views) -> None:
        self.opening = opening
        reading: dict[str, Any] = {"trigger_mode": "multiple", **READING, **HIDDEN}
        controls: list[Any] = [self.frames, self.first, self.last]
        changed = gr.on(
            [control.input for control in controls],  # "release" is not heard of the keyboard
            self.read_again,
            controls,
            views.opened.outputs,
            js="(...values) => window.reelTalk.atRest(values)",
            **reading,
        )
        everything = [*self.labels.outputs, self.range]
        reset = self.reset.click(self.reset_all, None, everything, queue=False, **HIDDEN).then(
            self.read_as_at_first, None, views.opened.outputs, **reading
        )
        senses: list[Any] = [self.hear, self.read, self.speech]
        self.sensed = views.clip + views.suggestions + views.record
        gr.on(
            [control.input for control in senses],
            self.choose_senses,
            senses,
            self.sensed.outputs,
            trigger_mode="always_last",
            **HIDDEN,
        )
        for event in (changed, reset):
            self.show_range_after(event)

    def show_range_after(self, event: gr.events.Dependency) -> None:
        """For every event that may end with another clip on the page, or one now read."""
        event.then(self.show_range, None, self.range_view.outputs, **HIDDEN)

    def read_again(self, frames: int, first: float, last: float, request: gr.Request) -> Iterator[Updates]:
        """Read the clip again as the controls say."""
        tab = self.tabs.of(request)
        reading = tab.talk.reading
        span = reading.span if reading else None
        if reading and reading.duration is not None and reading.clip_id == tab.ranged:  # or it is another's
            span = span_of(first, last, reading.duration)
        yield from self.opening.read_again(tab, frames, span)

    def read_as_at_first(self, request: gr.Request) -> Iterator[Updates]:
        """After `reset_all`, whose values the page may not have shown yet."""
        yield from self.opening.read_again(self.tabs.of(request), START["frames"], None)

    def choose_senses(self, hear: bool, read: bool, speech: str, request: gr.Request) -> Updates:
        """From the next question on, the clip is heard and read, or not."""
        tab = self.tabs.of(request)
        tab.senses = SenseChoice.beside(tab.host.senses, hear, read, speech)
        self.opening.attend(tab)
        return self.sensed(tab)

    def reset_all(self, request: gr.Request) -> Updates:
        """All settings as at first, the whole clip among them; read_as_at_first then acts on that."""
        tab = self.tabs.of(request)
        tab.senses = SenseChoice()
        reading = tab.talk.reading
        updates: Updates = {getattr(self, name): gr.update(value=value) for name, value in START.items()}
        updates |= self.senses_view(tab)
        return updates | (self._range_at(reading.duration, None) if reading and reading.duration else {})

    def show_range(self, request: gr.Request) -> Updates:
        """Offer the range of a clip whose length has become known, or that is another than before."""
        tab = self.tabs.of(request)
        reading = tab.talk.reading
        if reading is None or reading.duration is None or reading.clip_id == tab.ranged:
            return {self.range: gr.skip()}
        tab.ranged = reading.clip_id
        return merged(self.range_view(tab), self._range_at(reading.duration, reading.span))

    def _by_model(self, tab: Tab) -> Updates:
        """What the model cannot do is hidden, and as at first."""
        return {
            self.answer_language: _possible(tab.bilingual, START["answer_language"]),
            self.timestamps: _possible(tab.host.timestamps, START["timestamps"]),
        }

    def _range(self, tab: Tab) -> Updates:
        """The range can be chosen of a clip that is not too short, once `show_range` has taken note of it.

        What was chosen stays, since a visitor may be moving a slider just now.
        """
        reading = tab.talk.reading
        duration = reading.duration if reading and reading.clip_id == tab.ranged else None
        if duration is None or duration < SHORTEST:
            return {self.range: gr.update(visible=False)}
        end = end_of_range(duration)
        return {
            self.range: gr.update(visible=True),
            self.first: gr.update(maximum=end),
            self.last: gr.update(maximum=end),
        }

    def _range_at(self, duration: float, span: Span) -> Updates:
        first, last = span or (0.0, end_of_range(duration))
        return {self.first: gr.update(value=first), self.last: gr.update(value=last)}

    def _frames(self, tab: Tab) -> Updates:
        reading = tab.talk.reading
        return {self.frames: gr.update(value=reading.frames)} if reading else {}

    def _senses(self, tab: Tab) -> Updates:
        chosen, unasked = tab.senses, tab.host.senses
        return {
            self.hear: gr.update(value=chosen.wants("hear", unasked)),
            self.read: gr.update(value=chosen.wants("read", unasked)),
            self.speech: gr.update(value=chosen.speech),
        }

    def _named(self, name: str) -> dict[str, Any]:
        return {"elem_id": f"rt-{name.replace('_', '-')}", **self.text(name)}


def _head(lang: str) -> str:
    return sheet_head(t("settings.title", lang), t("page.close", lang))


def _answer_languages(lang: str) -> list[tuple[str, str]]:
    return [(t("settings.answer_language.auto", lang), "auto"), ("English", "en"), ("中文", "zh")]


def _speech_languages(lang: str) -> list[tuple[str, str]]:
    return [(t("settings.speech.auto", lang), "auto"), ("中文", "zh"), ("English", "en")]


def _possible(possible: bool, start: object) -> dict[str, Any]:
    return shown(True) if possible else shown(False, value=start)
