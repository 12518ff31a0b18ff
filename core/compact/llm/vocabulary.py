"""What the compact model was trained to say, kept beside its weights: names of things, and other phrases."""

import csv
from dataclasses import astuple, dataclass
from pathlib import Path

OBJECTS_FILE, PHRASES_FILE = "objects.tsv", "phrases.txt"


@dataclass(frozen=True)
class Name:
    """What a thing is called."""

    en: str
    plural: str  # in English
    zh: str


@dataclass(frozen=True)
class Vocabulary:
    objects: tuple[Name, ...] = ()  # by label of g's head of objects
    phrases: tuple[str, ...] = ()  # of answers, without names

    def save(self, folder: Path) -> None:
        """objects.tsv and phrases.txt in `folder`."""
        lines = ["en\tplural\tzh", *("\t".join(astuple(name)) for name in self.objects)]
        (folder / OBJECTS_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")
        (folder / PHRASES_FILE).write_text("\n".join(self.phrases) + "\n", encoding="utf-8")

    @classmethod
    def of(cls, folder: Path) -> "Vocabulary":
        """As it was saved; an empty one where that was not done yet."""
        if not (folder / OBJECTS_FILE).exists():
            return cls()
        with (folder / OBJECTS_FILE).open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            objects = tuple(Name(**row) for row in rows)
        return cls(objects, tuple((folder / PHRASES_FILE).read_text(encoding="utf-8").splitlines()))
