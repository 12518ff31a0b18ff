"""Conversations that stay: as a file, or in the visitor's own browser until they come back.

The browser keeps {"remember", "visit", "model", "talks": [{"clip", "conversation", "beside"}], "at"}.
`clip` is a random word under which the server may still know which file was being talked about; it says
nothing to anybody else. Every tab comes back as it was; a new one begins with what was changed last in any
of them.
"""

from pathlib import Path

import gradio as gr

from core import Conversation, ReelTalkError
from demo.app import Page, Updates, merged
from demo.handlers import Handlers
from demo.i18n import error_text, t
from demo.render import model_title
from demo.transcripts import WRITERS, from_file


class Keeping:
    """The events of the drawer, and the way back after a reload."""

    def __init__(self, page: Page, handlers: Handlers) -> None:
        self.page = page
        self.handlers = handlers

    def markdown(self, request: gr.Request) -> Updates:
        """To read."""
        return self._export("md", request)

    def subtitles(self, request: gr.Request) -> Updates:
        """To play beside the clip."""
        return self._export("srt", request)

    def archive(self, request: gr.Request) -> Updates:
        """To go on with later."""
        return self._export("json", request)

    def _export(self, kind: str, request: gr.Request) -> Updates:
        tab = self.handlers.tabs.of(request)
        # A program that reads the archive asks for the model by its key.
        model = tab.host.key if kind == "json" else model_title(tab.host, tab.language)
        transcript = tab.talk.transcript(model)
        stem = Path(transcript.clip).stem or "conversation"
        text = WRITERS[kind](transcript, tab.language)
        return {self.page.keep.file: {"name": f"{stem}.reeltalk.{kind}", "text": text}}

    def bring(self, path: str | None, request: gr.Request) -> Updates:
        """Go on with a conversation from a file; the clip that is open, or is chosen next, is meant."""
        tab = self.handlers.tabs.of(request)
        if path is None or tab.stop is not None:
            return {self.page.status: gr.skip()}
        try:
            transcript = from_file(Path(path))
        except ReelTalkError as error:
            gr.Warning(error_text(error, tab.language), title=t("page.attention", tab.language))
            return {self.page.status: gr.skip()}
        self.handlers.tabs.end_conversation(tab)
        talk = tab.talk
        talk.conversation = Conversation(talk.clip.key if talk.clip else "", turns=list(transcript.turns))
        talk.kept_name = transcript.clip
        talk.subtitles = transcript.subtitles or talk.subtitles
        view = self.handlers.view
        return merged(view.clip(tab), view.chat(tab), view.suggestions(tab), view.subtitles(tab))

    def remember(self, wanted: bool, request: gr.Request) -> Updates:
        """Whether the browser keeps the conversation; if not, what it has is erased at once."""
        tab = self.handlers.tabs.of(request)
        tab.remember = wanted
        return self.handlers.view.record(tab)
