"""Real films and photographs from packages, as clips; `make art` fetches them, and they are never shipped.

A film is cut from `start` to `end` (seconds). A photograph becomes a clip in which the camera moves slowly
over it, so that nothing but the picture's edge leaves the view.
"""

import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av
import numpy as np
from PIL import Image, ImageOps

from core.lab.art.packages import packaged_file
from core.lab.art.qt_resource import read_resource
from core.lab.clips.render import write_video
from core.lab.questions.words import table_rows

TABLES = Path(__file__).parent / "data"
LONGEST_SIDE = 640  # pixels
FILM_FPS = 12
PHOTO_FPS, PHOTO_SECONDS = 8, 6
VIEW = 0.92  # of a photograph's width and height that the camera sees at once
INSIDE = "!"  # stands between a Qt resource and the name of a file in it


@dataclass(frozen=True)
class Footage:
    """One film or photograph of a package."""

    id: str
    package: str
    path: str
    cut: tuple[float, float] | None  # seconds of a film; None for a photograph
    licence: str


@cache
def footage() -> dict[str, Footage]:
    """All of the table, by id."""
    return {
        row["id"]: Footage(
            row["id"],
            row["package"],
            row["path"],
            (float(row["start"]), float(row["end"])) if row["end"] else None,
            row["licence"],
        )
        for row in table_rows(TABLES / "footage.tsv")
    }


def source_file(art: Path, shot: Footage) -> Path:
    """Where `make art` puts its file; packages that training needs as well are not fetched twice."""
    row = {"package": shot.package, "path": shot.path.split(INSIDE)[0]}
    shared = packaged_file(art, row)
    return shared if shared.exists() else packaged_file(art, row, folder="real")


def clip_file(art: Path, clips: Path, shot: Footage) -> Path:
    """The clip as an mp4 file below `clips`; written once."""
    path = clips / f"{shot.id}.mp4"
    if not path.exists():
        clips.mkdir(parents=True, exist_ok=True)
        half = path.with_suffix(".part.mp4")  # a stopped run leaves no half clip behind
        frames, fps = _film(art, shot) if shot.cut else _pan(art, shot)
        write_video(half, frames, fps)
        half.rename(path)
    return path


def _film(art: Path, shot: Footage) -> tuple[np.ndarray, int]:
    start, end = shot.cut or (0.0, 0.0)
    pictures: list[np.ndarray] = []
    with av.open(str(source_file(art, shot))) as container:
        for frame in container.decode(video=0):
            time = float(frame.time or 0.0)
            if time >= end:
                break
            if time >= start + len(pictures) / FILM_FPS:
                pictures.append(np.asarray(_fitting(frame.to_image())))
    # A film of fewer pictures a second than asked for keeps its own pace.
    return np.stack(pictures), max(1, min(FILM_FPS, round(len(pictures) / (end - start))))


def _pan(art: Path, shot: Footage) -> tuple[np.ndarray, int]:
    """A slow move to the right over the photograph, or towards it: every second one each."""
    picture = _fitting(_photograph(art, shot))
    width, height = picture.size
    towards = list(footage()).index(shot.id) % 2 == 0
    pictures = []
    for step in np.linspace(0.0, 1.0, PHOTO_FPS * PHOTO_SECONDS):
        view = 1 - (1 - VIEW) * step if towards else VIEW
        left = (1 - view) * (0.5 if towards else step) * width
        top = (1 - view) * 0.5 * height
        box = (left, top, left + view * width, top + view * height)
        pictures.append(np.asarray(picture.resize(picture.size, Image.Resampling.BICUBIC, box=box)))
    return np.stack(pictures), PHOTO_FPS


def _photograph(art: Path, shot: Footage) -> Image.Image:
    file, _, inside = shot.path.partition(INSIDE)
    path = source_file(art, shot)
    assert path.name == Path(file).name
    with Image.open(io.BytesIO(read_resource(path, inside)) if inside else path) as picture:
        whole = ImageOps.exif_transpose(picture).convert("RGBA")
    paper = Image.new("RGBA", whole.size, "white")  # what shines through where a picture has holes
    return Image.alpha_composite(paper, whole).convert("RGB")


def _fitting(picture: Image.Image) -> Image.Image:
    """Not longer than LONGEST_SIDE, with even sides, as the codec wants them."""
    scale = min(1.0, LONGEST_SIDE / max(picture.size))
    width, height = (max(2, round(side * scale / 2) * 2) for side in picture.size)
    return picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
