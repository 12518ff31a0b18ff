"""What the page shows of a tab, as updates of its parts.

Reads what the server knows of the tab and changes nothing. Knows nothing of events.
"""

from typing import Any

import gradio as gr

from demo import render
from demo.answering import failure_text
from demo.app import Page, Updates, in_language, merged
from demo.examples import Example
from demo.i18n import LANGUAGES, t
from demo.model_host import ModelHost
from demo.models import Models
from demo.suggestions import suggestions
from demo.transcripts import to_dict
from demo.visitors import Tab


class View:
    """The parts of one page, each for any tab."""

    def __init__(self, page: Page, models: Models, clips: list[Example]) -> None:
        self.page = page
        self.models = models
        self.clips = clips

    def everything(self, tab: Tab) -> Updates:
        return merged(
            in_language(self.page, self.clips, tab.language),
            {self.page.keep.remember: gr.update(value=tab.remember)},
            self.model(tab),
            self.clip(tab),
            self.chat(tab) if tab.stop is None else {},
        )

    # The model

    def model(self, tab: Tab) -> Updates:
        """Which models there are, the tab's own, and nothing that it cannot do."""
        wanted = tab.choice.host if tab.choice and tab.choice.error is None else tab.host
        return {
            self.page.menu: gr.update(
                choices=[(render.model_title(host, tab.language), host.key) for host in self.models.hosts],
                value=wanted.key,
            ),
            self.page.model: gr.update(value=self.model_card(tab)),
            self.page.chat: gr.update(placeholder=self._empty_chat(tab)),
            **self.page.drawer.of_model(bilingual(tab), tab.host.timestamps),
            **self.suggestions(tab),
        }

    def model_card(self, tab: Tab) -> str:
        return render.model_card(tab.host, self._model_state(tab), tab.language)

    def _model_state(self, tab: Tab) -> str:
        """What is under way: another model is loaded or could not be, or the tab's own."""
        lang, choice = tab.language, tab.choice
        own = render.model_title(tab.host, lang)
        if choice is not None and choice.error is not None:
            reason = failure_text(choice.error, lang)
            return render.error_status(t("model.refused", lang, reason=reason, model=own))
        if choice is not None:
            wanted = render.model_title(choice.host, lang)
            until_then = t("model.until_then", lang, wanted=wanted, model=own)
            return self._progress(choice.host, lang, until_then)
        if tab.host.loading:
            return self._progress(tab.host, lang)
        return render.error_status(failure_text(tab.host.error, lang)) if tab.host.error else ""

    def _progress(self, host: ModelHost, lang: str, *more: str) -> str:
        """How far loading is. Of a download nothing is known but that it goes on."""
        key = "model.downloading" if host.phase == "downloading" else "model.loading"
        text = t(key, lang, percent=round(100 * host.fraction))
        return render.busy_status(" · ".join([text, *more]), host.fraction)

    # The clip and the conversation

    def clip(self, tab: Tab) -> Updates:
        """The status of the clip, its frames, and what can be asked about it."""
        askable = tab.reading is not None and tab.reading.error is None
        return {
            self.page.status: gr.update(value=self.status(tab)),
            self.page.strip: gr.update(value=render.strip(tab.clip, tab.language)),
            self.page.chat: gr.update(placeholder=self._empty_chat(tab)),
            self.page.starters: gr.update(visible=True if askable else "hidden"),
            **self.page.drawer.of_clip(tab.reading.duration if tab.reading else None),
        }

    def status(self, tab: Tab) -> str:
        reading = tab.reading
        if reading is None:
            return render.clip_missing(tab.language) if tab.turns else ""
        if reading.error is not None:
            return render.error_status(failure_text(reading.error, tab.language))
        if reading.clip is not None:
            return render.clip_status(reading.clip, tab.language)
        if reading.host.loading:
            return self._progress(reading.host, tab.language)
        return render.busy_status(t(f"progress.{reading.phase}", tab.language), reading.fraction)

    def chat(self, tab: Tab) -> Updates:
        """The conversation while no answer is being written."""
        turns = tab.turns
        duration = tab.clip.duration if tab.clip else 0.0
        updates: Updates = {
            self.page.chat: gr.update(value=render.messages(turns, duration, tab.language, tab.ratings)),
            self.page.send: gr.update(visible=True),
            self.page.stop: gr.update(visible=False),
            self.page.retry: gr.update(interactive=bool(turns)),
            self.page.undo: gr.update(interactive=bool(turns)),
            self.page.clear: gr.update(interactive=bool(turns)),
        }
        return updates | self.editing(tab) | self.reasons(tab) | self.record(tab)

    def record(self, tab: Tab) -> Updates:
        """What the visitor's browser keeps, see keeping.py; and what can be taken home."""
        record: dict[str, Any] = {"remember": tab.remember}
        if tab.remember:
            record |= {
                "clip": tab.word,
                "conversation": to_dict(tab.transcript()) if tab.turns else None,
            }
        return {
            self.page.history: gr.update(value=record),
            **self.page.keep.of_conversation(bool(tab.turns)),
        }

    def editing(self, tab: Tab) -> Updates:
        """Whether the question in the box takes the place of an earlier one."""
        if tab.editing is None:
            return {self.page.editing: gr.update(value="", visible="hidden")}
        return {self.page.editing: gr.update(value=render.editing(tab.language), visible=True)}

    def reasons(self, tab: Tab) -> Updates:
        """Whether the visitor is asked why an answer was rated as it was."""
        return {self.page.reasons: gr.update(visible=tab.rated is not None)}

    def suggestions(self, tab: Tab) -> Updates:
        """Questions to choose from, about what was said last."""
        questions = suggestions(tab.turns, spoken_language(tab))
        return {self.page.starters: gr.update(value=render.chips(questions, tab.language))}

    def _empty_chat(self, tab: Tab) -> str:
        """What stands in the chat while nothing was said."""
        if tab.anew and tab.reading is not None and tab.reading.error is None:
            return render.new_model_chat(render.model_title(tab.host, tab.language), tab.language)
        return render.empty_chat(tab.clip is not None, bilingual(tab), self.page.uploads, tab.language)


def bilingual(tab: Tab) -> bool:
    """Whether the tab's model speaks both languages; before it was ever loaded, it is taken to."""
    return len(tab.host.languages or LANGUAGES) > 1


def spoken_language(tab: Tab) -> str:
    """The language in which the tab's model can be asked: the visitor's, or else one that it knows."""
    known = tab.host.languages or LANGUAGES
    return tab.language if tab.language in known else known[0]
