"""One sense on one clip: a child process does it, and is killed when it is late or not wanted any more."""

import json
import logging
import os
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

from core.dialogue.conversation import Cue
from core.errors import VideoError
from core.progress import Progress, no_progress
from core.senses.sense import Sense, Sensed, SenseLimits, SenseOptions
from core.video.child_process import Child, kill, start_child
from core.video.read_video import check_file

CHILD = "core.senses.child"  # the module that runs in it
MOST_THREADS = 4
CHECKED = 0.2  # seconds between two looks at the limits
LOG_TAIL = 2000  # bytes of the child's messages that are logged when it dies
OnCue = Callable[[Cue], None]
_log = logging.getLogger(__name__)


def run_sense(
    sense: Sense,
    path: Path,
    options: SenseOptions = SenseOptions(),
    limits: SenseLimits = SenseLimits(),
    progress: Progress = no_progress,
    on_cue: OnCue | None = None,
    stop: threading.Event | None = None,
) -> Sensed:
    """What the sense makes of the file. `on_cue` is told of each cue as soon as it is found.

    Progress is told the name of the sense. Setting `stop` ends it at once. Raises VideoError for what is no
    video, and ModelError where the sense lacks what it needs; a child that dies gives a reason instead.
    """
    started = time.monotonic()
    path = path.expanduser().absolute()
    check_file(path, limits.video)
    prepared = sense.prepare(options, progress)
    options = replace(options, threads=options.threads or _threads())
    request = {
        "sense": sense.name,
        "path": str(path),
        "options": asdict(options),
        "limits": asdict(limits.video),
        "memory": limits.memory + prepared.get("memory", 0),
        "prepared": prepared,
    }
    with tempfile.TemporaryFile() as messages:
        child = start_child(CHILD, messages)
        watch = _Watch(child, limits, stop or threading.Event())
        try:
            cues, reason = _listen(child, json.dumps(request).encode(), watch, sense.name, progress, on_cue)
        finally:
            watch.end()
        if reason == "failed":
            _log.warning("%s of %s failed: %s", sense.name, path.name, _tail(messages))
    languages = [cue.language for cue in cues if cue.language]
    return Sensed(
        sense.name,
        sense.source,
        tuple(sorted(cues, key=lambda cue: (cue.start, cue.end))),
        reason,
        reason not in ("stopped", "too_slow", "failed"),
        round(time.monotonic() - started, 2),
        max(languages, key=languages.count, default=""),
    )


def _listen(
    child: Child, request: bytes, watch: "_Watch", name: str, progress: Progress, on_cue: OnCue | None
) -> tuple[list[Cue], str]:
    """All cues, and the reason why there are no more. Raises the VideoError that the child tells."""
    assert child.stdin is not None
    assert child.stdout is not None
    cues: list[Cue] = []
    try:
        with child.stdin:
            child.stdin.write(request)
    except BrokenPipeError:
        return cues, watch.reason or "failed"
    for line in child.stdout:
        watch.alive()
        try:
            told = json.loads(line)
        except ValueError:  # it was killed within a line
            break
        if "done" in told:
            progress(name, told["done"])
        elif "cue" in told:
            cues.append(Cue(**told["cue"]))
            if on_cue:
                on_cue(cues[-1])
        elif "error" in told:
            raise VideoError(told["error"], **told["values"])
        else:
            progress(name, 1.0)
            return cues, told["end"]
    return cues, watch.reason or "failed"


class _Watch:
    """Kills a child when it is late, silent, or not wanted any more; `reason` says which."""

    def __init__(self, child: Child, limits: SenseLimits, stop: threading.Event) -> None:
        self.reason = ""
        self._child, self._limits, self._stop = child, limits, stop
        self._began = self._heard = time.monotonic()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def alive(self) -> None:
        self._heard = time.monotonic()

    def end(self) -> None:
        """Nothing of the child is left afterwards."""
        self._over.set()
        self._thread.join()
        kill(self._child)
        if self._child.stdout:
            self._child.stdout.close()
        self._child.wait()

    def _look(self) -> None:
        while not self._over.wait(CHECKED):
            now = time.monotonic()
            if self._stop.is_set():
                self.reason = "stopped"
            elif now - self._heard > self._limits.silence or now - self._began > self._limits.wall_clock:
                self.reason = "too_slow"
            if self.reason:
                kill(self._child)
                return


def _threads() -> int:
    """As many as the environment allows, else as there are, up to MOST_THREADS."""
    given = os.environ.get("OMP_NUM_THREADS", "")
    return int(given) if given.isdigit() and int(given) else min(MOST_THREADS, os.cpu_count() or 1)


def _tail(messages: IO[bytes]) -> str:
    messages.seek(0, os.SEEK_END)
    messages.seek(max(0, messages.tell() - LOG_TAIL))
    return messages.read().decode(errors="replace").strip()
