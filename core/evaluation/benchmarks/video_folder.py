"""Finds the file of a folder that a benchmark, or a row of training data, names.

They name videos without an extension, with another one than the file got, in a folder of their own, or with
all folders from the root on.
"""

import os
from collections import defaultdict
from pathlib import Path, PurePosixPath

from core.errors import VideoError

# Of one video in several formats in the same folder, the first of these is taken.
EXTENSIONS = (
    ".mp4", ".mkv", ".webm", ".avi", ".mov", ".m4v", ".gif", ".mpg", ".mpeg", ".wmv", ".flv", ".ts", ".3gp",
)  # fmt: skip
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".avif")


class VideoFolder:
    """All videos below a folder, by name; the folder is walked once."""

    def __init__(self, folder: Path, extensions: tuple[str, ...] = EXTENSIONS) -> None:
        self._folder, self._extensions = folder, extensions
        self._above = PurePosixPath(folder.absolute().as_posix()).parts
        self._by_stem: dict[str, list[PurePosixPath]] = defaultdict(list)
        for place, _, names in os.walk(folder, followlinks=True):
            for name in names:
                path = PurePosixPath(Path(place, name).relative_to(folder).as_posix())
                if path.suffix.lower() in extensions:
                    self._by_stem[path.stem].append(path)

    def find(self, names: tuple[str, ...]) -> Path:
        """The file of the first of these names that there is. A name may have folders and an extension.

        Raises VideoError where there is none, or where a name fits files in several folders.
        """
        for name in names:
            found = self._fitting(PurePosixPath(name))
            places = {path.parent for path in found}
            if len(places) > 1:
                listed = ", ".join(sorted(str(path) for path in found))
                raise VideoError("video_ambiguous", name=name, files=listed)
            if found:
                order = self._extensions.index
                return self._folder / min(found, key=lambda path: order(path.suffix.lower()))
        raise VideoError("video_not_found", names=" / ".join(names), folder=self._folder)

    def _fitting(self, name: PurePosixPath) -> list[PurePosixPath]:
        stem = name.stem if name.suffix.lower() in self._extensions else name.name  # names may have dots
        folders = name.parent.parts
        known = self._by_stem.get(stem, [])
        fitting = [path for path in known if not folders or path.parent.parts[-len(folders) :] == folders]
        if not fitting:  # a name may have the folders above, too
            whole = [(path, self._above + path.parent.parts) for path in known]
            fitting = [path for path, parts in whole if parts[-len(folders) :] == folders]
        videos = [path for path in fitting if path.suffix.lower() not in PICTURES]
        return [path for path in fitting if path.name == name.name] or videos or fitting
