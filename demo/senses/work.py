"""Lets senses work on the clips of all tabs, a few at a time, and stops them when nobody wants them.

A clip's senses belong to its talk: they go on while the visitor looks at another clip, and end with the tab,
with the clip, or with their switch. What they made is in the engine's store, for whoever opens the same file.
"""

import atexit
import logging
import threading
from pathlib import Path

from core import ReelTalkError, SenseLimits, SenseOptions, SensePlaces, SensesAtWork, VideoLimits
from core import available_senses as installed_senses
from demo.models.pool import Models
from demo.senses.choice import GROUPS, offered
from demo.senses.group import GroupAtWork
from demo.server.tabs import Tab
from demo.server.talks import Talk

log = logging.getLogger(__name__)

LAST = 2.0  # seconds that the end of the server waits for each of them
MOST_WAITING = 100  # senses of all tabs that wait for their turn; who comes then is asked again later


class SensesOfTabs:
    """switches: those of which something is installed; none where `at_once` is 0."""

    def __init__(self, models: Models, limits: VideoLimits, at_once: int) -> None:
        self.models = models
        self.limits = SenseLimits(video=limits)
        self.installed = installed_senses() if at_once else ()
        self.switches = offered(self.installed)
        self._places = SensePlaces(max(1, at_once))
        self._under_way: list[SensesAtWork] = []
        self._lock = threading.Lock()
        atexit.register(self.close)  # or else the children would live on for a while

    def begin(self, tab: Tab) -> None:
        """See that those senses work on the clip of its page that the tab wants; returns at once."""
        if tab.closed_at is None:
            for talk in filter(None, (tab.talk, tab.talk.beside)):
                self._begin(tab, talk)

    def over(self, tab: Tab) -> bool:
        """Whether nothing more will come for the clip on the tab's page."""
        talks = [talk for talk in (tab.talk, tab.talk.beside) if talk is not None]
        return all(self._missing(tab, talk) == () and talk.senses_over for talk in talks)

    def leave(self, tab: Tab) -> None:
        """The tab was closed: what is not done yet is stopped, and begun again if the tab comes back."""
        for talk in tab.talks:
            self.end(talk, unless_over=True)

    def end(self, talk: Talk, unless_over: bool = False) -> None:
        with self._lock:
            for name, group in [*talk.senses.items()]:
                if not (unless_over and group.work.wait(0)):
                    group.work.stop()
                    del talk.senses[name]

    def close(self) -> None:
        """The server ends: so does all work."""
        for work in self._under_way:
            work.stop()
        for work in self._under_way:
            work.wait(LAST)

    def _begin(self, tab: Tab, talk: Talk) -> None:
        missing = self._missing(tab, talk)
        if missing is None or not self.models.first.loaded:
            return
        with self._lock:
            for name, group in [*talk.senses.items()]:
                if not self._wanted(tab, talk, name, group):
                    group.work.stop()
                    del talk.senses[name]
            self._under_way = [work for work in self._under_way if not work.wait(0)]
            for name in missing:
                if name not in talk.senses and len(self._under_way) < MOST_WAITING:
                    self._start(tab, talk, name)

    def _start(self, tab: Tab, talk: Talk, name: str) -> None:
        assert talk.reading is not None
        path, speech = talk.reading.path, tab.senses.speech
        names = [sense for sense in GROUPS[name] if sense in self.installed]
        try:
            work = self.models.first.chat.senses(
                Path(path), names, SenseOptions(language=speech), self.limits, self._places
            )
        except ReelTalkError as error:  # the file has gone meanwhile
            log.info("a clip can be neither heard nor read: %s", error)
            return
        talk.senses[name] = GroupAtWork(path, speech, work)
        self._under_way.append(work)

    def _missing(self, tab: Tab, talk: Talk) -> tuple[str, ...] | None:
        """The groups that are to begin; None: the clip is not there to be heard, or is being read still."""
        clip, reading = talk.clip, talk.reading
        if clip is None or reading is None or not Path(reading.path).is_file():
            return None if talk.askable and reading is not None and not reading.done.is_set() else ()
        wanted = [name for name in tab.senses.groups(clip.still, tab.host.senses) if name in self.switches]
        return tuple(
            name
            for name in wanted
            if name not in talk.senses or not self._wanted(tab, talk, name, talk.senses[name])
        )

    def _wanted(self, tab: Tab, talk: Talk, name: str, group: GroupAtWork) -> bool:
        """Whether a group that was begun is still what the tab wants."""
        still = talk.clip is not None and talk.clip.still
        same = talk.reading is not None and group.path == talk.reading.path
        spoken = name != "hear" or group.speech == tab.senses.speech
        return same and spoken and name in tab.senses.groups(still, tab.host.senses)
