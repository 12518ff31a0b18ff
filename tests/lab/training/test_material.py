"""Claims about the training material: scenes, their questions and how they are drawn."""

from dataclasses import replace
from itertools import groupby
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageFilter

from core.lab.art.sprites import Sprite
from core.lab.clips.actors import Casting, Look
from core.lab.clips.render import _dress, frame_times, picture_size, render, spread
from core.lab.clips.scenes import Scene, sample_distant, sample_scene
from core.lab.evaluation.slots import is_right
from core.lab.questions.questions import (
    SKILLS,
    Question,
    about_people,
    and_then,
    answerable,
    make_question,
    phrasings,
)
from core.lab.questions.words import LANGUAGES, concepts
from tests.plain_sprites import PlainSprites


@pytest.fixture(scope="module")
def casting() -> Casting:
    return {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()}


def test_names_are_unique_in_both_languages():
    for language in LANGUAGES:
        names = [concept.name(language) for concept in concepts()]
        assert len(set(names)) == len(names)
    assert len(concepts()) > 500


def test_a_seed_is_a_scene(casting: Casting):
    assert sample_scene(Random(5), casting) == sample_scene(Random(5), casting)
    assert sample_scene(Random(5), casting) != sample_scene(Random(6), casting)


@pytest.mark.parametrize("number", range(60))
def test_every_right_answer_scores_as_right(casting: Casting, number: int):
    scene = sample_scene(Random(number), casting)
    for skill in answerable(scene):
        for language in LANGUAGES:
            question = make_question(scene, skill, language, Random(number), held_out=number % 2 == 0)
            assert is_right(question, question.answer), question


@pytest.mark.parametrize(
    ("name", "starts"),
    [
        ("binoculars", "Some binoculars move to the left"),
        ("cat", "A cat moves to the left"),
        ("Mars", "Mars moves"),
    ],
)
def test_a_sentence_begins_with_a_name_as_it_is_and_its_verb_agrees(casting: Casting, name: str, starts: str):
    scenes = (sample_scene(Random(number), casting) for number in range(500))
    scene = next(each for each in scenes if each.kind == "single" and each.actors[0].motion == "left")
    concept = next(each for each in concepts() if each.en == name)
    scene = replace(scene, actors=(replace(scene.actors[0], concept=concept),))
    question = make_question(scene, "describe", "en", Random(0))
    assert question.answer.startswith(starts)
    assert is_right(question, question.answer)


def showing(casting: Casting, *names: str) -> Scene:
    """A scene of these things, one after the other."""
    scene = next(s for n in range(500) if len((s := sample_scene(Random(n), casting)).order) == len(names))
    shown = [next(concept for concept in concepts() if concept.id == name) for name in names]
    actors = zip(scene.order, shown, strict=True)
    return replace(scene, actors=tuple(replace(actor, concept=concept) for actor, concept in actors))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "language", "question"),
    [
        (("cat",), "en", "What animal is this?"),
        (("cat",), "zh", "这是什么动物？"),
        (("cat", "dog"), "en", "What animal is this?"),
        (("cat", "hammer"), "en", "What thing is this?"),
        (("hammer", "cat"), "zh", "这是什么东西？"),
    ],
)
def test_a_kind_is_asked_for_where_all_are_of_it(
    casting: Casting, names: tuple[str, ...], language: str, question: str
):
    asked = {make_question(showing(casting, *names), "name", language, Random(n)).text for n in range(2000)}
    assert question in asked


@pytest.mark.parametrize(
    ("names", "there"),
    [(("chef",), "yes"), (("cat", "chef"), "yes"), (("cat",), "no"), (("hand",), None), (("zombie",), None)],
)
def test_people_are_asked_about_where_it_is_known(
    casting: Casting, names: tuple[str, ...], there: str | None
):
    for language in LANGUAGES:
        question = about_people(showing(casting, *names), language, Random(0))
        assert (question and question.slot[0]) == there
        assert question is None or is_right(question, question.answer)


