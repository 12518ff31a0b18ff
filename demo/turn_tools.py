"""What a visitor does with turns that are there: change a question, delete the last, rate an answer.

As in handlers.py a handler returns {component: update}; asking a changed question is told there. While
an answer is written, nothing here changes anything.
"""

import logging

import gradio as gr

from core import Turn
from demo.app import Page, Updates, merged
from demo.feedback import FeedbackFile, Rating
from demo.i18n import t
from demo.view import View
from demo.visitors import Tab, Tabs

log = logging.getLogger(__name__)


class TurnTools:
    """The events of the small buttons beside questions and answers."""

    def __init__(self, page: Page, tabs: Tabs, view: View, feedback: FeedbackFile) -> None:
        self.page = page
        self.tabs = tabs
        self.view = view
        self.feedback = feedback

    def edit(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Put an earlier question into the box; sending it will drop what followed."""
        tab = self.tabs.of(request)
        place = int(event._data["turn"])
        turn = _turn(tab, place)
        if turn is None:
            return {self.page.editing: gr.skip()}
        tab.talk.editing = place
        return self.view.editing(tab) | {self.page.question: turn.question}

    def cancel_edit(self, request: gr.Request) -> Updates:
        """Leave the question as it was."""
        tab = self.tabs.of(request)
        tab.talk.editing = None
        return self.view.editing(tab) | {self.page.question: ""}

    def undo(self, request: gr.Request) -> Updates:
        """Delete the last question and its answer."""
        tab = self.tabs.of(request)
        if tab.stop is not None:
            return {self.page.chat: gr.skip()}
        if tab.talk.turns:
            tab.talk.cut(len(tab.talk.turns) - 1)
        return merged(self.view.chat(tab), self.view.suggestions(tab))

    def rate(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Keep a thumb up or down, and ask why; the same thumb again takes it back."""
        tab = self.tabs.of(request)
        place = int(event._data["turn"])
        rating: Rating = "up" if event._data["rating"] == "up" else "down"
        turn = _turn(tab, place)
        if turn is None:
            return {self.page.reasons: gr.skip()}
        taken_back = tab.talk.ratings.get(place) == rating
        if not self._write(tab, place, turn, None if taken_back else rating):
            return {self.page.reasons: gr.skip()}
        if taken_back:
            del tab.talk.ratings[place]
        else:
            tab.talk.ratings[place] = rating
        tab.talk.rated = None if taken_back else place
        return self.view.chat(tab) | {self.page.reason: ""}

    def give_reason(self, reason: str, request: gr.Request) -> Updates:
        """Keep why an answer was rated as it was; no reason is fine too."""
        tab = self.tabs.of(request)
        place, tab.talk.rated = tab.talk.rated, None
        turn = None if place is None else _turn(tab, place)
        if place is not None and turn is not None and reason.strip():
            self._write(tab, place, turn, tab.talk.ratings[place], reason.strip())
        return self.view.reasons(tab) | {self.page.reason: ""}

    def skip_reason(self, request: gr.Request) -> Updates:
        """The rating stands without one."""
        return self.give_reason("", request)

    def _write(self, tab: Tab, place: int, turn: Turn, rating: Rating | None, reason: str = "") -> bool:
        """Whether the rating could be kept; if not, the visitor and the operator are told."""
        assert tab.talk.conversation is not None, "only turns of a conversation are rated"
        try:
            self.feedback.add(f"{tab.talk.conversation.id}-{place}", turn, tab.host.key, rating, reason)
        except OSError:
            log.exception("a rating could not be written")
            gr.Warning(t("rating.failed", tab.language), title=t("page.attention", tab.language))
            return False
        return True


def _turn(tab: Tab, place: int) -> Turn | None:
    """A turn of the tab's conversation, if there is one, and if no answer is being written."""
    turns = tab.talk.conversation.turns if tab.talk.conversation and tab.stop is None else []
    return turns[place] if 0 <= place < len(turns) else None
