"""What visitors' links lead to, fetched as if they had uploaded it: within their space, each clip in a folder
whose name nobody can guess.
"""

import secrets
from collections.abc import Callable
from pathlib import Path

from core import Addresses, Progress, name_at
from demo.limits.space import Space


class UnwantedError(Exception):
    """Its visitor does not want it any more."""


class LinkedClips:
    """Thread-safe."""

    def __init__(self, addresses: Addresses, space: Space) -> None:
        self.addresses, self.space = addresses, space

    @property
    def hosts(self) -> tuple[str, ...]:
        """From which clips are fetched."""
        return self.addresses.hosts

    def place(self, link: str) -> Path:
        """Where the clip of a link will be, unless the link leads to another one. Nothing is there yet."""
        return self.space.folder / secrets.token_hex(32) / name_at(link)

    def fetch(
        self, link: str, folder: Path, visitor: str, wanted: Callable[[], bool], progress: Progress
    ) -> Path:
        """The clip as a file in `folder`, which counts as this visitor's.

        Raises ReelTalkError; UnwantedError where `wanted` says no. Then nothing of it is left.
        """

        def while_wanted(key: str, fraction: float, **values: object) -> None:
            if not wanted():
                raise UnwantedError
            progress(key, fraction, **values)

        folder.mkdir(mode=0o700, parents=True)
        path = None
        try:
            path = self.addresses.fetch(
                link, folder, while_wanted, lambda size: self.space.reserved(visitor, size)
            )
        finally:
            if path is None:
                for left in folder.iterdir():
                    left.unlink()
                folder.rmdir()
        self.space.take(str(path), visitor)
        return path
