"""Claims about clip art as training material."""

from pathlib import Path

from PIL import Image, ImageDraw

from core.compact.words.names import table_rows
from core.lab import art
from core.lab.art.clipart import clipart, load_clipart
from core.lab.questions.words import concepts

TABLE = Path(art.__file__).parent / "clipart.tsv"


def test_every_piece_of_clip_art_shows_a_known_concept_once():
    rows = table_rows(TABLE)
    named = {concept.id for concept in concepts()}
    assert {row["concept"] for row in rows} <= named
    assert len({(row["package"], row["path"]) for row in rows}) == len(rows) > 600


def test_white_around_a_figure_goes_and_white_within_it_stays(tmp_path: Path):
    picture = Image.new("RGB", (60, 40), "white")
    ImageDraw.Draw(picture).ellipse((15, 5, 45, 35), outline="black", width=3)
    path = tmp_path / "ring.png"
    picture.save(path)
    alpha = load_clipart(str(path)).getchannel("A")
    middle, corner = (alpha.width // 2, alpha.height // 2), (2, 2)
    assert alpha.getpixel(middle) == 255
    assert alpha.getpixel(corner) == 0


def test_a_picture_that_has_transparency_keeps_its_own(tmp_path: Path):
    picture = Image.new("RGBA", (10, 10), (255, 255, 255, 255))
    picture.putpixel((5, 5), (0, 0, 0, 0))
    path = tmp_path / "hole.png"
    picture.save(path)
    assert load_clipart(str(path)).tobytes() == picture.tobytes()


def test_only_pictures_that_are_there_are_offered(tmp_path: Path):
    row = table_rows(TABLE)[0]
    path = tmp_path / "photos" / row["package"] / row["path"]
    path.parent.mkdir(parents=True)
    Image.new("RGB", (4, 4)).save(path)
    assert clipart(tmp_path) == {row["concept"]: [str(path)]}
