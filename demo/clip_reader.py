"""Reads clips for tabs, and shows how far that is.

Reading runs in a thread of its own, so that the page can show how far it is, and so that a question which
was sent too early can wait for it. Knows nothing of which control of the page asked for it.

Of two steps that come at once gradio's client forgets what the second leaves out (it changes the first in
place), so a step repeats what must not be lost. And the last step is shown once more when a handler ends, so
none of them sets what the visitor may be changing by then: the range is told afterwards, by `show_range`.
"""

import logging
import threading
import time
from collections.abc import Iterator

import gradio as gr

from core import Conversation, ReelTalkError, SamplingPlan, Turn, VideoLimits
from demo.answering import TICK
from demo.app import Updates, merged
from demo.model_host import ModelFailedError
from demo.models import Models
from demo.request_log import clip_read
from demo.talks import ClipView, Reading, Talk
from demo.view import View
from demo.visitors import Tab, Tabs

log = logging.getLogger(__name__)

AT_ONCE = 2  # clips that are read at the same time


class ClipReader:
    """The clips of all tabs, a few at a time."""

    def __init__(self, view: View, models: Models, tabs: Tabs, limits: VideoLimits) -> None:
        self.page = view.page
        self.view = view
        self.models = models
        self.tabs = tabs
        self.limits = limits
        self._places = threading.Semaphore(AT_ONCE)

    def read(
        self, tab: Tab, talk: Talk, reading: Reading, old: list[Turn] | None = None
    ) -> Iterator[Updates]:
        """Read a clip, and show how far that is; the `old` turns go on, or else it is a new conversation."""
        self.begin(talk, reading, old)
        yield merged(self.view.clip(tab), self.view.chat(tab), self.view.suggestions(tab))
        yield from self.follow(tab, talk)

    def begin(self, talk: Talk, reading: Reading, old: list[Turn] | None) -> None:
        """From now on the clip is being read, in a thread of its own."""
        if talk.conversation is not None:
            self.models.forget(talk.conversation.id)
        talk.reading = reading
        talk.conversation = None if old is None else Conversation("", turns=old)
        self.tabs.remember_clip(talk, reading)
        threading.Thread(target=self._read_now, args=(talk, reading), name="read-clip", daemon=True).start()

    def follow(self, tab: Tab, talk: Talk) -> Iterator[Updates]:
        """Show how far a clip is read, as long as it is on the page."""
        reading = talk.reading
        if reading is None:
            return
        shown = ""
        while not reading.done.wait(TICK):
            if tab.talk is not talk or talk.reading is not reading:
                return
            status = self.view.status(tab)
            if status != shown:
                yield {self.page.status: gr.update(value=status)}
                shown = status
        if tab.talk is talk and talk.reading is reading:
            updates = [self.view.clip(tab), self.view.suggestions(tab)]
            if tab.stop is None:
                updates.append(self.view.chat(tab))
            if reading.refused:  # make room for another
                updates.append(self.view.player(tab))
            yield merged(*updates)

    def _read_now(self, talk: Talk, reading: Reading) -> None:
        """In a thread: wait for the model, open the clip, and tell `reading` how it went."""

        def progress(key: str, fraction: float) -> None:
            reading.phase, reading.fraction = key, fraction

        begun = time.monotonic()
        try:
            with self.models.use(reading.host):
                chat = reading.host.chat  # before it is its turn, so that nobody waits for a strange model
                with self._places:
                    if talk.reading is not reading:  # another clip was chosen meanwhile
                        return
                    start, end = reading.span or (None, None)
                    plan = SamplingPlan(frames=reading.frames, start=start, end=end)
                    opened = chat.open(reading.path, plan, self.limits, progress)
            if talk.reading is reading:
                talk.conversation = Conversation(opened.key, turns=talk.turns)
            reading.clip, reading.duration = ClipView.of(opened), opened.duration
            reading.picture = reading.clip.picture
            self.tabs.remember_picture(reading)
        except (ReelTalkError, ModelFailedError) as error:
            reading.error = error
        except Exception as error:
            log.exception("a clip could not be read")
            reading.error = error
        finally:
            if reading.refused:
                talk.word = None  # a file that cannot be used is not asked for again
            clip_read(reading.host.key, reading.frames, time.monotonic() - begun, reading.error)
            reading.done.set()
