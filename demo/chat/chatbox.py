"""The conversation as a chat, and what stands in it while nothing was said."""

from typing import ClassVar

import gradio as gr

from demo.chat.messages import link_times, messages, plain
from demo.models.card import model_title
from demo.page.feature import FIRST_LANGUAGE, Feature, Site, Texts, Updates, View
from demo.page.i18n import t
from demo.server.tabs import Tab


class Chatbox(Feature):
    """turn_buttons: raises the events of the small buttons that scripts/talk/turns.js puts beside each turn.

    empty: a view of what stands in an empty chat.
    """

    TEXTS: ClassVar[Texts] = {"chat": {"label": "chat.label"}}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.chat = gr.Chatbot(
            height=None,
            show_label=False,
            autoscroll=False,  # scripts/talk/end.js does it
            buttons=[],
            feedback_options=None,
            latex_delimiters=[],
            layout="bubble",
            group_consecutive_messages=False,
            placeholder=empty_chat(False, True, site.uploads, FIRST_LANGUAGE),
            elem_id="rt-chat",
            **self.text("chat"),
        )
        self.turn_buttons = gr.HTML(js_on_load="window.reelTalk.raise = trigger;", visible="hidden")
        self.view = View([self.chat], self._turns)
        self.empty = View([self.chat], self._empty)

    def _turns(self, tab: Tab) -> Updates:
        reading = tab.talk.reading
        duration = (reading.duration if reading else None) or 0.0
        turns = messages(tab.talk.turns, duration, tab.language, tab.talk.ratings, tab.talk.forks)
        return {self.chat: gr.update(value=turns)}

    def _empty(self, tab: Tab) -> Updates:
        lang = tab.language
        if tab.talk.other_model and tab.talk.askable:
            text = new_model_chat(model_title(tab.host, lang), lang)
        elif tab.talk.clip is None and tab.talk.askable:
            text = _headed(t("chat.reading_title", lang), t("chat.reading_text", lang))
        elif summary := tab.talk.summary_in(tab.model_language):
            text = summed_up_chat(summary, tab.talk.clip.duration if tab.talk.clip else 0.0, lang)
        else:
            text = empty_chat(tab.talk.clip is not None, tab.bilingual, self.site.uploads, lang)
        return {self.chat: gr.update(placeholder=text)}


def empty_chat(watched: bool, bilingual: bool, uploads: bool, lang: str) -> str:
    """What stands in a chat without messages, before and after a clip has been read."""
    if watched:
        return _headed(t("chat.watched_title", lang), t("chat.watched_text", lang))
    if not uploads:
        return _headed(t("chat.empty_title_examples", lang), t("chat.empty_text_examples", lang))
    key = "chat.empty_text" if bilingual else "chat.empty_text_one_language"
    return _headed(t("chat.empty_title", lang), t(key, lang))


def summed_up_chat(summary: str, duration: float, lang: str) -> str:
    """What stands in a chat whose clip the model has summed up. duration: of the clip, s."""
    return _headed(t("chat.watched_title", lang), link_times(plain(summary), duration))


def new_model_chat(model: str, lang: str) -> str:
    """What stands in a chat whose conversation has ended because another model was chosen."""
    return _headed(t("chat.anew_title", lang, model=plain(model)), t("chat.anew_text", lang))


def _headed(title: str, text: str) -> str:
    return f"### {title}\n\n{text}"
