"""What each event of the page does. Which control raises which event is told in events.py, and what the
page shows of a tab in view.py; how a clip is read, in clip_reader.py.

* A handler returns or yields {component: update}; what it leaves out stays as it is.
* Before it shows anything, a handler that took its time looks whether the tab still wants it: another
  clip or model may have been chosen, or the chat cleared.
"""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import gradio as gr

from core import Conversation, VideoLimits
from demo.answering import Answer, Messages, Wishes
from demo.app import Page, Updates, merged
from demo.clip_reader import ClipReader
from demo.examples import Example
from demo.i18n import LANGUAGES, t
from demo.models import Models
from demo.settings_drawer import START, Span, span_of
from demo.talks import Reading, Talk
from demo.view import View
from demo.visitors import MOST_CLIPS, Tab, Tabs


class Handlers:
    """The events of one page."""

    def __init__(self, page: Page, models: Models, clips: list[Example], limits: VideoLimits) -> None:
        self.page = page
        self.models = models
        self.clips = clips
        self.limits = limits
        self.view = View(page, models, clips)
        self.tabs = Tabs(models.first, models.forget)
        self.reader = ClipReader(self.view, models, self.tabs, limits)

    # The page as a whole

    def arrive(self, stored_language: str | None, record: Any, request: gr.Request) -> Updates:
        """A tab has opened the page: speak its language, and show what its browser has kept."""
        tab = self.tabs.of(request)
        if stored_language in LANGUAGES:
            tab.language = stored_language
        if all(talk.empty for talk in tab.talks):
            tab.bring_back(record, self.models.hosts)
            for talk in tab.talks:
                talk.kept_picture = self.tabs.picture_of(talk.word)
        return self.view.everything(tab)

    def switch_language(self, lang: str, request: gr.Request) -> Updates:
        """The visitor chose a language: all of the page speaks it, and the browser remembers."""
        tab = self.tabs.of(request)
        tab.language = lang if lang in LANGUAGES else "en"
        return self.view.everything(tab) | {self.page.stored_language: tab.language}

    def show_model(self, request: gr.Request) -> Updates:
        """How far the loading of the first model is, and at its end what can be done with it."""
        loading = self.models.first.loading
        tab = self.tabs.of(request)
        shown = {self.page.model: self.view.model_card(tab)} if loading else self.view.model(tab)
        return shown | {self.page.ticker: gr.Timer(active=loading)}

    def leave(self, request: gr.Request) -> None:
        """A tab was closed."""
        self.tabs.close(request.session_hash or "")

    # The clip

    def open_clip(self, path: str | None, frames: int, request: gr.Request) -> Iterator[Updates]:
        """Read a clip and begin a new conversation about it, or go on with one that has no clip."""
        tab = self.tabs.of(request)
        talk = self.room(tab) if path is not None else None
        if path is None or talk is None:
            yield {self.page.status: gr.skip()}
            return
        old = talk.turns or None
        self.tabs.end_conversation(tab)
        talk.anew = False
        yield from self.reader.read(tab, talk, Reading(path, frames, tab.host), old)

    def room(self, tab: Tab) -> Talk | None:
        """The place for another clip, which is then on the page; without one the visitor is told."""
        talk = tab.room()
        if talk is None:
            gr.Warning(
                t("clips.full", tab.language, count=MOST_CLIPS), title=t("page.attention", tab.language)
            )
        return talk

    def open_example(self, frames: int, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """As open_clip, with the example that was clicked."""
        clip = self.clips[int(event._data["index"])]
        tab = self.tabs.of(request)
        shown = tab.talk.reading
        if shown is not None and shown.path == str(clip.path) and shown.error is None:
            yield {self.page.status: gr.skip()}  # it is here already: the second click of a double one
            return
        for step in self.open_clip(str(clip.path), frames, request):
            chosen = tab.talk.reading is not None and tab.talk.reading.path == str(clip.path)
            yield step | (self.view.player(tab) if chosen else {})

    def read_again(self, frames: int, first: float, last: float, request: gr.Request) -> Iterator[Updates]:
        """Take other frames from the same clip, so many and from this range; the conversation goes on."""
        tab = self.tabs.of(request)
        reading = tab.talk.reading
        span = reading.span if reading else None
        if reading and reading.duration is not None and reading.word == tab.ranged:  # or else it is another's
            span = span_of(first, last, reading.duration)
        yield from self._read_again(tab, frames, span)

    def read_as_at_first(self, request: gr.Request) -> Iterator[Updates]:
        """After `reset`, whose values the page may not have shown yet."""
        yield from self._read_again(self.tabs.of(request), START["frames"], None)

    def _read_again(self, tab: Tab, frames: int, span: Span) -> Iterator[Updates]:
        talk = tab.talk
        old = talk.reading
        if old is None or (old.frames, old.span) == (frames, span):
            yield self.view.clip(tab)
            return
        turns = talk.turns
        reading = replace(old.again(tab.host), frames=frames, span=span)
        self.tabs.end_conversation(tab)
        yield from self.reader.read(tab, talk, reading, turns)

    def reset(self, request: gr.Request) -> Updates:
        """All settings as at first, the whole clip among them; it is for read_as_at_first to act on that."""
        reading = self.tabs.of(request).talk.reading
        drawer = self.page.drawer
        spans = drawer.range_at(reading.duration, None) if reading and reading.duration else {}
        return drawer.as_at_first() | spans

    def show_range(self, request: gr.Request) -> Updates:
        """Offer the range of a clip whose length has become known, or that is another than before."""
        tab, drawer = self.tabs.of(request), self.page.drawer
        reading = tab.talk.reading
        if reading is None or reading.duration is None or reading.word == tab.ranged:
            return {drawer.range: gr.skip()}
        tab.ranged = reading.word
        return merged(drawer.of_clip(reading.duration), drawer.range_at(reading.duration, reading.span))

    # The conversation

    def ask(
        self,
        question: str,
        language: str,
        temperature: float,
        max_tokens: int,
        timestamps: bool,
        request: gr.Request,
    ) -> Iterator[Updates]:
        """Answer a question, piece by piece."""
        wishes = Wishes(language, temperature, max_tokens, timestamps)
        yield from self._ask(self.tabs.of(request), question.strip(), wishes)

    def ask_starter(
        self,
        language: str,
        temperature: float,
        max_tokens: int,
        timestamps: bool,
        request: gr.Request,
        event: gr.EventData,
    ) -> Iterator[Updates]:
        """As ask, with the suggested question that was clicked."""
        tab = self.tabs.of(request)
        tab.talk.editing = None
        wishes = Wishes(language, temperature, max_tokens, timestamps)
        yield from self._ask(tab, str(event._data["question"]), wishes)

    def retry(
        self, language: str, temperature: float, max_tokens: int, timestamps: bool, request: gr.Request
    ) -> Iterator[Updates]:
        """Answer the last question anew."""
        tab = self.tabs.of(request)
        if tab.stop is not None or tab.talk.conversation is None or not tab.talk.conversation.turns:
            yield {self.page.chat: gr.skip()}
            return
        wishes = Wishes(language, temperature, max_tokens, timestamps)
        yield from self._answer(Answer(self.models, tab, None, None, wishes))

    def stop(self, request: gr.Request) -> None:
        """End the answer that is being written; its own handler then puts the page in order."""
        stop = self.tabs.of(request).stop
        if stop is not None:
            stop.set()

    def clear(self, request: gr.Request) -> Updates:
        """Begin a new conversation about the same clip."""
        tab = self.tabs.of(request)
        self.tabs.end_conversation(tab)
        if tab.talk.clip is not None:
            tab.talk.conversation = Conversation(tab.talk.clip.key)
        return merged(self.view.chat(tab), self.view.suggestions(tab))

    def _ask(self, tab: Tab, question: str, wishes: Wishes) -> Iterator[Updates]:
        if tab.stop is not None or not question:  # one answer at a time; nothing is nothing
            yield {self.page.chat: gr.skip()}
            return
        place, tab.talk.editing = tab.talk.editing, None
        yield from self._answer(Answer(self.models, tab, question, place, wishes))

    def _answer(self, answer: Answer) -> Iterator[Updates]:
        page, tab = self.page, answer.tab
        writing: Updates = {
            **self.view.editing(tab),
            page.send: gr.update(visible=False),
            page.stop: gr.update(visible=True),
            page.retry: gr.update(interactive=False),
            page.undo: gr.update(interactive=False),
            page.clear: gr.update(interactive=True),
        }
        asked: Updates = {} if answer.question is None else {page.question: ""}
        shown: Messages = []
        with closing(answer.write()) as written:  # a tab that goes away stops the model at once
            for messages in written:
                if not answer.wanted:
                    break
                if messages != shown:
                    yield writing | asked | {page.chat: messages}
                    shown, asked = messages, {}  # the next question may be in the box by then
        if answer.completed:
            yield merged(self.view.chat(tab), self.view.suggestions(tab), self._afterwards(answer, shown))

    def _afterwards(self, answer: Answer, shown: Messages) -> Updates:
        """What differs from a plain end: a failure stays to be read, a question without answer comes back."""
        updates: Updates = {}
        if answer.failed:
            updates |= {self.page.chat: gr.update(value=shown), self.page.clear: gr.update(interactive=True)}
        if (answer.failed or answer.given_up) and answer.question is not None:
            tab, place = answer.tab, answer.place
            tab.talk.editing = place if place is not None and place < len(tab.talk.turns) else None
            updates |= self.view.editing(tab) | {self.page.question: gr.update(value=answer.question)}
        return updates
