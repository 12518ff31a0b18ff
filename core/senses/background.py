"""The senses of one clip at work behind a conversation, one after another, each in its own child process.

    work = SensesAtWork(store, path, ("subtitles", "hearing", "reading"))
    work.state("hearing").fraction     # 0..1
    work.state("hearing").cues         # as far as they are found
    conversation.cues = work.cues()    # by source, of the senses that are over
    work.stop()

They work one after another because two at once would both be slow. Where the file brings subtitles, hearing
has nothing to add and is left out, unless it is asked for by itself.
"""

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from core.dialogue.conversation import Cue
from core.errors import ReelTalkError, SettingError
from core.senses.registry import SENSES, available_senses, find_sense
from core.senses.running import CHECKED, run_sense
from core.senses.sense import DONE, NOTHING_THERE, Sense, Sensed, SenseLimits, SenseOptions
from core.senses.store import SenseStore
from core.video.read_video import check_file, hash_file

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class SenseState:
    """How far a sense is with a clip."""

    name: str
    phase: str  # "waiting", "downloading", "working", "done", "failed", "stopped", "left_out"
    fraction: float = 0.0  # of the clip, or of the download
    cues: tuple[Cue, ...] = ()  # found so far, in the order in which they were found
    reason: str = ""  # without cues, once it is done: a key of REASONS
    error: ReelTalkError | None = None  # why it failed, where the user can do something about it
    from_store: bool = False  # the clip had been heard or read before
    sensed: Sensed | None = None  # the result, once it is there

    @property
    def over(self) -> bool:
        return self.phase not in ("waiting", "downloading", "working")


class SensePlaces:
    """So many senses work at the same time, for whoever shares this; first come, first served. Thread-safe.

    What one is at work on, nobody else begins meanwhile: it finds the result in the store afterwards.
    """

    def __init__(self, count: int = 1) -> None:
        self._free = count
        self._under_way: set[tuple[str, str]] = set()
        self._waiting: list[object] = []
        self._changed = threading.Condition()

    @contextmanager
    def place(self, work: tuple[str, str], stop: threading.Event) -> Iterator[bool]:
        """Wait for a place, and have it within. False: `stop` came first.

        work: the hash of a clip, and a sense.
        """
        mine = object()
        with self._changed:
            self._waiting.append(mine)
            while not (turn := self._free > 0 and self._waiting[0] is mine and work not in self._under_way):
                if stop.is_set():
                    break
                self._changed.wait(CHECKED)  # nobody wakes it for `stop`
            self._waiting.remove(mine)
            if turn:
                self._free -= 1
                self._under_way.add(work)
            self._changed.notify_all()
        try:
            yield turn
        finally:
            if turn:
                with self._changed:
                    self._free += 1
                    self._under_way.discard(work)
                    self._changed.notify_all()


