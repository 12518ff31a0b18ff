"""What senses made of clips, on disk, found by content.

The key is a hash of everything that changes the result: the video's bytes, the sense, its fingerprint. A
damaged entry counts as absent.
"""

import hashlib
import json
import logging
from pathlib import Path

from core.kept import as_far_as_possible, make_room, replacing, sweep, used_now
from core.senses.sense import Sense, Sensed, SenseOptions

FORMAT = 1  # raise it when the meaning of an entry changes
_log = logging.getLogger(__name__)


class SenseStore:
    """A folder of entries. Safe with other threads and processes on the same folder."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        self.folder = folder
        self.max_bytes = max_bytes
        with as_far_as_possible(folder):
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)

    def get(self, sha256: str, sense: Sense, options: SenseOptions) -> Sensed | None:
        """The entry, or None where there is none. sha256: of the clip's bytes."""
        path = self._path(sha256, sense, options)
        try:
            found = Sensed.from_json(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return None
        except (OSError, KeyError, TypeError, ValueError) as error:
            _log.warning("what %s made of a clip is damaged and will be made again: %s", sense.name, error)
            return None
        used_now(path)
        return found

    def put(self, sha256: str, sense: Sense, options: SenseOptions, sensed: Sensed) -> None:
        path = self._path(sha256, sense, options)
        with as_far_as_possible(self.folder):
            with replacing(path) as temporary:
                temporary.write_text(json.dumps(sensed.as_json(), ensure_ascii=False), encoding="utf-8")
            make_room(self.folder, "*.json", self.max_bytes, path)

    def _path(self, sha256: str, sense: Sense, options: SenseOptions) -> Path:
        settings = [FORMAT, sha256, sense.name, sense.fingerprint(options)]
        return self.folder / f"{hashlib.sha256(json.dumps(settings).encode()).hexdigest()}.json"
