"""A question is asked: the chat shows its answer as it is written, and then what can be done next."""

from collections.abc import Iterator
from contextlib import closing

import gradio as gr

from core import clean
from demo.chat.answer import Answer, AnswerSettings
from demo.chat.chatbox import Chatbox
from demo.chat.messages import Messages
from demo.chat.question import QuestionBox
from demo.chat.tools import Tools
from demo.keep.transcripts import LONGEST_QUESTION
from demo.keep.undo import Undo
from demo.page.feature import Site, Updates, Views, distinct, merged
from demo.page.i18n import t
from demo.server.tabs import Tab

AGAIN = 0.7  # temperature, at least, of another answer to the same question


class Asking:
    """outputs: what an event has to name that asks."""

    def __init__(
        self, site: Site, chatbox: Chatbox, box: QuestionBox, tools: Tools, undo: Undo, views: Views
    ) -> None:
        self.models = site.models
        self.chatbox = chatbox
        self.box = box
        self.tools = tools
        self.undo = undo
        self.views = views
        self.outputs = distinct([chatbox.chat, box.question, *views.chat.outputs])
        self.nothing: Updates = {chatbox.chat: gr.skip()}  # a step that changes nothing

    def ask(self, tab: Tab, question: str, settings: AnswerSettings) -> Iterator[Updates]:
        """Answer a question, which may take the place of the one that is being changed."""
        if tab.stop is not None:  # one answer at a time
            yield self.nothing
            return
        if len(question) > LONGEST_QUESTION:  # the box takes no more, but a program may send it
            text = t("error.question_too_long", tab.language, length=len(question), limit=LONGEST_QUESTION)
            gr.Warning(text, title=t("page.attention", tab.language))
            yield self.nothing
            return
        question = clean(question).strip()
        if not question:  # nothing is nothing, also where it has characters that nobody sees
            yield self.nothing
            return
        place, tab.talk.editing = tab.talk.editing, None
        yield from self._answer(Answer(self.models, tab, question, place, settings))

    def ask_again(self, tab: Tab, settings: AnswerSettings) -> Iterator[Updates]:
        """Another answer to the last question: with chance in it, or else it would be the same."""
        if tab.stop is not None or not tab.talk.turns:
            yield self.nothing
            return
        yield from self._answer(Answer(self.models, tab, None, None, settings.varied(AGAIN)))

    def _answer(self, answer: Answer) -> Iterator[Updates]:
        tab = answer.tab
        tab.removed = None
        writing = (
            self.box.editing_view(tab) | self.box.writing(True) | self.tools.writing() | self.undo.view(tab)
        )
        asked: Updates = {} if answer.question is None else {self.box.question: ""}
        before: Messages = []
        with closing(answer.write()) as written:  # a tab that goes away stops the model at once
            for shown in written:
                if not answer.wanted:
                    break
                if shown != before:
                    yield writing | asked | {self.chatbox.chat: shown}
                    before, asked = shown, {}  # the next question may be in the box by then
        if answer.completed:
            yield merged(self.views.chat(tab), self._afterwards(answer, before))

    def _afterwards(self, answer: Answer, last: Messages) -> Updates:
        """What differs from a plain end: a failure stays to be read, a question without answer comes back."""
        updates: Updates = {}
        if answer.failed:
            updates |= {
                self.chatbox.chat: gr.update(value=last),
                self.tools.clear: gr.update(interactive=True),
            }
        if (answer.failed or answer.given_up) and answer.question is not None:
            tab, place = answer.tab, answer.place
            tab.talk.editing = place if place is not None and place < len(tab.talk.turns) else None
            updates |= self.box.editing_view(tab)
            updates |= {self.box.question: gr.update(value=answer.question)}
        return updates
