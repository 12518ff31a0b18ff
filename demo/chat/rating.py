"""Ratings of answers: a thumb up or down beside each, and the question why."""

import logging
from typing import Any, ClassVar

import gradio as gr

from core import Turn, clean
from demo.chat.chatbox import Chatbox
from demo.chat.feedback import FeedbackFile, Rating
from demo.limits.rates import Rate
from demo.limits.visitor import visitor_asking
from demo.page.feature import FIRST_LANGUAGE, HIDDEN, Feature, Site, Texts, Updates, View, Views, html_label
from demo.page.i18n import t
from demo.server.tabs import Tab

log = logging.getLogger(__name__)
LONGEST_REASON = 1000  # characters
MOST, SECONDS = 60, 600.0  # ratings and reasons of one visitor


class Ratings(Feature):
    """reasons: asked for after a rating."""

    TEXTS: ClassVar[Texts] = {
        "reason": {"label": "rating.reason", "placeholder": "rating.reason"},
        "give": {"value": "rating.give"},
        "skip": {"value": "rating.skip"},
    }

    def __init__(self, site: Site, feedback: FeedbackFile) -> None:
        super().__init__(site)
        self.feedback = feedback
        self.rate_of = Rate(MOST, SECONDS)
        with gr.Column(scale=0, visible=False, elem_id="rt-reasons") as self.reasons:
            self.why = gr.HTML(why_html(FIRST_LANGUAGE))
            with gr.Row(elem_id="rt-reason-row"):
                self.reason = gr.Textbox(
                    lines=1,
                    max_lines=3,
                    show_label=False,
                    container=False,
                    max_length=LONGEST_REASON,
                    elem_id="rt-reason",
                    **self.text("reason"),
                )
                self.give = gr.Button(size="sm", elem_id="rt-give-reason", scale=0, **self.text("give"))
                self.skip = gr.Button(size="sm", elem_id="rt-skip-reason", scale=0, **self.text("skip"))
        self.view = View(
            [self.reasons], lambda tab: {self.reasons: gr.update(visible=tab.talk.rated is not None)}
        )

    @property
    def labels(self) -> View:
        return super().labels + html_label(self.why, why_html)

    def connect(self, chatbox: Chatbox, views: Views) -> None:
        self.chat = views.chat
        now: dict[str, Any] = {"queue": False, **HIDDEN}
        reasons = [self.reasons, self.reason]
        chatbox.turn_buttons.like(self.rate, None, [*self.chat.outputs, self.reason], **HIDDEN)
        gr.on([self.reason.submit, self.give.click], self.give_reason, self.reason, reasons, **now)
        self.skip.click(self.skip_reason, None, reasons, **now)

    def rate(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Keep a thumb up or down, and ask why; the same thumb again takes it back."""
        tab = self.tabs.of(request)
        place = int(event._data["turn"])
        rating: Rating = "up" if event._data["rating"] == "up" else "down"
        turn = tab.turn_at(place)
        if turn is None:
            return {self.reasons: gr.skip()}
        taken_back = tab.talk.ratings.get(place) == rating
        if not self._write(request, tab, place, turn, None if taken_back else rating):
            return {self.reasons: gr.skip()}
        if taken_back:
            del tab.talk.ratings[place]
        else:
            tab.talk.ratings[place] = rating
        tab.talk.rated = None if taken_back else place
        return self.chat(tab) | {self.reason: ""}

    def give_reason(self, reason: str, request: gr.Request) -> Updates:
        """Keep why an answer was rated as it was; no reason is fine too."""
        tab = self.tabs.of(request)
        reason = clean(reason[:LONGEST_REASON]).strip()
        place, tab.talk.rated = tab.talk.rated, None
        turn = None if place is None else tab.turn_at(place)
        if place is not None and turn is not None and reason:
            self._write(request, tab, place, turn, tab.talk.ratings[place], reason)
        return self.view(tab) | {self.reason: ""}

    def skip_reason(self, request: gr.Request) -> Updates:
        """The rating stands without one."""
        return self.give_reason("", request)

    def _write(
        self,
        request: gr.Request,
        tab: Tab,
        place: int,
        turn: Turn,
        rating: Rating | None,
        reason: str = "",
    ) -> bool:
        """Whether the rating could be kept; if not, the visitor and perhaps the operator are told."""
        assert tab.talk.conversation is not None, "only turns of a conversation are rated"
        told = "limits.too_often"
        if self.rate_of.allows(visitor_asking(request)):
            try:
                self.feedback.add(f"{tab.talk.conversation.id}-{place}", turn, tab.host.key, rating, reason)
            except OSError:
                log.exception("a rating could not be written")
                told = "rating.failed"
            else:
                return True
        gr.Warning(t(told, tab.language), title=t("page.attention", tab.language))
        return False


def why_html(lang: str) -> str:
    return f'<p class="rt-asks">{t("rating.why", lang)}</p>'
