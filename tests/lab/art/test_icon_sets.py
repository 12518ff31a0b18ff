"""Claims about icon sets: an emoji is found under its name, a thing under its word, and both are drawn."""

import json
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.compact.words.names import table_rows
from core.lab.art import fetch
from core.lab.art.icon_sets import ICON_SETS, NAMED_SETS, TABLE, IconSet
from core.lab.art.sprites import _coloured_in

SQUARE = '<path fill="#f00" d="M0 0h8v8H0z"/>'


@pytest.fixture
def art(tmp_path: Path) -> Path:
    """Two sets in Iconify's form: the one with the table, and one that leaves hyphens out."""
    write(tmp_path / TABLE / "chars.json", {"1f3ce": "racing-car", "1f408": "cat", "1f984": "unicorn"})
    write(tmp_path / TABLE / "icons.json", {"icons": {"cat": {"body": SQUARE}}})
    content = {
        "icons": {"racingcar": {"body": SQUARE, "width": 32, "left": 4}},
        "aliases": {"cat": {"parent": "racingcar"}},
        "height": 8,
    }
    write(tmp_path / ICON_SETS["fxemoji"] / "icons.json", content)
    return tmp_path


def write(path: Path, content: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("style", "code", "name"),
    [
        ("fxemoji", "1f3ce", "racingcar"),
        ("fxemoji", "1f408", "racingcar"),  # by its alias
        ("fxemoji", "1f984", None),  # known, and not drawn
        ("fxemoji", "1f9ff", None),  # not known
        ("contrast", "1f408", "cat"),
        ("streamline", "1f408", None),  # a package that is not there
    ],
)
def test_a_drawing_is_found_by_its_emoji(art: Path, style: str, code: str, name: str | None):
    assert IconSet(art, ICON_SETS[style]).find(code) == name


def test_a_word_names_all_drawings_of_it_whatever_their_variant(art: Path):
    drawn = ("teddy-bear", "teddy-bear-2", "teddy-bear-fill", "bear", "teddy-bear-head")
    content = {"icons": {name: {"body": SQUARE} for name in drawn}}
    write(art / NAMED_SETS["mdi"] / "icons.json", content)
    icons = IconSet(art, NAMED_SETS["mdi"])
    assert icons.named("teddy bear") == ["teddy-bear", "teddy-bear-2", "teddy-bear-fill"]
    assert icons.named("cat") == []


def test_every_set_is_fetched_under_its_own_name():
    fetched = {row["folder"] for row in table_rows(Path(fetch.__file__).with_name("packages.tsv"))}
    assert set(ICON_SETS.values()) <= fetched


def test_a_drawing_is_a_document_of_its_own_size(art: Path):
    icons = IconSet(art, ICON_SETS["fxemoji"])
    assert icons.svg("racingcar") == (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="4 0 32 8">{SQUARE}</svg>'
    )


def test_what_lines_enclose_is_coloured_in_and_nothing_else():
    lines = Image.new("RGBA", (40, 40))
    ImageDraw.Draw(lines).ellipse((8, 8, 32, 32), outline=(0, 0, 0, 255), width=3)
    alpha = np.asarray(_coloured_in(lines, Random(0)).getchannel("A"))
    assert alpha[21, 21] == 255
    assert alpha[2, 2] == alpha[39, 21] == 0
