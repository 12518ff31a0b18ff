"""The example clips: whatever lies in a folder.

An `examples.json` beside them may name them: {"file.mp4": {"en": "title", "zh": "title"}}.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

FOLDER = Path(str(files("assets").joinpath("examples")))


@dataclass(frozen=True)
class Example:
    """A clip that comes with the program."""

    path: Path
    titles: Mapping[str, str]

    def title(self, lang: str) -> str:
        return self.titles.get(lang) or self.path.stem.replace("_", " ").replace("-", " ")


def list_examples(folder: Path = FOLDER) -> list[Example]:
    """The clips of the folder: in the order of examples.json, then by name."""
    names = folder / "examples.json"
    titles: dict[str, dict[str, str]] = json.loads(names.read_text("utf-8")) if names.is_file() else {}
    order = {name: place for place, name in enumerate(titles)}
    clips = sorted(folder.glob("*.mp4"), key=lambda path: (order.get(path.name, len(order)), path.name))
    return [Example(path.resolve(), titles.get(path.name, {})) for path in clips]
