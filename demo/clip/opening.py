"""How a clip comes onto the page: opened, read again, gone back to. Every step shows how far that is.

Before a step is shown, it is asked whether the tab still wants it: another clip or model may have been
chosen, or the chat cleared.

Of two steps that come at once gradio's client forgets what the second leaves out (it changes the first in
place), so a step repeats what must not be lost. And the last step is shown once more when a handler ends, so
none of them sets what the visitor may be changing by then: the range is shown afterwards (settings). One that
is not wanted any more ends with nothing, or it would hide what the next one has shown.
"""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr

from core import SamplingPlan, Turn
from demo.clip.player import Player
from demo.clip.reader import ClipReader
from demo.clip.reading import Reading
from demo.clip.status import Status, status_html
from demo.keep.removed import Removed
from demo.models.reading_ahead import ReadingAhead
from demo.page.feature import Site, Updates, Views, merged
from demo.page.i18n import t
from demo.server.tabs import MOST_CLIPS, TICK, Tab
from demo.server.talks import Talk
from demo.settings.span import Span

PUT_BACK = 30.0  # seconds for which the file of a clip that was removed stays: the clip may be put back


class Opening:
    def __init__(self, site: Site, player: Player, status: Status, views: Views) -> None:
        self.tabs = site.tabs
        self.player = player
        self.status = status
        self.views = views
        self.reader = ClipReader(site.models, site.tabs, site.limits, site.links)
        self.ahead = ReadingAhead(site.models)
        self.senses = site.senses
        self.examples = site.examples
        self.nothing: Updates = {status.status: gr.skip()}  # a step that changes nothing

    def open(self, tab: Tab, path: str | None, frames: int, link: str | None = None) -> Iterator[Updates]:
        """Read a clip and begin a new conversation about it, or go on with one that has no clip.

        link: from which it has to be fetched first.
        """
        talk = self.place_for_clip(tab) if path is not None else None
        if path is None or talk is None:
            yield self.nothing
            return
        old = talk.turns or None
        self.tabs.end_conversation(tab)
        talk.other_model = False
        yield from self.read(tab, talk, Reading(path, frames, tab.host, link=link), old)

    def place_for_clip(self, tab: Tab) -> Talk | None:
        """The place for another clip, which is then on the page; without one the visitor is told."""
        talk = tab.place_for_clip()
        if talk is None:
            gr.Warning(
                t("clips.full", tab.language, count=MOST_CLIPS), title=t("page.attention", tab.language)
            )
        return talk

    def read(
        self, tab: Tab, talk: Talk, reading: Reading, old: list[Turn] | None = None
    ) -> Iterator[Updates]:
        """Read a clip; the `old` turns go on, or else it is a new conversation."""
        self.reader.begin(tab, talk, reading, old)
        yield merged(self.views.clip(tab), self.views.chat(tab))
        yield from self.follow(tab, talk)

    def read_again(self, tab: Tab, frames: int, span: Span) -> Iterator[Updates]:
        """Take other frames from the same clip, so many and from this range; the conversation goes on."""
        talk = tab.talk
        old = talk.reading
        if old is None or (old.frames, old.span) == (frames, span):
            yield self.views.clip(tab)
            return
        turns = talk.turns
        reading = replace(old.again(tab.host), frames=frames, span=span)
        self.tabs.end_conversation(tab)
        yield from self.read(tab, talk, reading, turns)

    def follow(self, tab: Tab, talk: Talk) -> Iterator[Updates]:
        """Show how far a clip is read, as long as it is on the page."""
        reading = talk.reading
        if reading is None:
            return
        before = ""
        while not reading.done.wait(TICK):
            if tab.talk is not talk or talk.reading is not reading:
                yield self.nothing
                return
            now = status_html(tab)
            if now != before:
                yield {self.status.status: gr.update(value=now)}
                before = now
        if tab.talk is talk and talk.reading is reading:
            self.attend(tab)
            updates = [self.views.clip(tab), self.views.suggestions(tab)]
            if tab.stop is None:
                updates.append(self.views.chat(tab))
            if reading.refused:  # make room for another
                updates.append(self.player.view(tab))
            yield merged(*updates)
        else:
            yield self.nothing

    def show(self, tab: Tab) -> Iterator[Updates]:
        """Show the tab's clip and conversation; where the clip has to be read for that, how far it is."""
        talk = tab.talk
        self.make_ready(tab, talk)
        self.make_compared_ready(tab)
        under_way = talk.reading is not None and not talk.reading.done.is_set()
        if not under_way:
            self.attend(tab)
        yield self.views.another(tab)
        if under_way:
            for step in self.follow(tab, talk):
                yield merged(self.views.another(tab), step)

    def attend(self, tab: Tab) -> None:
        """To a clip that is ready: it is heard and read, and what is known of it is read ahead."""
        self.senses.begin(tab)
        self.ahead.begin(tab)

    def remove(self, tab: Tab, talk: Talk) -> Iterator[Updates]:
        """Remove a clip and its conversation; if it was on the page, show the one before it."""
        on_page, reading = talk is tab.talk, talk.reading
        fetching = reading is not None and reading.link is not None
        self.senses.end(talk)
        tab.removed = None if fetching else Removed.before(tab, talk, "clip")
        self.tabs.remove(tab, talk)
        if reading is not None:
            deletion = threading.Timer(0.0 if fetching else PUT_BACK, self.tabs.delete_file, [reading.path])
            deletion.daemon = True
            deletion.start()
        if on_page:
            yield from self.show(tab)
        else:
            yield merged(self.views.clip(tab), self.views.record(tab))

    def restore(self, request: gr.Request) -> Iterator[Updates]:
        """After a reload: open the clip on the page again, if the server still has it."""
        tab = self.tabs.of(request)
        talk = tab.talk
        if talk.reading is None:
            self.make_ready(tab, talk)
            if talk.reading is not None:  # or else the visitor may be choosing a clip at this moment
                for step in self.show(tab):
                    yield merged(step, self.views.model(tab))  # it may be loaded by now
                return
        yield self.nothing

    def make_compared_ready(self, tab: Tab) -> bool:
        """Make the clip ready that this one is compared with; not if the server has lost its file."""
        talk = tab.talk
        if talk.beside is not None:
            self.make_ready(tab, talk.beside)
            if talk.beside.reading is None:
                talk.beside = None
        return talk.beside is not None

    def make_ready(self, tab: Tab, talk: Talk) -> None:
        """See that a clip has been read by the tab's model, or will be; the conversation goes on."""
        reading = talk.reading
        if reading is not None and reading.host is tab.host:
            return
        if reading is not None:
            again = reading.again(tab.host)
        elif talk.clip_id is not None and (kept := self.tabs.clips.again(talk.clip_id, tab.host)) is not None:
            again, talk.subtitles = kept
        elif (
            example := next((each for each in self.examples if each.path.name == talk.example), None)
        ) is not None:
            again = Reading(str(example.path), SamplingPlan().frames, tab.host)
        else:
            return
        if again.link or Path(again.path).is_file():
            self.reader.begin(tab, talk, again, talk.turns)