class SensesAtWork:
    """Starts at once. Thread-safe; nothing here raises what a file does wrong: a state tells it."""

    def __init__(
        self,
        store: SenseStore,
        path: Path,
        names: Iterable[str] | None = None,
        options: SenseOptions = SenseOptions(),
        limits: SenseLimits = SenseLimits(),
        places: SensePlaces | None = None,
    ) -> None:
        """names: of senses, in any order; None: all whose libraries are installed. places: shared or not.

        Raises SettingError for unknown ones and for missing libraries, VideoError for what is no file.
        """
        check_file(path, limits.video)
        senses = [find_sense(name) for name in dict.fromkeys(available_senses() if names is None else names)]
        for sense in senses:
            if not sense.available:
                raise SettingError("sense_missing", sense=sense.name, package=", ".join(sense.packages))
        self._senses = sorted(senses, key=lambda sense: [*SENSES].index(sense.name))
        self._store, self._path = store, path
        self._options, self._limits, self._places = options, limits, places or SensePlaces()
        self._sha256 = ""  # of the file's bytes; reading all of them takes a moment, so not here
        self._states = {sense.name: SenseState(sense.name, "waiting") for sense in self._senses}
        self._stops = {sense.name: threading.Event() for sense in self._senses}
        self._changed = threading.Condition()
        threading.Thread(target=self._work, name="senses", daemon=True).start()

    def state(self, name: str) -> SenseState:
        with self._changed:
            return self._states[name]

    def states(self) -> tuple[SenseState, ...]:
        """All, in the order in which they work."""
        with self._changed:
            return tuple(self._states.values())

    def cues(self, names: Iterable[str] | None = None) -> dict[str, tuple[Cue, ...]]:
        """What a conversation takes, by source, of the senses that are over; names: only of these.

        An empty tuple says that a sense looked and found nothing; a sense that failed says nothing.
        """
        wanted = set(self._states if names is None else names)
        results = [each.sensed for each in self.states() if each.name in wanted and each.sensed is not None]
        return {each.source: each.cues for each in results if each.cues or each.reason in NOTHING_THERE}

    def wait(self, seconds: float | None = None) -> bool:
        """Until all are over, or so many seconds have passed; whether they are."""
        with self._changed:
            return self._changed.wait_for(lambda: all(each.over for each in self._states.values()), seconds)

    def stop(self, name: str | None = None) -> None:
        """End one sense, or all; returns at once. What was found so far stays in its state."""
        for each in self._stops if name is None else (name,):
            self._stops[each].set()

    def _work(self) -> None:
        try:
            self._sha256 = hash_file(self._path)
        except OSError:  # it went away
            for sense in self._senses:
                self._set(sense.name, phase="failed", reason="failed")
            return
        for sense in self._senses:
            try:
                self._use(sense)
            except ReelTalkError as error:
                self._set(sense.name, phase="failed", reason="failed", error=error)
            except Exception:  # a bug in one sense is no reason to lose the others
                _log.exception("%s of a clip failed", sense.name)
                self._set(sense.name, phase="failed", reason="failed")

    def _use(self, sense: Sense) -> None:
        if self._stops[sense.name].is_set():
            self._set(sense.name, phase="stopped", reason="stopped")
            return
        subtitles = self._states.get("subtitles")
        if sense.name == "hearing" and subtitles is not None and subtitles.cues:
            self._set(sense.name, phase="left_out", fraction=1.0)
            return
        known = sensed = self._store.get(self._sha256, sense, self._options)
        if sensed is None:
            with self._places.place((self._sha256, sense.name), self._stops[sense.name]) as place:
                if place:  # somebody else may have done it meanwhile
                    known = sensed = self._store.get(self._sha256, sense, self._options)
                    sensed = sensed or self._run(sense)
        if sensed is None:
            self._set(sense.name, phase="stopped", reason="stopped")
            return
        phase = "stopped" if sensed.reason == "stopped" else "done" if sensed.reason in DONE else "failed"
        self._set(
            sense.name,
            phase=phase,
            fraction=1.0 if sensed.complete else self.state(sense.name).fraction,
            cues=sensed.cues,
            reason=sensed.reason,
            from_store=known is not None,
            sensed=sensed,
        )

    def _run(self, sense: Sense) -> Sensed:
        self._set(sense.name, phase="working")
        sensed = run_sense(
            sense,
            self._path,
            self._options,
            self._limits,
            partial(self._tell, sense.name),
            lambda cue: self._set(sense.name, cues=(*self.state(sense.name).cues, cue)),
            self._stops[sense.name],
        )
        if sensed.complete:
            self._store.put(self._sha256, sense, self._options, sensed)
        return sensed

    def _tell(self, sense: str, key: str, fraction: float, /, **_: object) -> None:
        self._set(sense, phase="working" if key == sense else "downloading", fraction=fraction)

    def _set(self, name: str, **changes: object) -> None:
        with self._changed:
            self._states[name] = replace(self._states[name], **changes)  # type: ignore[arg-type]
            self._changed.notify_all()
