"""The buttons below the question: answer again, delete the last turn, clear the chat; and those that lead to
other answers."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

import gradio as gr

from demo.chat.answer import ASKING, AT_MOMENT, AnswerSettings
from demo.chat.chatbox import Chatbox
from demo.keep.removed import Removed
from demo.page.feature import FIRST_LANGUAGE, HIDDEN, Feature, Site, Texts, Updates, View, Views, html_label
from demo.page.i18n import t
from demo.server.tabs import Tab
from demo.settings.drawer import Settings

if TYPE_CHECKING:
    from demo.chat.asking import Asking


class Tools(Feature):
    TEXTS: ClassVar[Texts] = {
        "retry": {"value": "chat.retry"},
        "undo": {"value": "chat.undo"},
        "clear": {"value": "chat.clear"},
    }

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        with gr.Row(elem_id="rt-tools"):
            self.retry, self.undo, self.clear = (
                gr.Button(size="sm", interactive=False, elem_id=f"rt-{name}", scale=0, **self.text(name))
                for name in self.TEXTS
            )
            self.hint = gr.HTML(hint_html(FIRST_LANGUAGE), elem_id="rt-hint")
        self.view = View([self.retry, self.undo, self.clear], self._show)

    @property
    def labels(self) -> View:
        return super().labels + html_label(self.hint, hint_html)

    def connect(self, chatbox: Chatbox, asking: "Asking", settings: Settings, views: Views) -> None:
        self.asking, self.chat = asking, views.chat
        self.retry.click(
            self.retry_answer,
            settings.for_answer,
            asking.outputs,
            js=AT_MOMENT,
            api_name="retry",
            **ASKING,
        )
        now: dict[str, Any] = {"queue": False, "show_progress": "hidden"}
        self.undo.click(self.undo_turn, None, asking.outputs, api_name="undo", **now)
        self.clear.click(self.clear_chat, None, asking.outputs, api_name="clear", **now)
        chatbox.turn_buttons.select(
            self.go_way, None, asking.outputs, queue=False, trigger_mode="multiple", **HIDDEN
        )

    def retry_answer(
        self,
        language: str,
        temperature: float,
        max_tokens: int,
        timestamps: bool,
        request: gr.Request,
        moment: float | None = None,
    ) -> Iterator[Updates]:
        """Answer the last question anew."""
        settings = AnswerSettings(language, temperature, max_tokens, timestamps, moment)
        yield from self.asking.ask_again(self.tabs.of(request), settings)

    def undo_turn(self, request: gr.Request) -> Updates:
        """Delete the last question and its answer."""
        tab = self.tabs.of(request)
        if tab.stop is not None:
            return self.asking.nothing
        if tab.talk.turns:
            tab.removed = Removed.before(tab, tab.talk, "turn")
            tab.talk.cut(len(tab.talk.turns) - 1)
        return self.chat(tab)

    def clear_chat(self, request: gr.Request) -> Updates:
        """Begin a new conversation about the same clip."""
        tab = self.tabs.of(request)
        if tab.talk.turns:
            tab.removed = Removed.before(tab, tab.talk, "chat")
        self.tabs.begin_anew(tab)
        tab.talk.new_chat()
        return self.chat(tab)

    def go_way(self, request: gr.Request, event: gr.EventData) -> Updates:
        """Show an earlier or a later answer to a question, or to what it was before it was changed."""
        tab = self.tabs.of(request)
        place, step = int(event._data["turn"]), int(event._data["step"])
        if tab.turn_at(place) is not None:
            tab.talk.go_way(place, step)
        return self.chat(tab)

    def writing(self) -> Updates:
        """While an answer is written, the chat can be cleared and nothing else."""
        return {
            self.retry: gr.update(interactive=False),
            self.undo: gr.update(interactive=False),
            self.clear: gr.update(interactive=True),
        }

    def _show(self, tab: Tab) -> Updates:
        there_are_turns = bool(tab.talk.turns)
        return {button: gr.update(interactive=there_are_turns) for button in self.view.outputs}


def hint_html(lang: str) -> str:
    return f'<p class="rt-hint">{t("chat.hint", lang)}</p>'
