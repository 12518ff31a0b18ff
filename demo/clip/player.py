"""The player, which also takes uploads and records with the camera."""

import html
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import gradio as gr
from gradio.data_classes import FileData

from demo.clip.reader import READING
from demo.page.feature import HIDDEN, Feature, Site, Texts, Updates, View, Views
from demo.server.tabs import Tab

if TYPE_CHECKING:
    from demo.clip.opening import Opening
    from demo.settings.drawer import Settings


def as_it_is(path: str | None) -> FileData | None:
    """A file for the player.

    Gradio's own way probes and converts it, in this process and on its one loop: a playlist would become the
    server's own files, and one clip would stop every visitor.
    """
    return None if path is None else FileData(path=path, orig_name=Path(path).name)


class Player(Feature):
    """subtitles: a view of them alone."""

    TEXTS: ClassVar[Texts] = {"player": {"label": "clip.label"}}

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self.player = gr.Video(
            sources=["upload", "webcam"],
            interactive=site.uploads,
            webcam_options=gr.WebcamOptions(mirror=False),
            include_audio=True,
            show_label=False,
            buttons=[],
            elem_id="rt-player",
            **self.text("player"),
        )
        self.player.postprocess = as_it_is
        self.subtitles = View([self.player], self._subtitles)
        self.view = View([self.player], self._clip) + self.subtitles

    def connect(self, opening: "Opening", settings: "Settings", views: Views) -> None:
        self.opening = opening
        if not self.site.uploads:
            return
        opened = gr.on(
            [self.player.upload, self.player.stop_recording],
            self.open_clip,
            [self.player, settings.frames],
            views.opened.outputs,
            api_name="open_clip",
            trigger_mode="multiple",
            **READING,
        )
        opened.then(self.show_subtitles, None, self.player, **HIDDEN)
        removed = self.player.clear(
            self.remove_clip, None, views.another.outputs, trigger_mode="multiple", **READING | HIDDEN
        )
        for event in (opened, removed):
            settings.show_range_after(event)

    def open_clip(self, path: str | None, frames: int, request: gr.Request) -> Iterator[Updates]:
        """Read a clip and begin a new conversation about it, or go on with one that has no clip."""
        yield from self.opening.open(self.tabs.begun(request), path, frames)

    def remove_clip(self, request: gr.Request) -> Iterator[Updates]:
        """The clip was taken out of the player, or, where there is none, the camera takes its place."""
        tab = self.tabs.of(request)
        reading = tab.talk.reading
        if reading is None or reading.refused:
            yield self.opening.nothing
        else:
            yield from self.opening.remove(tab, tab.talk)

    def show_subtitles(self, request: gr.Request) -> Updates:
        """Those that were there before the clip itself came back."""
        tab = self.tabs.of(request)
        return self.subtitles(tab) if tab.talk.subtitles else {self.player: gr.skip()}

    def _clip(self, tab: Tab) -> Updates:
        """The clip itself once the engine has accepted it; an example is ours."""
        reading = tab.talk.reading
        examples = {str(example.path) for example in self.site.examples}
        there = (
            reading is not None
            and (reading.accepted or reading.path in examples)
            and not reading.refused
            and Path(reading.path).is_file()
        )
        return {self.player: gr.update(value=reading.path if reading and there else None)}

    def _subtitles(self, tab: Tab) -> Updates:
        """What the player writes below the picture; of none it has to be told as well, or the last ones stay.

        Of an empty list gradio would make a file each time.
        """
        cues = tab.talk.subtitles.cues if tab.talk.subtitles and tab.talk.reading else ()
        lines = [
            {"text": html.escape(cue.text, quote=False), "timestamp": [cue.start, cue.end]} for cue in cues
        ]
        return {self.player: gr.update(subtitles=lines or None)}
