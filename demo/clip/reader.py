"""Reads clips for all tabs, a few at a time.

Each is read in a thread of its own, so that the page can show how far it is, and so that a question which
was sent too early can wait for it.
"""

import logging
import threading
import time
from pathlib import Path
from typing import Any

from core import Conversation, Progress, ReelTalkError, SamplingPlan, Turn, VideoLimits
from demo.clip.reading import ClipView, Reading
from demo.limits.reading_places import ReadingPlaces
from demo.links.fetched import LinkedClips, UnwantedError
from demo.models.host import ModelFailedError
from demo.models.pool import Models
from demo.server.request_log import clip_read
from demo.server.tabs import Tab, Tabs
from demo.server.talks import Talk

log = logging.getLogger(__name__)

AT_ONCE = 2  # clips that are read at the same time
FETCHED_AT_ONCE = 4
# Options of an event that reads a clip.
READING: dict[str, Any] = {"concurrency_id": "reader", "concurrency_limit": 8, "show_progress": "hidden"}


class ClipReader:
    def __init__(
        self, models: Models, tabs: Tabs, limits: VideoLimits, links: LinkedClips | None = None
    ) -> None:
        self.models = models
        self.tabs = tabs
        self.limits = limits
        self.links = links
        self._places = ReadingPlaces(AT_ONCE)
        self._fetching = ReadingPlaces(FETCHED_AT_ONCE)

    def begin(self, tab: Tab, talk: Talk, reading: Reading, old: list[Turn] | None) -> None:
        """From now on the clip is being read; the `old` turns go on, or else it is a new conversation."""
        if talk.conversation is not None:
            self.models.forget(talk.conversation.id)
        talk.reading = reading
        talk.conversation = None if old is None else Conversation("", turns=old)
        if reading.link is None:  # or else there is no file that could be found again
            self.tabs.clips.remember(talk, reading)
        if self._places.full(tab.visitor) or self._fetching.full(tab.visitor):
            reading.error = ReelTalkError("too_many_clips")
            reading.done.set()
            return
        asked = (tab.visitor, talk, reading)
        threading.Thread(target=self._read_now, args=asked, name="read-clip", daemon=True).start()

    def _read_now(self, visitor: str, talk: Talk, reading: Reading) -> None:
        """In a thread: wait for the model, open the clip, and tell `reading` how it went."""

        def progress(key: str, fraction: float, **values: object) -> None:
            reading.phase, reading.fraction = key, fraction

        begun = time.monotonic()
        try:
            if reading.link is not None:
                self._fetch(visitor, talk, reading, progress)
            with self.models.use(reading.host):
                chat = reading.host.chat  # before it is its turn, so that nobody waits for a strange model
                with self._places.place(visitor, lambda: talk.reading is reading) as wanted:
                    if not wanted:  # another clip was chosen meanwhile
                        return
                    start, end = reading.span or (None, None)
                    plan = SamplingPlan(frames=reading.frames, start=start, end=end)
                    opened = chat.open(reading.path, plan, self.limits, progress)
            if talk.reading is reading:
                talk.conversation = Conversation(opened.key, turns=talk.turns)
            reading.clip, reading.duration = ClipView.of(opened), opened.duration
            reading.picture = reading.clip.picture
            self.tabs.clips.remember_picture(reading)
        except UnwantedError:
            return
        except (ReelTalkError, ModelFailedError) as error:
            reading.error = error
        except Exception as error:
            log.exception("a clip could not be read")
            reading.error = error
        finally:
            if reading.refused:
                talk.clip_id = None  # a file that cannot be used is not asked for again
                self.tabs.delete_file(reading.path)
            clip_read(reading.host.key, reading.frames, time.monotonic() - begun, reading.error)
            reading.done.set()

    def _fetch(self, visitor: str, talk: Talk, reading: Reading, progress: Progress) -> None:
        """Bring what its link leads to. Raises ReelTalkError, UnwantedError."""
        assert self.links is not None, "without allowed hosts no clip has a link"
        assert reading.link is not None, "only a clip with a link is fetched"

        def wanted() -> bool:
            return talk.reading is reading

        progress("fetching", 0.0)
        with self._fetching.place(visitor, wanted) as still:
            if not still:
                raise UnwantedError
            folder = Path(reading.path).parent
            path = self.links.fetch(reading.link, folder, visitor, wanted, progress)
        reading.path, reading.link = str(path), None
        if not wanted():  # it was taken away while its last bytes came
            self.tabs.delete_file(reading.path)
            raise UnwantedError
        self.tabs.clips.remember(talk, reading)