@pytest.mark.parametrize(
    ("language", "answer"), [("en", "A rocket comes after the cat."), ("zh", "猫之后出现的是火箭。")]
)
def test_what_came_then_is_what_follows_the_last_answer(casting: Casting, language: str, answer: str):
    scene = showing(casting, "dog", "cat", "rocket")
    asked = Question("after", language, "", "", ("cat",))
    followed = and_then(scene, asked, Random(0))
    assert followed is not None
    assert (followed.answer, followed.slot) == (answer, ("rocket",))
    assert followed.text in phrasings("and_then", language, held_out=False)
    assert and_then(scene, followed, Random(0)) is None


def test_nobody_knows_who_else_is_in_a_photograph_of_a_thing(casting: Casting):
    def photographed(name: str) -> Scene:
        scene = showing(casting, name)
        (actor,) = scene.order
        return replace(scene, actors=(replace(actor, sprite=Sprite("photo", "street.jpg")),))

    assert about_people(photographed("building"), "en", Random(0)) is None
    assert about_people(photographed("cat"), "en", Random(0)) is not None


@pytest.mark.parametrize("skill", [*SKILLS, "anyone", "and_then"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_held_out_phrasings_are_not_in_training(skill: str, language: str):
    trained, held_out = (set(phrasings(skill, language, each)) for each in (False, True))
    assert len(trained) >= 15
    assert held_out
    assert not trained & held_out


def test_an_object_is_drawn_where_the_scene_says(casting: Casting):
    scene = next(s for n in range(200) if (s := sample_scene(Random(n), casting)).kind == "single")
    scene = replace(scene, actors=tuple(replace(actor, look=Look()) for actor in scene.actors))
    times = frame_times(scene.duration, 8)
    height, width = picture_size(scene.aspect)
    frames = render(scene, PlainSprites(), times, (height, width), Random(0), flawed=False)  # type: ignore[arg-type]
    assert frames.shape == (8, height, width, 3)
    for frame, now in zip(frames, times, strict=True):
        place = scene.actors[0].place(float(now))
        if place is not None and 0 < place[0] < 1 and 0 < place[1] < 1:
            pixel = frame[int(place[1] * height), int(place[0] * width)]
            assert tuple(pixel) == (255, 0, 0)


@pytest.mark.parametrize("reach", [1, 2, 7, 30])
def test_an_outline_is_what_the_rank_filter_gives(reach: int) -> None:
    alpha = np.random.default_rng(reach).integers(0, 256, (33, 20), dtype=np.uint8)
    bordered = np.pad(alpha, reach)
    ranked = Image.fromarray(bordered).filter(ImageFilter.MaxFilter(2 * reach + 1))
    np.testing.assert_array_equal(spread(bordered, reach), np.asarray(ranked))


def test_what_is_redrawn_is_flat_areas_between_lines():
    """A smooth gradient becomes a few areas, with a line where each two of them meet."""
    across = np.linspace(0, 255, 96).astype(np.uint8)
    gradient = np.stack([np.broadcast_to(across, (96, 96))] * 3, axis=-1)
    sprite = Image.fromarray(np.dstack([gradient, np.full((96, 96), 255, np.uint8)]))
    drawn = np.asarray(_dress(sprite, Look(outline=0.03, colours=4)))[48, :, 0].astype(int)
    areas = [value for value, run in groupby(drawn) if len(list(run)) > 5]
    assert 3 <= len(set(areas)) <= 5
    assert (drawn == 20).sum() >= 2 * len(areas)


def test_a_distant_thing_is_small(casting: Casting):
    role = next((concept, sprites[0]) for concept, sprites in casting.values())
    sizes = [sample_distant(Random(seed), role).actors[0].start_size for seed in range(50)]
    assert max(sizes) < 0.4
    assert min(sizes) < 0.2


def test_missing_art_is_said_clearly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from core.errors import ModelError
    from core.lab.art import sprites

    monkeypatch.setattr(sprites, "NOTO_FONT", tmp_path / "none.ttf")
    with pytest.raises(ModelError, match="make art"):
        sprites.SpriteLibrary(tmp_path)
