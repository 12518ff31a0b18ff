"""Claims about photographs as training material, real and virtual."""

from collections import Counter
from math import isqrt
from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from PIL import Image

from core.lab import art
from core.lab.art.photos import WHOLE, Photo, photo_scene
from core.lab.art.sprites import Sprite, SpriteLibrary
from core.lab.clips.actors import Actor, Look
from core.lab.clips.dataset import ClipFeatures
from core.lab.clips.render import frame_times, picture_size, render
from core.lab.clips.scenes import UNCLEAR, Background, Scene
from core.lab.clips.virtual_photos import UNSURE_AT_MOST, class_concepts, photographs, virtual_photos
from core.lab.evaluation.slots import is_right
from core.lab.questions.answers import UNSURE
from core.lab.questions.questions import Question, answerable, make_question
from core.lab.questions.token_labels import GROUPS, NONE, label_tokens
from core.lab.questions.words import LANGUAGES, concepts
from core.lab.training.material import Material

CAT = next(concept for concept in concepts() if concept.id == "cat")


@pytest.fixture
def library() -> SpriteLibrary:
    """Loads photographs; the art of drawings is not needed for that."""
    library = SpriteLibrary.__new__(SpriteLibrary)
    library._loaders = {"photo": Image.open}
    library.load = library._load  # type: ignore[method-assign]
    return library


