"""Claims about the table of photographs of everyday scenes."""

from pathlib import Path

from PIL import Image

from core.compact.words.names import table_rows
from core.lab.art.packages import packaged_file
from core.lab.art.scenes import LABELS, TABLE, scene_photos
from core.lab.real_life.footage import footage

ROWS = table_rows(TABLE)


def test_every_scene_has_known_labels_each_once() -> None:
    assert len(ROWS) > 450
    for row in ROWS:
        labels = row["labels"].split()
        assert row["split"] in ("train", "test"), row
        assert row["licence"], row
        assert labels, row
        assert set(labels) <= set(LABELS), row
        assert len(labels) == len(set(labels)), row


def test_where_people_are_seen_a_person_is_and_where_clouds_are_the_sky() -> None:
    for row in ROWS:
        labels = set(row["labels"].split())
        assert not {"people"} <= labels or "person" in labels, row
        assert not {"clouds"} <= labels or "sky" in labels, row


def test_no_scene_stands_twice_and_none_is_footage_that_is_asked_about() -> None:
    scenes = [(row["package"], row["path"]) for row in ROWS]
    assert len(scenes) == len(set(scenes))
    assert not set(scenes) & {(shot.package, shot.path) for shot in footage().values()}


def test_a_scene_that_other_training_keeps_for_its_test_is_no_scene_of_training() -> None:
    photos = table_rows(TABLE.with_name("photos.tsv"))
    kept = {(row["package"], row["path"]) for row in photos if row["split"] == "test"}
    assert not kept & {(row["package"], row["path"]) for row in ROWS if row["split"] == "train"}


def test_scenes_whose_files_are_there_come_with_their_labels(tmp_path: Path) -> None:
    row = next(row for row in ROWS if row["split"] == "test")
    file = packaged_file(tmp_path, row)
    file.parent.mkdir(parents=True)
    Image.new("RGB", (4, 3)).save(file, "JPEG")
    (photo,) = scene_photos(tmp_path, "test")
    assert photo.path == file
    assert photo.labels == frozenset(row["labels"].split())
    assert not scene_photos(tmp_path, "train")
