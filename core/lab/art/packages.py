"""The paths of files that tables name by their package."""

from pathlib import Path


def packaged_file(art: Path, row: dict[str, str], folder: str = "photos") -> Path:
    """The file of a row with `package` and `path`, below the folder that `make art` fills."""
    return art / folder / row["package"].replace("/", "+") / row["path"]
