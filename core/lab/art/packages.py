"""Where a file lies that a table of the vocabulary names by its package."""

from pathlib import Path


def packaged_file(art: Path, row: dict[str, str]) -> Path:
    """The file of a row with `package` and `path`, below the folder that `make art` fills."""
    return art / "photos" / row["package"].replace("/", "+") / row["path"]
