"""The head of the page with what opens the sheets and the switch of languages, and the note at its foot."""

import json
from typing import ClassVar

import gradio as gr

from demo.keep.memory import Memory
from demo.page.feature import FIRST_LANGUAGE, HIDDEN, Feature, Site, Texts, Updates, View, Views, html_label
from demo.page.html import sheet_button
from demo.page.i18n import LANGUAGES, SENTENCES_APART, catalogue, t

BRAND = (
    '<div class="rt-brand"><span class="rt-mark" aria-hidden="true"></span>'
    '<h1>ReelTalk <span lang="zh-CN">影语</span></h1></div>'
)
# Sliders; and an arrow into a tray.
SETTINGS = "M4 7h9m4 0h3M4 17h3m4 0h9M13 7a2 2 0 1 0 4 0a2 2 0 1 0-4 0M7 17a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
KEEP = "M12 4v11m-4-4l4 4l4-4M5 16v3h14v-3"
SPOKEN_BY_SCRIPT = (
    "page.",
    "clip.",
    "clips.full",
    "clips.new",
    "said.wrong_kind",
    "keep.wrong_kind",
    "chat.label",
    "chat.latest",
    "chat.uploading",
    "settings.reset",
    "export.title",
    "export.model",
    "tool.",
    "voice.",
    "history.",
    "error.file_too_large",
)


def tagline(lang: str) -> str:
    return f'<p class="rt-tagline">{t("page.tagline", lang)}</p>'


def sheet_buttons(lang: str) -> str:
    """What opens the settings, and what keeps conversations."""
    settings = sheet_button(SETTINGS, "settings", t("settings.title", lang))
    return f'<div class="rt-sheets">{settings}{sheet_button(KEEP, "keep", t("keep.title", lang))}</div>'


def privacy(lang: str, keeps: bool) -> str:
    """What of a visitor's words and clips is kept, and where."""
    clips = t("page.kept" if keeps else "page.not_kept", lang)
    text = SENTENCES_APART[lang].join((clips, t("page.privacy", lang)))
    return f'<p class="rt-privacy">{text}</p>'


class Head(Feature):
    TEXTS: ClassVar[Texts] = {"language": {"label": "page.language"}}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        gr.HTML(BRAND, elem_id="rt-brand")
        self.tagline = gr.HTML(tagline(FIRST_LANGUAGE), elem_id="rt-tagline")
        self.sheets = gr.HTML(sheet_buttons(FIRST_LANGUAGE), elem_id="rt-sheets")
        self.language = gr.Radio(
            [("English", "en"), ("中文", "zh")],
            value=FIRST_LANGUAGE,
            container=False,
            show_label=False,
            elem_id="rt-language",
            **self.text("language"),
        )

    @property
    def labels(self) -> View:
        chosen = View([self.language], lambda tab: {self.language: gr.update(value=tab.language)})
        sheets = html_label(self.sheets, sheet_buttons)
        return super().labels + chosen + sheets + html_label(self.tagline, tagline)

    def connect(self, memory: Memory, views: Views) -> None:
        self.everything, self.stored = views.everything, memory.language
        switched = self.language.input(
            self.switch_language,
            self.language,
            [*self.everything.outputs, self.stored],
            queue=False,
            **HIDDEN,
        )
        self.speak_after(switched)

    def speak_after(self, event: gr.events.Dependency) -> gr.events.Dependency:
        """What lies outside of the components follows the language too, see scripts/words.js."""
        return event.then(None, self.language, js=_speak(self.site.limits.max_bytes), **HIDDEN)

    def switch_language(self, lang: str, request: gr.Request) -> Updates:
        """The visitor chose a language: all of the page speaks it, and the browser remembers."""
        tab = self.tabs.of(request)
        tab.language = lang if lang in LANGUAGES else FIRST_LANGUAGE
        return self.everything(tab) | {self.stored: tab.language}


class Privacy(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.note = gr.HTML(privacy(FIRST_LANGUAGE, site.keeps), elem_id="rt-privacy")

    @property
    def labels(self) -> View:
        return html_label(self.note, lambda lang: privacy(lang, self.site.keeps))


def _speak(largest: int) -> str:
    words = {
        lang: {key: text for key, text in catalogue(lang).items() if key.startswith(SPOKEN_BY_SCRIPT)}
        for lang in LANGUAGES
    }
    return f"(lang) => window.reelTalk.speak(lang, {json.dumps(words, ensure_ascii=False)}, {largest})"
