"""Names of what compact's eyes can tell apart: our own objects, ImageNet's classes, COCO's, and closed lists.

Every label has a name, and labels that are called the same share one: a token that takes a thing for a
"goldfish" of ImageNet says the same word as one that knows our own goldfish.
"""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

HERE = Path(__file__).parent
CLOSED_GROUPS = ("colour", "motion", "place", "count", "change")


@dataclass(frozen=True)
class Name:
    """What a thing is called."""

    en: str
    plural: str  # in English
    zh: str


@dataclass(frozen=True)
class Label:
    """One of a closed list: a colour, a motion, a place, a number, a change."""

    key: str
    en: str
    zh: str


def table_rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table with tabs, by the names of their columns."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def object_names() -> tuple[Name, ...]:
    """Our own objects, in the order of the head of objects."""
    return tuple(Name(row["en"], row["plural"], row["zh"]) for row in table_rows(HERE / "objects.tsv"))


@cache
def class_names() -> tuple[Name, ...]:
    """Everyday names of the 1,000 ImageNet classes, in the order of their head. Several classes share one."""
    return tuple(Name(row["en"], row["en"], row["zh"]) for row in table_rows(HERE / "imagenet.tsv"))


@cache
def thing_names() -> tuple[Name, ...]:
    """The 80 classes of COCO, in the order of the detector."""
    return tuple(Name(row["en"], row["plural"], row["zh"]) for row in table_rows(HERE / "coco.tsv"))


@cache
def closed_labels(group: str) -> tuple[Label, ...]:
    """The labels of one of CLOSED_GROUPS, in the order of its heads."""
    rows = table_rows(HERE / "closed.tsv")
    return tuple(Label(row["key"], row["en"], row["zh"]) for row in rows if row["group"] == group)


@dataclass(frozen=True)
class SceneLabel(Label):
    """What can be said of a whole picture; group: "place" it was taken in, or "stuff" that is seen."""

    group: str


@cache
def scene_labels() -> tuple[SceneLabel, ...]:
    """In the order of the scene head."""
    rows = table_rows(HERE / "scene.tsv")
    return tuple(SceneLabel(row["key"], row["en"], row["zh"], row["group"]) for row in rows)


@cache
def class_kinds() -> tuple[str, ...]:
    """For each ImageNet class the object of ours that it is one of: a terrier is a dog. Empty: of none."""
    return tuple(row["kind"] for row in table_rows(HERE / "imagenet.tsv"))


@dataclass(frozen=True)
class NameTable:
    """All names, each once: first our own objects, then what only ImageNet has, then what only COCO has."""

    names: tuple[Name, ...]
    kinds: Tensor  # [names], the name of what each is one of; its own where it is nothing else's
    of_classes: Tensor  # [1000], the name of each ImageNet class, as an index
    of_things: Tensor  # [80], of each COCO class


@cache
def name_table() -> NameTable:
    names = list(object_names())
    index = {name.en: number for number, name in reversed(list(enumerate(names)))}

    def numbered(those: tuple[Name, ...]) -> Tensor:
        for name in those:
            if name.en not in index:
                index[name.en] = len(names)
                names.append(name)
        return torch.tensor([index[name.en] for name in those])

    of_classes, of_things = numbered(class_names()), numbered(thing_names())
    kinds = torch.arange(len(names))
    for number, kind in zip(of_classes.tolist(), class_kinds(), strict=True):
        if kind and number >= len(object_names()):  # our own objects stay what they are
            kinds[number] = index[kind]
    return NameTable(tuple(names), kinds, of_classes, of_things)