def photo(folder: Path, width: int, height: int, box=WHOLE) -> Photo:
    """A red photograph, blue within the box."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = 255
    left, top, right, bottom = box
    pixels[int(top * height) : int(bottom * height), int(left * width) : int(right * width)] = (0, 0, 255)
    path = folder / f"{width}x{height}.png"
    Image.fromarray(pixels).save(path)
    return Photo(path, CAT, (), box)


def drawn(scene: Scene, library: SpriteLibrary) -> np.ndarray:
    """One picture of the scene: uint8 [H, W, 3]."""
    return render(scene, library, frame_times(1.0, 1), picture_size(scene.aspect), Random(0), flawed=False)[0]


@pytest.mark.parametrize(("width", "height"), [(640, 360), (300, 300), (200, 620)])
@pytest.mark.parametrize("seed", range(6))
def test_a_photograph_covers_the_whole_picture(tmp_path, library, width: int, height: int, seed: int):
    picture = drawn(photo_scene(photo(tmp_path, width, height), Random(seed)), library)
    blue, others = picture[..., 2].astype(int), picture[..., :2].astype(int)
    inside = (slice(3, -3), slice(3, -3))  # a rotated or resampled edge may mix with what is behind
    assert (blue[inside] > 120).all()
    assert (others[inside] < blue[inside][..., None]).all()


@pytest.mark.parametrize("seed", range(6))
def test_what_a_photograph_shows_stays_in_the_picture(tmp_path, library, seed: int):
    corner = photo(tmp_path, 600, 400, box=(0.6, 0.5, 0.95, 0.95))
    picture = drawn(photo_scene(corner, Random(seed)), library)
    seen = (picture[..., 2].astype(int) > picture[..., 0].astype(int)).mean()
    whole = 0.35 * 0.45 / (4 / 3)  # its share of the photograph, which is cut to at most the widest shape
    assert seen > 0.6 * whole


def test_a_photograph_is_asked_for_its_name_and_never_where_or_how_many(tmp_path):
    scene = photo_scene(photo(tmp_path, 300, 300), Random(0))
    assert set(answerable(scene)) == {"name", "presence", "describe", "refuse"}
    labels = label_tokens([scene], frames=1)
    assert labels.temporal["object"].item() == GROUPS["object"].index("cat")
    assert labels.temporal["place"].item() < 0
    assert labels.temporal["colour"].item() == NONE["colour"]


def test_every_photograph_shows_a_known_concept():
    rows = (Path(art.__file__).parent / "photos.tsv").read_text(encoding="utf-8").splitlines()[1:]
    named = {concept.id for concept in concepts()}
    assert len(rows) > 200
    for row in rows:
        split, _, path, concept, also, *_ = row.split("\t")
        assert split in ("train", "test", "imagenet"), path
        assert concept in named, path
        assert set(also.split()) <= named | {concept.id for concept in class_concepts()}, path


def test_people_call_a_breed_a_dog_and_a_zebra_a_zebra():
    names = [concept.en for concept in class_concepts()]
    assert len(names) == 1000
    assert names[207] == "dog"  # golden retriever
    assert names[340] == "zebra"
    assert names[22] == "eagle"


def still(number: int) -> Scene:
    """A scene as `photo_scene` makes it, of a photograph that is not opened."""
    actor = Actor(
        concepts()[number],
        Sprite("photo", "none"),
        *(0.0, 1.0, "still", (0.5, 0.5), (0.5, 0.5), 1.5, 1.5, False, 0.0, Look()),
    )
    return Scene("photo", 1.0, 1.0, Background(None, "plain", 0), (actor,))


@pytest.fixture(scope="module")
def head() -> tuple[torch.Tensor, torch.Tensor]:
    """A linear head of 1,000 classes on 64 features."""
    weight = 0.5 * torch.randn(1000, 64, generator=torch.Generator().manual_seed(0))
    return weight, torch.zeros(1000)


@pytest.fixture(scope="module")
def virtual(head) -> Material:
    spatial = np.random.default_rng(0).random((40, 36, 64)).astype(np.float16)
    cells = np.zeros((40, 1, 16, 64), np.float16)
    features = ClipFeatures(spatial, spatial.mean(axis=1, keepdims=True), cells)
    real = Material(features, [still(number) for number in range(40)], frames=1)
    return virtual_photos(real, *head, count=1000, seed=0)


def test_the_head_takes_a_virtual_photograph_for_what_it_is_labelled_with(virtual: Material, head):
    weight, bias = head
    seen = torch.from_numpy(virtual.features.temporal[:, 0]).float() @ weight.T + bias  # Shape: (n, 1000)
    likeliest = [class_concepts()[number] for number in seen.argmax(dim=-1)]
    clear = [scene.kind != UNCLEAR for scene in virtual.scenes]
    right = [
        scene.actors[0].concept == concept
        for scene, concept, is_clear in zip(virtual.scenes, likeliest, clear, strict=True)
        if is_clear
    ]
    assert np.mean(right) > 0.9
    unsure = seen.softmax(dim=-1).amax(dim=-1)[~torch.tensor(clear)]
    assert 20 < len(unsure) < 200
    assert (unsure < UNSURE_AT_MOST + 0.01).all()


def test_a_virtual_photograph_is_named_after_its_class_or_said_to_be_unsure(virtual: Material):
    ids = GROUPS["object"]
    labels = label_tokens(virtual.scenes, frames=1).temporal["object"][:, 0].tolist()
    for scene, label in zip(virtual.scenes, labels, strict=True):
        concept = scene.actors[0].concept
        named = scene.kind != UNCLEAR and concept.id in ids
        assert label == (ids.index(concept.id) if named else NONE["object"])
        for language, unsure in zip(LANGUAGES, UNSURE, strict=True):
            answer = make_question(scene, "name", language, Random(0)).answer
            assert answer == unsure if scene.kind == UNCLEAR else concept.name(language) in answer


def test_what_people_call_many_classes_is_met_as_often_as_their_square_root(virtual: Material):
    met = Counter(scene.actors[0].concept.id for scene in virtual.scenes)
    classes = Counter(concept.id for concept in class_concepts())
    assert set(met) == set(classes)
    for name, count in classes.items():
        assert isqrt(count) <= met[name] <= 2 * isqrt(count), name


def test_no_concept_has_more_real_photographs_than_allowed(virtual: Material):
    features = ClipFeatures(*(np.zeros((9, 1, 2), np.float16) for _ in range(3)))
    real = Material(features, [still(0 if number < 7 else number) for number in range(9)], frames=1)
    nothing = Material(ClipFeatures(*(part[:0] for part in vars(features).values())), [], frames=1)
    both = photographs(real, nothing, most=3, seed=0)
    assert sorted(Counter(scene.actors[0].concept.id for scene in both.scenes).values()) == [2, 2, 6]


def test_a_photograph_may_have_several_right_names():
    question = Question("name", "en", "What is it?", "", ("city|street",))
    assert is_right(question, "The video shows a street.")
    assert not is_right(question, "The video shows a street and a dog.")
    assert not is_right(question, "I am not sure what this is.")
