"""What each event of the page does. Which control raises which event is told in events.py.

* A handler returns or yields {component: update}; what it leaves out stays as it is.
* Reading a clip runs in a thread of its own, so that the page can show how far it is, and so that a
  question which was sent too early can wait for it.
* Before it shows anything, a handler that took its time looks whether the tab still wants it: another
  clip may have been chosen, or the chat cleared.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import gradio as gr

from core import Conversation, ReelTalkError, SamplingPlan, VideoLimits
from demo import render
from demo.answering import TICK, Answer, Messages, failure_text
from demo.app import Page, Updates, in_language, merged
from demo.examples import Example
from demo.i18n import LANGUAGES, pick_language, t
from demo.model_host import ModelFailedError, ModelHost
from demo.visitors import ClipView, Reading, Tab, Tabs

log = logging.getLogger(__name__)

READERS = 2  # clips that are read at the same time


class Handlers:
    """The events of one page, served by one model."""

    def __init__(self, page: Page, host: ModelHost, clips: list[Example], limits: VideoLimits) -> None:
        self.page = page
        self.host = host
        self.clips = clips
        self.limits = limits
        self.tabs = Tabs(self._forget)
        self._readers = ThreadPoolExecutor(READERS, "read-clip")

    # The page as a whole

    def arrive(self, stored_language: str | None, request: gr.Request) -> Updates:
        """A tab has opened the page: speak its language."""
        tab = self._tab(request)
        if stored_language in LANGUAGES:
            tab.language = stored_language
        return self._everything(tab)

    def switch_language(self, lang: str, request: gr.Request) -> Updates:
        """The visitor chose a language: all of the page speaks it, and the browser remembers."""
        tab = self._tab(request)
        tab.language = lang if lang in LANGUAGES else "en"
        return self._everything(tab) | {self.page.stored_language: tab.language}

    def show_model(self, request: gr.Request) -> Updates:
        """How far the loading of the model is, until it has come to its end."""
        return {
            self.page.model: self._model_card(self._tab(request).language),
            self.page.ticker: gr.Timer(active=not self.host.settled),
        }

    def leave(self, request: gr.Request) -> None:
        """A tab was closed."""
        self.tabs.close(request.session_hash or "")

    # The clip

    def open_clip(self, path: str | None, frames: int, request: gr.Request) -> Iterator[Updates]:
        """Read a clip and begin a new conversation about it; without a clip, none."""
        tab = self._tab(request)
        self.tabs.end_conversation(tab)
        tab.reading = None
        if path is not None:
            yield from self._read(tab, Reading(path, frames))
        else:
            yield merged(self._clip_parts(tab), self._chat_parts(tab))

    def open_example(self, frames: int, request: gr.Request, event: gr.EventData) -> Iterator[Updates]:
        """As open_clip, with the example that was clicked."""
        clip = self.clips[int(event._data["index"])]
        for number, updates in enumerate(self.open_clip(str(clip.path), frames, request)):
            yield updates | ({self.page.player: gr.update(value=str(clip.path))} if number == 0 else {})

    def read_again(self, frames: int, request: gr.Request) -> Iterator[Updates]:
        """Take another number of frames from the same clip; the conversation goes on."""
        tab = self._tab(request)
        if tab.reading is None or tab.reading.frames == frames:
            yield {self.page.status: gr.skip()}
            return
        turns = tab.conversation.turns if tab.conversation else []
        path = tab.reading.path
        self.tabs.end_conversation(tab)
        yield from self._read(tab, Reading(path, frames), Conversation("", turns=turns))

    def _read(self, tab: Tab, reading: Reading, old: Conversation | None = None) -> Iterator[Updates]:
        tab.reading = reading
        tab.conversation = old
        self._readers.submit(self._read_now, tab, reading)
        yield merged(self._clip_parts(tab), self._chat_parts(tab))
        shown = ""
        while not reading.done.wait(TICK):
            if tab.reading is not reading:
                return
            status = self._status(tab)
            if status != shown:
                yield {self.page.status: status}
                shown = status
        if tab.reading is reading:
            yield self._clip_parts(tab)

    def _read_now(self, tab: Tab, reading: Reading) -> None:
        """In a thread: wait for the model, open the clip, and tell `reading` how it went."""

        def progress(key: str, fraction: float) -> None:
            reading.phase, reading.fraction = key, fraction

        try:
            if tab.reading is reading:  # else another clip was chosen meanwhile
                opened = self.host.chat.open(
                    reading.path, SamplingPlan(frames=reading.frames), self.limits, progress
                )
                if tab.reading is reading:
                    turns = tab.conversation.turns if tab.conversation else []
                    tab.conversation = Conversation(opened.key, turns=turns)
                reading.clip = ClipView.of(opened)
        except (ReelTalkError, ModelFailedError) as error:
            reading.error = error
        except Exception as error:
            log.exception("a clip could not be read")
            reading.error = error
        finally:
            reading.done.set()

    # The conversation

    def ask(
        self, question: str, language: str, temperature: float, max_tokens: int, request: gr.Request
    ) -> Iterator[Updates]:
        """Answer a question, piece by piece."""
        tab = self._tab(request)
        if tab.stop is not None or not question.strip():  # one answer at a time; nothing is nothing
            yield {self.page.chat: gr.skip()}
            return
        yield from self._answer(Answer(self.host, tab, question.strip(), language, temperature, max_tokens))

    def ask_starter(
        self, language: str, temperature: float, max_tokens: int, request: gr.Request, event: gr.EventData
    ) -> Iterator[Updates]:
        """As ask, with the suggested question that was clicked."""
        question = t(f"starter.{int(event._data['index'])}", self._tab(request).language)
        yield from self.ask(question, language, temperature, max_tokens, request)

    def retry(
        self, language: str, temperature: float, max_tokens: int, request: gr.Request
    ) -> Iterator[Updates]:
        """Answer the last question anew."""
        tab = self._tab(request)
        if tab.stop is not None or tab.conversation is None or not tab.conversation.turns:
            yield {self.page.chat: gr.skip()}
            return
        yield from self._answer(Answer(self.host, tab, None, language, temperature, max_tokens))

    def stop(self, request: gr.Request) -> None:
        """End the answer that is being written; its own handler then puts the page in order."""
        stop = self._tab(request).stop
        if stop is not None:
            stop.set()

    def clear(self, request: gr.Request) -> Updates:
        """Begin a new conversation about the same clip."""
        tab = self._tab(request)
        self.tabs.end_conversation(tab)
        if tab.clip is not None:
            tab.conversation = Conversation(tab.clip.key)
        return self._chat_parts(tab)

    def _answer(self, answer: Answer) -> Iterator[Updates]:
        page, tab = self.page, answer.tab
        updates: Updates = {
            page.send: gr.update(visible=False),
            page.stop: gr.update(visible=True),
            page.retry: gr.update(interactive=False),
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
            yield merged(self._chat_parts(tab), self._afterwards(answer, shown))

    # What the parts of the page show

    def _everything(self, tab: Tab) -> Updates:
        return merged(
            in_language(self.page, self.clips, tab.language),
            {self.page.model: gr.update(value=self._model_card(tab.language))},
            self._clip_parts(tab),
            self._chat_parts(tab) if tab.stop is None else {},
        )

    def _clip_parts(self, tab: Tab) -> Updates:
        """The status of the clip, its frames, and what can be asked about it."""
        askable = tab.reading is not None and tab.reading.error is None
        return {
            self.page.status: gr.update(value=self._status(tab)),
            self.page.strip: gr.update(value=render.strip(tab.clip, tab.language)),
            self.page.chat: gr.update(placeholder=render.empty_chat(tab.language, tab.clip is not None)),
            self.page.starters: gr.update(visible=True if askable else "hidden"),
        }

    def _status(self, tab: Tab) -> str:
        reading = tab.reading
        if reading is None:
            return ""
        if reading.error is not None:
            return render.error_status(failure_text(reading.error, tab.language))
        if reading.clip is not None:
            return render.clip_status(reading.clip, tab.language)
        if not self.host.settled:
            percent = round(100 * self.host.fraction)
            return render.reading_status(
                t("model.loading", tab.language, percent=percent), self.host.fraction
            )
        return render.reading_status(t(f"progress.{reading.phase}", tab.language), reading.fraction)

    def _chat_parts(self, tab: Tab) -> Updates:
        """The conversation while no answer is being written."""
        turns = tab.conversation.turns if tab.conversation else []
        return {
            self.page.chat: gr.update(
                value=render.messages(turns, tab.clip.duration if tab.clip else 0.0, tab.language)
            ),
            self.page.send: gr.update(visible=True),
            self.page.stop: gr.update(visible=False),
            self.page.retry: gr.update(interactive=bool(turns)),
            self.page.clear: gr.update(interactive=bool(turns)),
        }

    def _afterwards(self, answer: Answer, shown: Messages) -> Updates:
        """What differs from a plain end: a failure stays to be read, a question not asked comes back."""
        if answer.failed:
            return {self.page.chat: gr.update(value=shown), self.page.clear: gr.update(interactive=True)}
        if answer.given_up and answer.question is not None:
            return {self.page.question: gr.update(value=answer.question)}
        return {}

    def _model_card(self, lang: str) -> str:
        error, note = self.host.error, ""
        if error is not None:
            note = failure_text(error, lang)
        elif not self.host.settled:
            note = t("model.loading", lang, percent=round(100 * self.host.fraction))
        return render.model_card(self.host.name, note, error is not None, lang)

    def _tab(self, request: gr.Request) -> Tab:
        header = request.headers.get("accept-language")
        return self.tabs.get(request.session_hash or "", lambda: pick_language(header))

    def _forget(self, conversation_id: str) -> None:
        if self.host.settled and self.host.error is None:
            self.host.chat.forget(conversation_id)
