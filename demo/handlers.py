"""What each event of the page does. Which control raises which event is told in events.py, and what the
page shows of a tab in view.py.

* A handler returns or yields {component: update}; what it leaves out stays as it is.
* Reading a clip runs in a thread of its own, so that the page can show how far it is, and so that a
  question which was sent too early can wait for it.
* Before it shows anything, a handler that took its time looks whether the tab still wants it: another
  clip or model may have been chosen, or the chat cleared.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import gradio as gr

from core import Conversation, ReelTalkError, SamplingPlan, Turn, VideoLimits
from demo.answering import TICK, Answer, Messages, Wishes
from demo.app import Page, Updates, merged
from demo.examples import Example
from demo.i18n import LANGUAGES, t
from demo.model_host import ModelFailedError
from demo.models import Models
from demo.request_log import clip_read
from demo.settings_drawer import START, Span, span_of
from demo.talks import ClipView, Reading, Talk
from demo.view import View
from demo.visitors import MOST_CLIPS, Tab, Tabs

log = logging.getLogger(__name__)

READERS = 2  # clips that are read at the same time


class Handlers:
    """The events of one page."""

    def __init__(self, page: Page, models: Models, clips: list[Example], limits: VideoLimits) -> None:
        self.page = page
        self.models = models
        self.clips = clips
        self.limits = limits
        self.view = View(page, models, clips)
        self.tabs = Tabs(models.first, models.forget)
        self._reader = threading.Semaphore(READERS)

    # The page as a whole

    def arrive(self, stored_language: str | None, record: Any, request: gr.Request) -> Updates:
        """A tab has opened the page: speak its language, and show what its browser has kept."""
        tab = self.tabs.of(request)
        if stored_language in LANGUAGES:
            tab.language = stored_language
        if all(talk.empty for talk in tab.talks):
            tab.bring_back(record)
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
        """Read a clip and begin a new conversation about it, or go on with one that had lost its clip."""
        tab = self.tabs.of(request)
        talk = self.room(tab) if path is not None else None
        if path is None or talk is None:
            yield {self.page.status: gr.skip()}
            return
        old = talk.turns if talk.reading is None and talk.turns else None
        self.tabs.end_conversation(tab)
        talk.anew = False
        yield from self.read(tab, talk, Reading(path, frames, tab.host), old)

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
        steps = self.open_clip(str(clip.path), frames, request)
        first = next(steps)
        chosen = tab.talk.reading is not None and tab.talk.reading.path == str(clip.path)
        yield first | (self.view.player(tab) if chosen else {})
        yield from steps

    def read_again(self, frames: int, first: float, last: float, request: gr.Request) -> Iterator[Updates]:
        """Take other frames from the same clip, so many and from this range; the conversation goes on."""
        tab = self.tabs.of(request)
        duration = tab.talk.reading.duration if tab.talk.reading else None
        yield from self._read_again(tab, frames, span_of(first, last, duration) if duration else None)

    def reset(self, request: gr.Request) -> Iterator[Updates]:
        """All settings as at first, the whole clip among them."""
        tab = self.tabs.of(request)
        duration = tab.talk.reading.duration if tab.talk.reading else None
        spans = self.page.drawer.range_at(duration, None) if duration else {}
        yield self.page.drawer.as_at_first() | spans
        yield from self._read_again(tab, START["frames"], None)

    def _read_again(self, tab: Tab, frames: int, span: Span) -> Iterator[Updates]:
        talk = tab.talk
        if talk.reading is None or (talk.reading.frames, talk.reading.span) == (frames, span):
            yield self.view.clip(tab)
            return
        turns = talk.turns
        reading = replace(
            talk.reading.again(tab.host), frames=frames, span=span, duration=talk.reading.duration
        )
        self.tabs.end_conversation(tab)
        yield from self.read(tab, talk, reading, turns)

    def read(
        self, tab: Tab, talk: Talk, reading: Reading, old: list[Turn] | None = None
    ) -> Iterator[Updates]:
        """Read a clip, and show how far that is; the `old` turns go on, or else it is a new conversation."""
        self.begin(talk, reading, old)
        yield merged(self.view.clip(tab), self.view.chat(tab), self.view.suggestions(tab))
        yield from self.follow(tab, talk, new=old is None)

    def begin(self, talk: Talk, reading: Reading, old: list[Turn] | None) -> None:
        """From now on the clip is being read, in a thread of its own."""
        if talk.conversation is not None:
            self.models.forget(talk.conversation.id)
        talk.reading = reading
        talk.conversation = None if old is None else Conversation("", turns=old)
        self.tabs.remember_clip(talk, reading)
        threading.Thread(target=self._read_now, args=(talk, reading), name="read-clip", daemon=True).start()

    def follow(self, tab: Tab, talk: Talk, new: bool = False) -> Iterator[Updates]:
        """Show how far a clip is read, as long as it is on the page; new: with all of it as its range."""
        reading = talk.reading
        if reading is None:
            return
        shown = ""
        while not reading.done.wait(TICK):
            if tab.talk is not talk or talk.reading is not reading:
                return
            status = self.view.status(tab)
            if status != shown:
                yield {self.page.status: status}
                shown = status
        if tab.talk is talk and talk.reading is reading:
            spans = self.page.drawer.range_at(talk.clip.duration, reading.span) if talk.clip and new else {}
            yield merged(self.view.clip(tab), spans)

    def _read_now(self, talk: Talk, reading: Reading) -> None:
        """In a thread: wait for the model, open the clip, and tell `reading` how it went."""

        def progress(key: str, fraction: float) -> None:
            reading.phase, reading.fraction = key, fraction

        begun = time.monotonic()
        try:
            with self.models.use(reading.host):
                chat = reading.host.chat  # before it is its turn, so that nobody waits for a strange model
                with self._reader:
                    if talk.reading is not reading:  # another clip was chosen meanwhile
                        return
                    start, end = reading.span or (None, None)
                    plan = SamplingPlan(frames=reading.frames, start=start, end=end)
                    opened = chat.open(reading.path, plan, self.limits, progress)
            if talk.reading is reading:
                talk.conversation = Conversation(opened.key, turns=talk.turns)
            reading.clip, reading.duration = ClipView.of(opened), opened.duration
        except (ReelTalkError, ModelFailedError) as error:
            reading.error = error
        except Exception as error:
            log.exception("a clip could not be read")
            reading.error = error
        finally:
            clip_read(reading.host.key, reading.frames, time.monotonic() - begun, reading.error)
            reading.done.set()

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
        updates: Updates = {
            **self.view.editing(tab),
            page.send: gr.update(visible=False),
            page.stop: gr.update(visible=True),
            page.retry: gr.update(interactive=False),
            page.undo: gr.update(interactive=False),
            page.clear: gr.update(interactive=True),
        }
        if answer.question is not None:
            updates[page.question] = ""
        shown: Messages = []
        with closing(answer.write()) as written:  # a tab that goes away stops the model at once
            for messages in written:
                if not answer.wanted:
                    break
                if messages != shown:
                    yield updates | {page.chat: messages}
                    shown, updates = messages, {}
        if answer.completed:
            yield merged(self.view.chat(tab), self.view.suggestions(tab), self._afterwards(answer, shown))

    def _afterwards(self, answer: Answer, shown: Messages) -> Updates:
        """What differs from a plain end: a failure stays to be read, a question not asked comes back."""
        if answer.failed:
            return {self.page.chat: gr.update(value=shown), self.page.clear: gr.update(interactive=True)}
        if answer.given_up and answer.question is not None:
            tab, place = answer.tab, answer.place
            tab.talk.editing = place if place is not None and place < len(tab.talk.turns) else None
            return self.view.editing(tab) | {self.page.question: gr.update(value=answer.question)}
        return {}
