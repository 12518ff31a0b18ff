"""What the page shows of a tab, as updates of its parts.

Reads what the server knows of the tab and changes nothing. Knows nothing of events.
"""

import html
from pathlib import Path
from typing import Any

import gradio as gr

from demo import render
from demo.answering import failure_text
from demo.app import Page, Updates, in_language, merged
from demo.examples import Example
from demo.i18n import LANGUAGES, t
from demo.model_host import ModelHost
from demo.models import Models
from demo.render import Spine
from demo.suggestions import suggestions
from demo.talks import Talk
from demo.transcripts import to_dict
from demo.visitors import Tab

RECORDED = "sample.webm"  # gradio's name of whatever a camera has recorded


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
            **self.shelf(tab),
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
        reading = tab.talk.reading
        askable = reading is not None and reading.error is None
        return {
            self.page.status: gr.update(value=self.status(tab)),
            self.page.strip: gr.update(value=render.strip(tab.talk.clip, tab.language)),
            self.page.chat: gr.update(placeholder=self._empty_chat(tab)),
            self.page.starters: gr.update(visible=True if askable else "hidden"),
            **self.page.drawer.of_clip(reading.duration if reading and reading.word == tab.ranged else None),
            **self.shelf(tab),
        }

    def talk(self, tab: Tab) -> Updates:
        """All that is another's when the visitor goes to another clip."""
        reading = tab.talk.reading
        return merged(
            self.clip(tab), self.chat(tab), self.suggestions(tab), self.player(tab),
            {self.page.drawer.frames: gr.update(value=reading.frames)} if reading else {},
        )  # fmt: skip

    def player(self, tab: Tab) -> Updates:
        """The clip itself, with its subtitles."""
        path = tab.talk.reading.path if tab.talk.reading else None
        refused = tab.talk.reading is not None and tab.talk.reading.refused
        there = path is not None and Path(path).is_file() and not refused
        return merged({self.page.player: gr.update(value=path if there else None)}, self.subtitles(tab))

    def subtitles(self, tab: Tab) -> Updates:
        """What the player writes below the picture; of none it has to be told as well."""
        cues = tab.talk.subtitles.cues if tab.talk.subtitles and tab.talk.reading else ()
        said = [
            {"text": html.escape(cue.text, quote=False), "timestamp": [cue.start, cue.end]} for cue in cues
        ]
        return {self.page.player: gr.update(subtitles=said)}

    def shelf(self, tab: Tab) -> Updates:
        """The visitor's clips, what is compared, and the subtitles; nothing that the model cannot do."""
        shelf, talk, lang = self.page.shelf, tab.talk, tab.language
        spines = [
            Spine(each.id, self.clip_name(each, lang), each.picture, each is talk) for each in tab.talks
        ]
        chosen = talk.reading is not None and talk.reading.error is None
        said = talk.subtitles if chosen and self.page.uploads else None
        others = [
            (self.clip_name(each, lang), each.id) for each in tab.talks if each is not talk and each.file_name
        ]
        able = tab.host.compares_clips and chosen and bool(others)
        return {
            shelf.clips: _shown(
                any(not each.empty for each in tab.talks), value=render.clips(spines, not talk.vacant, lang)
            ),
            shelf.said: _shown(
                said is not None,
                value=render.subtitles(said.name, tab.host.reads_subtitles, lang) if said else "",
            ),
            shelf.add_subtitles: _shown(chosen and self.page.uploads and said is None),
            shelf.drop_subtitles: _shown(said is not None),
            shelf.compare: _shown(
                able,
                choices=[(t("clips.compare_nothing", lang), ""), *others],
                value=talk.beside.id if talk.beside else "",
                info=self._compared(tab),
            ),
        }

    def _compared(self, tab: Tab) -> str:
        """Which of two clips a question calls by which number."""
        lang, other = tab.language, tab.talk.beside
        if other is None:
            return t("clips.compare_info_none", lang)
        return t(
            "clips.compare_info", lang, one=self.clip_name(tab.talk, lang), two=self.clip_name(other, lang)
        )

    def clip_name(self, talk: Talk, lang: str) -> str:
        """What a visitor calls a clip."""
        path = talk.reading.path if talk.reading else None
        titles = [example.title(lang) for example in self.clips if str(example.path) == path]
        if titles:
            return titles[0]
        return (
            t("clips.recorded", lang)
            if talk.file_name == RECORDED
            else talk.file_name or t("clips.new", lang)
        )

    def status(self, tab: Tab) -> str:
        reading = tab.talk.reading
        if reading is None:
            return render.clip_missing(tab.language) if tab.talk.turns else ""
        if reading.error is not None:
            return render.error_status(failure_text(reading.error, tab.language))
        if reading.clip is not None:
            return render.clip_status(reading.clip, tab.language)
        if reading.host.loading:
            return self._progress(reading.host, tab.language)
        return render.busy_status(t(f"progress.{reading.phase}", tab.language), reading.fraction)

    def chat(self, tab: Tab) -> Updates:
        """The conversation while no answer is being written."""
        turns = tab.talk.turns
        reading = tab.talk.reading
        duration = (reading.duration if reading else None) or 0.0
        updates: Updates = {
            self.page.chat: gr.update(value=render.messages(turns, duration, tab.language, tab.talk.ratings)),
            self.page.send: gr.update(visible=True),
            self.page.stop: gr.update(visible=False),
            self.page.retry: gr.update(interactive=bool(turns)),
            self.page.undo: gr.update(interactive=bool(turns)),
            self.page.clear: gr.update(interactive=bool(turns)),
        }
        return updates | self.editing(tab) | self.reasons(tab) | self.record(tab)

    def record(self, tab: Tab) -> Updates:
        """What the visitor's browser keeps, see keeping.py; and what can be taken home."""
        record: dict[str, Any] = {"remember": tab.remember, "visit": tab.id}
        if tab.remember:
            record |= {
                "model": tab.host.key,
                "talks": [
                    {
                        "clip": talk.word,
                        "conversation": to_dict(talk.transcript(tab.host.key)),
                        "beside": tab.talks.index(talk.beside) if talk.beside else None,
                    }
                    for talk in tab.talks
                ],
                "at": tab.talks.index(tab.talk),
            }
        return {
            self.page.history: gr.update(value=record),
            **self.page.keep.of_conversation(bool(tab.talk.turns)),
        }

    def editing(self, tab: Tab) -> Updates:
        """Whether the question in the box takes the place of an earlier one."""
        if tab.talk.editing is None:
            return {self.page.editing: gr.update(value="", visible="hidden")}
        return {self.page.editing: gr.update(value=render.editing(tab.language), visible=True)}

    def reasons(self, tab: Tab) -> Updates:
        """Whether the visitor is asked why an answer was rated as it was."""
        return {self.page.reasons: gr.update(visible=tab.talk.rated is not None)}

    def suggestions(self, tab: Tab) -> Updates:
        """Questions to choose from, about what was said last."""
        lang = spoken_language(tab)
        comparing = [t("starter.compare", lang)] if tab.talk.beside_for(tab.host) else []
        questions = suggestions(tab.talk.turns, lang, tab.host.topics, comparing)
        return {self.page.starters: gr.update(value=render.chips(questions, tab.language))}

    def _empty_chat(self, tab: Tab) -> str:
        """What stands in the chat while nothing was said."""
        if tab.talk.anew and tab.talk.reading is not None and tab.talk.reading.error is None:
            return render.new_model_chat(render.model_title(tab.host, tab.language), tab.language)
        return render.empty_chat(tab.talk.clip is not None, bilingual(tab), self.page.uploads, tab.language)


def _shown(wanted: bool, **more: Any) -> dict[str, Any]:
    return gr.update(visible=True if wanted else "hidden", **more)


def bilingual(tab: Tab) -> bool:
    """Whether the tab's model speaks both languages; before it was ever loaded, it is taken to."""
    return len(tab.host.languages or LANGUAGES) > 1


def spoken_language(tab: Tab) -> str:
    """The language in which the tab's model can be asked: the visitor's, or else one that it knows."""
    known = tab.host.languages or LANGUAGES
    return tab.language if tab.language in known else known[0]
