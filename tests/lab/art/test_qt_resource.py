"""Files inside a Qt resource."""

import struct
import zlib
from pathlib import Path

import pytest

from core.lab.art.qt_resource import read_resource

PICTURE, TEXT = b"picture" * 3, b"text " * 50


@pytest.fixture
def resource(tmp_path: Path) -> Path:
    """A resource with art/a.webp, and art/b.txt compressed."""
    names, at = b"", []
    for name in ("art", "a.webp", "b.txt"):
        at.append(len(names))
        names += struct.pack(">HI", len(name), 0) + name.encode("utf-16-be")
    packed = struct.pack(">I", len(TEXT)) + zlib.compress(TEXT)
    files = struct.pack(">I", len(PICTURE)) + PICTURE
    second = len(files)
    files += struct.pack(">I", len(packed)) + packed
    tree = struct.pack(">IHII", 0, 2, 1, 1) + struct.pack(">IHII", at[0], 2, 2, 2)
    tree += struct.pack(">IHHHI", at[1], 0, 0, 0, 0) + struct.pack(">IHHHI", at[2], 1, 0, 0, second)
    head = struct.pack(">4I", 1, 20, 20 + len(tree), 20 + len(tree) + len(files))
    path = tmp_path / "art.rcc"
    path.write_bytes(b"qres" + head + tree + files + names)
    return path


def test_a_file_is_found_by_its_name(resource: Path) -> None:
    assert read_resource(resource, "art/a.webp") == PICTURE


def test_a_compressed_file_is_unpacked(resource: Path) -> None:
    assert read_resource(resource, "art/b.txt") == TEXT


@pytest.mark.parametrize("name", ["art/c.webp", "b.txt"])
def test_what_is_not_there_is_said_so(resource: Path, name: str) -> None:
    with pytest.raises(FileNotFoundError, match=name):
        read_resource(resource, name)


def test_a_folder_and_another_kind_of_file_are_refused(resource: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="folder"):
        read_resource(resource, "art")
    other = tmp_path / "other.rcc"
    other.write_bytes(b"something else")
    with pytest.raises(ValueError, match="no Qt resource"):
        read_resource(other, "art")
