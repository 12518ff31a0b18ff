"""PP-OCR's weights. They lie inside the package that runs them, so they are there as soon as that is."""

import base64
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from core.weights import BaseFile

PACKAGE = "rapidocr"


@dataclass(frozen=True)
class PackagedFile(BaseFile):
    """A file of weights that an installed package brings; its sha256 is what the package wrote down."""

    place: str = ""
    package: str = ""

    @property
    def path(self) -> Path:
        return Path(self.place)

    @property
    def origin(self) -> str | None:
        return f"the package {self.package}"

    @property
    def remedy(self) -> str:
        return f"install {self.package} anew"


def ocr_weights() -> tuple[PackagedFile, ...]:
    """What finds text and what reads it; nothing where the package is not installed."""
    try:
        package = distribution(PACKAGE)
    except PackageNotFoundError:
        return ()
    models = [file for file in package.files or () if file.match("models/PP-OCR*.onnx")]
    return tuple(_packaged(file, f"{PACKAGE} {package.version}") for file in models if file.hash)


def _packaged(file: PackagePath, package: str) -> PackagedFile:
    assert file.hash is not None, "asked for before"
    return PackagedFile(
        name=file.name,
        publisher="PaddlePaddle",
        licence="Apache-2.0",
        sha256=base64.urlsafe_b64decode(f"{file.hash.value}=").hex(),  # wheels leave the padding out
        size=file.size or 0,
        carriers=(),
        place=str(file.locate()),
        package=package,
    )
