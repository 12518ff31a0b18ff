"""The clips of visitors who may come back, found by random ids that their browsers keep.

Those of tabs that are kept stay with them. Of the others the latest stay; the files of the rest are deleted,
since nobody could reach them any more.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Collection
from pathlib import Path

from core import Subtitles
from demo.clip.reading import Reading
from demo.models.host import ModelHost
from demo.server.talks import Talk
from demo.server.uploads import delete_upload

MOST_LEFT = 300  # clips that no tab has


class KeptClips:
    """Thread-safe."""

    def __init__(self, in_tabs: Callable[[], Collection[str | None]]) -> None:
        """in_tabs: tells the ids of the clips of all tabs that are kept."""
        self._in_tabs = in_tabs
        self._clips: OrderedDict[str, tuple[Reading, Subtitles | None]] = OrderedDict()
        self._lock = threading.Lock()

    def remember(self, talk: Talk, reading: Reading) -> None:
        """For a visitor who comes back; the file itself may be gone by then."""
        talk.clip_id = reading.clip_id
        in_tabs = {*self._in_tabs(), reading.clip_id}
        with self._lock:
            self._clips[reading.clip_id] = reading.again(reading.host), talk.subtitles  # without its pictures
            self._clips.move_to_end(reading.clip_id)
            left = [clip_id for clip_id in self._clips if clip_id not in in_tabs]
            gone = {self._clips.pop(clip_id)[0].path for clip_id in left[:-MOST_LEFT]}
            gone -= {kept.path for kept, _ in self._clips.values()}
        for path in gone:
            delete_upload(Path(path))

    def remember_picture(self, reading: Reading) -> None:
        """For the row of clips of a visitor who comes back, before the clip is read anew."""
        with self._lock:
            kept = self._clips.get(reading.clip_id)
            if kept is not None:
                kept[0].picture = reading.picture

    def picture_of(self, clip_id: str | None) -> str | None:
        """The picture of a clip, as long as the clip itself is there."""
        with self._lock:
            kept = self._clips.get(clip_id or "")
        return kept[0].picture if kept is not None and Path(kept[0].path).is_file() else None

    def again(self, clip_id: str, host: ModelHost) -> tuple[Reading, Subtitles | None] | None:
        """The clip that a browser remembers, to be read anew by `host`, and the subtitles beside it.

        It gets a new id: two tabs may have begun with the same record.
        """
        with self._lock:
            kept = self._clips.get(clip_id)
        if kept is None:
            return None
        reading, said = kept
        return Reading(reading.path, reading.frames, host, reading.span, picture=reading.picture), said
