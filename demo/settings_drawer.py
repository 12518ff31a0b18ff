"""The drawer of settings: how the clip is read and how it is talked about, each with a plain sentence.

Only what the tab's model can do is shown. What happens when a setting changes is told in handlers.py.
"""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from demo.i18n import t, texts

FRAMES = (8, 16, 32)
START: dict[str, Any] = {
    "answer_language": "auto",
    "frames": 16,
    "temperature": 0,
    "max_tokens": 96,
    "timestamps": True,
}
SHORTEST = 2.0  # seconds; of a shorter clip no range is offered
STEP = 0.1  # s, between two ends of a range

TEXTS: dict[str, dict[str, str]] = {
    "drawer": {"label": "settings.title"},
    "answer_language": {"label": "settings.answer_language", "info": "settings.answer_language_info"},
    "frames": {"label": "settings.frames", "info": "settings.frames_info"},
    "first": {"label": "settings.first", "info": "settings.first_info"},
    "last": {"label": "settings.last", "info": "settings.last_info"},
    "timestamps": {"label": "settings.timestamps", "info": "settings.timestamps_info"},
    "temperature": {"label": "settings.temperature", "info": "settings.temperature_info"},
    "max_tokens": {"label": "settings.max_tokens", "info": "settings.max_tokens_info"},
    "reset": {"value": "settings.reset_all"},
}

Updates = dict[Any, Any]  # component -> its update, made with gr.update
Span = tuple[float, float] | None  # seconds of the clip that are looked at; None: all of it


@dataclass(frozen=True)
class Drawer:
    """Its parts. first, last: the range of the clip."""

    drawer: gr.Accordion
    answer_language: gr.Radio
    frames: gr.Radio
    range: gr.Row
    first: gr.Slider
    last: gr.Slider
    timestamps: gr.Checkbox
    temperature: gr.Slider
    max_tokens: gr.Slider
    reset: gr.Button

    def parts(self) -> list[Any]:
        return [getattr(self, name) for name in (*TEXTS, "range")]

    def spans(self) -> list[Any]:
        """What offers the range of a clip."""
        return [self.range, self.first, self.last]

    def in_language(self, lang: str) -> Updates:
        updates: Updates = {getattr(self, name): gr.update(**texts(TEXTS[name], lang)) for name in TEXTS}
        updates[self.answer_language] |= gr.update(choices=_answer_languages(lang))
        return updates

    def as_at_first(self) -> Updates:
        """Every setting but the range, which is the clip's."""
        return {getattr(self, name): gr.update(value=value) for name, value in START.items()}

    def of_model(self, bilingual: bool, timestamps: bool) -> Updates:
        """What the model can do; what it cannot is hidden, and as at first."""
        return {
            self.answer_language: _shown(bilingual, START["answer_language"]),
            self.timestamps: _shown(timestamps, START["timestamps"]),
        }

    def of_clip(self, duration: float | None) -> Updates:
        """The range can be chosen of a clip that is not too short; None: there is none, or none yet.

        What was chosen stays, since a visitor may be moving a slider just now.
        """
        if duration is None or duration < SHORTEST:
            return {self.range: gr.update(visible=False)}
        end = end_of_range(duration)
        return {
            self.range: gr.update(visible=True),
            self.first: gr.update(maximum=end),
            self.last: gr.update(maximum=end),
        }

    def range_at(self, duration: float, span: Span) -> Updates:
        """Choose a range."""
        first, last = span or (0.0, end_of_range(duration))
        return {self.first: gr.update(value=first), self.last: gr.update(value=last)}


def span_of(first: float, last: float, duration: float) -> Span:
    """What two sliders mean, in whichever order; all of the clip where they mean it, or nothing at all."""
    first, last = sorted((first, last))
    everything = first < STEP and last > duration - 2 * STEP
    return None if everything or last - first < STEP else (first, last)


def end_of_range(duration: float) -> float:
    """The last end of a range that lies within the clip; one of 3.9999999 s has 4.0."""
    return round(int(duration / STEP + 1e-6) * STEP, 1)


def build_drawer(lang: str) -> Drawer:
    def said(name: str) -> dict[str, Any]:
        return {"elem_id": f"rt-{name.replace('_', '-')}", **texts(TEXTS[name], lang)}

    with gr.Accordion(open=False, elem_id="rt-settings", **texts(TEXTS["drawer"], lang)) as drawer:
        answer_language = gr.Radio(
            _answer_languages(lang), value=START["answer_language"], **said("answer_language")
        )
        frames = gr.Radio(list(FRAMES), value=START["frames"], **said("frames"))
        with gr.Row(visible=False, elem_id="rt-range") as span:
            first = gr.Slider(0, 1, 0, step=STEP, buttons=[], min_width=240, **said("first"))
            last = gr.Slider(0, 1, 1, step=STEP, buttons=[], min_width=240, **said("last"))
        timestamps = gr.Checkbox(value=START["timestamps"], **said("timestamps"))
        temperature = gr.Slider(0, 1.5, START["temperature"], step=0.1, **said("temperature"))
        max_tokens = gr.Slider(16, 256, START["max_tokens"], step=16, **said("max_tokens"))
        reset = gr.Button(size="sm", **said("reset"))
    return Drawer(
        drawer, answer_language, frames, span, first, last, timestamps, temperature, max_tokens, reset
    )


def _answer_languages(lang: str) -> list[tuple[str, str]]:
    return [(t("settings.answer_language.auto", lang), "auto"), ("English", "en"), ("中文", "zh")]


def _shown(possible: bool, start: object) -> dict[str, Any]:
    return gr.update(visible=True) if possible else gr.update(visible="hidden", value=start)
