"""Claims about the features of training clips that are kept on disk."""

import json
from pathlib import Path

import pytest

from core.lab.clips import dataset as clips


class StoppedError(Exception):
    """The making of features was cut short."""


def stop(_method: str) -> None:
    raise StoppedError


@pytest.fixture(autouse=True)
def stopped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "scene_digest", lambda art, split, *numbers: "the same scenes")
    monkeypatch.setattr(clips, "get_context", stop)


def test_features_whose_making_was_stopped_are_not_taken_for_made(tmp_path: Path):
    """Else a run would learn from the zeros that a file begins with."""
    done = tmp_path / "train" / "done.json"
    done.parent.mkdir()
    done.write_text(json.dumps({"clips": 3, "scenes": "of another encoder"}))
    for _ in range(2):  # the second call begins again, too
        with pytest.raises(StoppedError):
            clips.make_features(tmp_path, tmp_path, "train", 3, workers=1, updates={})
    assert json.loads(done.read_text())["clips"] == 0


def test_what_was_made_before_a_stop_stays(tmp_path: Path):
    digest = f"the same scenes-{clips.encoder_digest({})}"
    folder = tmp_path / "train"
    folder.mkdir()
    for name, shape in clips.shapes("train").items():
        clips._lengthen(folder / f"{name}.npy", 0, (2, *shape))
    (folder / "done.json").write_text(json.dumps({"clips": 2, "scenes": digest}))
    with pytest.raises(StoppedError):
        clips.make_features(tmp_path, tmp_path, "train", 3, workers=1, updates={})
    assert json.loads((folder / "done.json").read_text()) == {"clips": 2, "scenes": digest}
    assert len(clips.load_features(tmp_path, "train").spatial) == 3  # type: ignore[arg-type]
