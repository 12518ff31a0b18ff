"""Claims about clips that are filmed badly: what changes, and what may not."""

from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image

from core.lab.art.sprites import Sprite
from core.lab.clips import dataset as clips
from core.lab.clips.actors import Casting
from core.lab.clips.filming import film, photographic_backdrop
from core.lab.clips.render import frame_times, picture_size, render
from core.lab.clips.scenes import STEADY, Conditions, Occluder, Scene, filmed, sample_conditions, sample_scene
from core.lab.questions.token_labels import NONE, UNCLEAR, label_tokens
from core.lab.questions.words import concepts
from core.lab.training.material import Material, joined, tensors
from tests.plain_sprites import PlainSprites

SIZE = (120, 80)  # width, height


@pytest.fixture(scope="module")
def scene() -> Scene:
    casting: Casting = {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()}
    return next(s for n in range(99) if (s := sample_scene(Random(n), casting)).actors[0].appears > 0)


@pytest.fixture
def backdrop(tmp_path: Path) -> str:
    path = tmp_path / "blue.png"
    Image.new("RGB", (300, 200), (0, 0, 255)).save(path)
    return str(path)


def drawn(scene: Scene) -> np.ndarray:
    """Sixteen frames: uint8 [T, H, W, 3]."""
    times = frame_times(scene.duration, 16)
    size = picture_size(scene.aspect)
    return render(scene, PlainSprites(), times, size, Random(0), flawed=False)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(8))
def test_a_backdrop_fills_the_picture_in_every_frame(scene: Scene, backdrop: str, seed: int):
    part = photographic_backdrop(backdrop, Random(seed), SIZE, blur=0.02)
    assert part.size == SIZE
    assert (np.asarray(part) == (0, 0, 255)).all()


def test_a_thing_stands_before_its_backdrop(scene: Scene, backdrop: str):
    frames = drawn(filmed(scene, Conditions(backdrop=backdrop)))
    assert (frames[0] == (0, 0, 255)).all()  # before it appears
    assert (frames[-1, ..., 0] > frames[-1, ..., 2]).any()


def test_light_changes_from_the_first_frame_to_the_last():
    white = Image.new("RGB", SIZE, (200, 200, 200))
    lit = [np.asarray(film(white, Conditions(light=(0.5, 1.0)), share, Random(0))).mean() for share in (0, 1)]
    assert lit == pytest.approx([100, 200], abs=2)


def test_a_shaking_hand_moves_the_picture_and_shows_no_edge():
    wide = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    wide[:, : SIZE[0] // 2] = (250, 250, 250)
    random, shaking = Random(0), Conditions(shake=0.02)
    seen = [np.asarray(film(Image.fromarray(wide), shaking, 0.5, random)) for _ in range(12)]
    middles = {int((picture[40, :, 0] > 125).sum()) for picture in seen}
    assert len(middles) > 3
    assert all(picture.shape == wide.shape and (picture[:, :30] > 240).all() for picture in seen)


@pytest.mark.parametrize("lies", [False, True])
def test_a_bar_hides_what_is_behind_it(lies: bool):
    bar = Occluder(centre=0.5, breadth=0.2, lies=lies, colour=(1, 2, 3))
    picture = np.asarray(film(Image.new("RGB", SIZE, "white"), Conditions(occluder=bar), 0.0, Random(0)))
    hidden = (picture == (1, 2, 3)).all(axis=-1)
    assert hidden[40, 60]
    assert hidden.mean() == pytest.approx(0.2, abs=0.03)


def test_nobody_says_what_a_backdrop_shows(scene: Scene):
    plain, before_photo = (
        label_tokens([filmed(scene, conditions)]) for conditions in (STEADY, Conditions(backdrop="x"))
    )
    nothing = plain.spatial["object"] == NONE["object"]
    assert nothing.any()
    assert (before_photo.spatial["object"][nothing] == UNCLEAR).all()
    assert (before_photo.spatial["object"][~nothing] == plain.spatial["object"][~nothing]).all()
    assert before_photo.temporal["object"][0, 0] == UNCLEAR
    assert (before_photo.temporal["colour"] == NONE["colour"]).all()


def test_clips_under_other_conditions_are_other_clips(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    """Or features of older conditions would be taken for theirs."""
    digests = set()
    for conditions in (STEADY, Conditions(shake=0.01), Conditions(shake=0.02)):
        made = replace(scene, conditions=conditions)
        monkeypatch.setattr(clips, "scene", lambda *_, made=made: (made, Random(0)))
        digests.add(clips.scene_digest(Path("art"), "wild", 0))
    assert len(digests) == 3


def test_a_seed_is_a_way_of_filming():
    assert sample_conditions(Random(3), ("a", "b")) == sample_conditions(Random(3), ("a", "b"))
    assert sample_conditions(Random(3), ()).backdrop is None


def test_joined_materials_hold_every_clip_once_beside_its_own_features(scene: Scene):
    parts = []
    for which, count in enumerate((5, 3)):
        rows = np.arange(count, dtype=np.float16) + 100 * which
        features = clips.ClipFeatures(
            *(np.broadcast_to(rows.reshape(-1, *[1] * more), (count, *[2] * more)) for more in (2, 2, 3))
        )
        scenes = [replace(scene, duration=float(100 * which + row)) for row in range(count)]
        parts.append(Material(features, scenes, frames=2))
    whole = joined(parts, seed=0)
    numbers = np.array([7, 0, 3])
    for part in tensors(whole.features, numbers):
        assert part.flatten(1)[:, 0].tolist() == [whole.scenes[number].duration for number in numbers]
    durations = [each.duration for each in whole.scenes]
    assert sorted(durations) == [0, 1, 2, 3, 4, 100, 101, 102]
    assert durations != sorted(durations)
