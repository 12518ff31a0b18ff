"""Where ReelTalk keeps files on the user's machine."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """What can be made again: $REELTALK_CACHE or the system's place for caches."""
    return Path(os.environ.get("REELTALK_CACHE") or user_cache_path("reeltalk"))


def weights_folder() -> Path:
    """Base weights, downloaded once: $REELTALK_WEIGHTS or a part of the cache."""
    return Path(os.environ.get("REELTALK_WEIGHTS") or cache_folder() / "weights")
