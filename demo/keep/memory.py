"""What the visitor's browser keeps: the language, and the conversations until they come back.

Of conversations it is {"remember", "visit", "model", "senses", "talks": [{"id", "title", "clip", "example",
"conversation", "beside"}], "at"}. `clip` is a random id under which the server may still know which file was
being talked about; it says nothing to anybody else; `example` is the name of one of ours, which every server
has. Every tab comes back as it was; a new one begins with what was changed last in any of them.
"""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from demo.clip.reader import READING
from demo.keep.transcripts import to_dict
from demo.limits.memory import FreeMemory
from demo.page.feature import HIDDEN, Feature, Site, Updates, View, Views
from demo.page.i18n import LANGUAGES
from demo.server.tabs import Tab
from demo.server.talks import Talk

if TYPE_CHECKING:
    from demo.clip.opening import Opening
    from demo.page.head import Head
    from demo.settings.drawer import Settings

# Keys and secrets are fixed, so that what is kept outlives the server.
LANGUAGE_KEY, HISTORY_KEY = "reeltalk.language", "reeltalk.history"


class Memory(Feature):
    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.language = gr.BrowserState(None, storage_key=LANGUAGE_KEY, secret=LANGUAGE_KEY)
        self.history = gr.BrowserState(None, storage_key=HISTORY_KEY, secret=HISTORY_KEY)
        self.view = View([self.history], self._record)
        self.free_memory = FreeMemory()

    def connect(
        self, blocks: gr.Blocks, head: "Head", opening: "Opening", settings: "Settings", views: Views
    ) -> None:
        self.everything = views.everything
        arrived = gr.on(
            [blocks.load],
            self.arrive,
            [self.language, self.history],
            self.everything.outputs,
            js="(language, latest) => [language, window.reelTalk.remembered(latest)]",
            queue=False,
            **HIDDEN,
        )
        restored = (
            head.speak_after(arrived)
            .then(None, self.history, js="(record) => window.reelTalk.arrived(record)", **HIDDEN)
            .then(opening.restore, None, (views.another + views.model).outputs, **READING | HIDDEN)
        )
        settings.show_range_after(restored)
        self.history.change(None, self.history, js="(record) => window.reelTalk.remember(record)", **HIDDEN)
        blocks.unload(self.leave)

    def arrive(self, stored_language: str | None, record: Any, request: gr.Request) -> Updates:
        """A tab has opened the page: speak its language, and show what its browser has kept."""
        tab = self.tabs.begun(request)
        if stored_language in LANGUAGES:
            tab.language = stored_language
        if all(talk.empty for talk in tab.talks):
            tab.bring_back(record, self.site.models.hosts)
            for talk in tab.talks:
                talk.kept_picture = self.tabs.clips.picture_of(talk.clip_id)
        return self.everything(tab)

    def _record(self, tab: Tab) -> Updates:
        examples = [example.path for example in self.site.examples]
        return {self.history: gr.update(value=record_of(tab, examples))}

    def leave(self, request: gr.Request) -> None:
        """A tab was closed."""
        self.tabs.close(request.session_hash or "")
        self.free_memory.give_back_soon()


def record_of(tab: Tab, examples: Collection[Path]) -> dict[str, Any]:
    """examples: the clips that come with the program."""
    record: dict[str, Any] = {"remember": tab.remember, "visit": tab.id}
    if tab.remember:
        record |= {
            "model": tab.host.key,
            "senses": tab.senses.as_json(),
            "talks": [
                {
                    "id": talk.chat_id,
                    "title": talk.title,
                    "clip": talk.clip_id,
                    "example": _example_name(talk, examples),
                    "conversation": to_dict(talk.transcript(tab.host.key)),
                    "beside": tab.talks.index(talk.beside) if talk.beside else None,
                }
                for talk in tab.talks
            ],
            "at": tab.talks.index(tab.talk),
        }
    return record


def _example_name(talk: Talk, examples: Collection[Path]) -> str | None:
    if talk.reading is None:
        return talk.example
    path = Path(talk.reading.path)
    return path.name if path in examples else None
