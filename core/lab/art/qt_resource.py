"""Files inside a Qt resource (`.rcc`), the form in which GCompris ships its photographs.

The tree of names and the files' bytes are two regions of one file; all numbers are big-endian.
"""

import struct
import zlib
from pathlib import Path

MAGIC = b"qres"
COMPRESSED, FOLDER, OTHER_COMPRESSION = 1, 2, 4


def read_resource(path: Path, name: str) -> bytes:
    """The bytes of the file with this name (folders with slashes) in the resource."""
    data = path.read_bytes()
    if data[:4] != MAGIC:
        raise ValueError(f"{path} is no Qt resource")
    version, tree, files, names = struct.unpack(">4I", data[4:20])
    node_size = 14 if version < 2 else 22  # later ones also hold when the file was changed
    node = 0
    for part in name.split("/"):
        count, first = struct.unpack_from(">2I", data, tree + node * node_size + 6)
        children = range(first, first + count)
        node = next((each for each in children if _name(data, names, tree + each * node_size) == part), 0)
        if not node:
            raise FileNotFoundError(f"{path} holds no {name}")
    (flags,) = struct.unpack_from(">H", data, tree + node * node_size + 4)
    (start,) = struct.unpack_from(">I", data, tree + node * node_size + 10)
    if flags & (FOLDER | OTHER_COMPRESSION):
        raise ValueError(f"{name} in {path} is a folder, or compressed in a way that is not read here")
    (size,) = struct.unpack_from(">I", data, files + start)
    content = data[files + start + 4 : files + start + 4 + size]
    return zlib.decompress(content[4:]) if flags & COMPRESSED else content  # its length comes first


def _name(data: bytes, names: int, node: int) -> str:
    (at,) = struct.unpack_from(">I", data, node)
    (length,) = struct.unpack_from(">H", data, names + at)
    start = names + at + 6  # after the length and a hash
    return data[start : start + 2 * length].decode("utf-16-be")
