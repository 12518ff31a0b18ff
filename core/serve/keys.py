"""API keys: a TOML file that holds no key, only what one is known by, and what may be done with it.

    [ada]
    sha256 = "9f86d081..."
    at_once = 8        # requests at the same time
    per_minute = 60    # requests

A key has 256 random bits, so one round of SHA-256 keeps it as safe as many would. The file is read again when
it changes: a key that is taken out is refused from then on.
"""

import hashlib
import logging
import re
import secrets
import threading
import tomllib
from dataclasses import dataclass
from pathlib import Path

from core.errors import ReelTalkError, SettingError

PREFIX = "sk-reeltalk-"
NAME = re.compile(r"[\w-]{1,64}", re.ASCII)
HASH = re.compile(r"[0-9a-f]{64}")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """Who asks. name: whose files and caches these are; it stands in the log."""

    name: str
    at_once: int = 8  # requests at the same time, those that wait included
    per_minute: int = 120  # requests


NOBODY = Key("local", at_once=64, per_minute=6000)  # where no keys are asked for


class KeyFile:
    """The keys in a file. Thread-safe. Raises SettingError where it cannot be read at the start."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._seen = self._changed()
        self._keys = read_keys(path)

    def find(self, token: str) -> Key | None:
        with self._lock:
            if (changed := self._changed()) != self._seen:
                self._seen = changed
                try:
                    self._keys = read_keys(self.path)
                except ReelTalkError as error:  # somebody is writing it just now, or has made a mistake
                    _log.error("%s The keys stay as they were.", error)
            return self._keys.get(hash_of(token))

    def _changed(self) -> tuple[int, int]:
        try:
            status = self.path.stat()
        except OSError:
            return (0, 0)
        return (status.st_mtime_ns, status.st_size)


def read_keys(path: Path) -> dict[str, Key]:
    """By their hashes. Raises SettingError."""
    try:
        sections = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingError("keys_unreadable", path=path, reason=error) from error
    keys = {}
    for name, section in sections.items():
        if not isinstance(section, dict) or not HASH.fullmatch(str(section.get("sha256", ""))):
            raise SettingError("keys_unreadable", path=path, reason=f"[{name}] needs sha256")
        limits = {each: value for each, value in section.items() if each != "sha256"}
        if not limits.keys() <= {"at_once", "per_minute"} or not all(
            type(value) is int and value > 0 for value in limits.values()
        ):
            reason = f"[{name}] may have at_once and per_minute, whole numbers above 0"
            raise SettingError("keys_unreadable", path=path, reason=reason)
        keys[section["sha256"]] = Key(name, **limits)
    if not keys:
        raise SettingError("keys_unreadable", path=path, reason="it is empty")
    return keys


def add_key(path: Path, name: str) -> str:
    """A new key, which is shown this once; its hash joins the file. Raises SettingError."""
    if not NAME.fullmatch(name):
        reason = "letters of ASCII, digits, _ and - only"
        raise SettingError("bad_setting", name="NAME", value=name, reason=reason)
    if path.exists() and name in {key.name for key in read_keys(path).values()}:
        raise SettingError("bad_setting", name="NAME", value=name, reason=f"{path} has a key of that name")
    token = PREFIX + secrets.token_urlsafe(32)
    try:
        path.touch(mode=0o600)
        with path.open("a", encoding="utf-8") as file:
            # An editor may have left the last line without an end.
            file.write(f'\n[{name}]\nsha256 = "{hash_of(token)}"\n')
    except OSError as error:
        raise SettingError("cannot_write", path=path, reason=error.strerror) from error
    return token


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
