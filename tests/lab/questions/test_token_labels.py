"""Claims about what step 0 of training is told: labels of tokens."""

from dataclasses import replace
from random import Random

import pytest

from core.lab.art.sprites import Sprite
from core.lab.clips.actors import Casting
from core.lab.clips.render import frame_times
from core.lab.clips.scenes import Scene, sample_scene
from core.lab.questions.token_labels import GROUPS, NONE, UNCLEAR, label_tokens
from core.lab.questions.words import concepts

FRAMES = 16


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    casting: Casting = {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()}
    return [sample_scene(Random(number), casting) for number in range(80)]


def test_temporal_labels_name_what_is_on_the_screen_at_that_time(scenes: list[Scene]):
    labels = label_tokens(scenes, FRAMES).temporal["object"]
    for row, scene in zip(labels.tolist(), scenes, strict=True):
        for label, now in zip(row, frame_times(scene.duration, FRAMES), strict=True):
            seen = {actor.concept.id for actor in scene.actors if actor.place(float(now))}
            if not seen:
                assert label == NONE["object"]
            elif len(seen) == 1:
                assert GROUPS["object"][label] in seen
            else:
                assert label == UNCLEAR


def test_spatial_labels_name_only_objects_of_the_scene(scenes: list[Scene]):
    labels = label_tokens(scenes, FRAMES).spatial["object"]
    for row, scene in zip(labels, scenes, strict=True):
        there = {actor.concept.id for actor in scene.actors}
        assert {GROUPS["object"][label] for label in set(row.tolist()) - {UNCLEAR, NONE["object"]}} <= there
        assert (row == NONE["object"]).any()


def test_a_background_of_many_colours_has_none_of_our_colours(scenes: list[Scene]):
    motley = [replace(scene, background=replace(scene.background, colour=None)) for scene in scenes[:5]]
    labels = label_tokens(motley, FRAMES)
    assert set(labels.spatial["colour"].unique().tolist()) <= {UNCLEAR, NONE["colour"]}
    assert (labels.temporal["colour"] == NONE["colour"]).all()


def test_change_is_new_exactly_where_something_comes(scenes: list[Scene]):
    labels = label_tokens(scenes, FRAMES).temporal["change"]
    new = GROUPS["change"].index("new")
    for row, scene in zip(labels.tolist(), scenes, strict=True):
        times = frame_times(scene.duration, FRAMES)
        firsts = {next(i for i, now in enumerate(times) if actor.place(float(now))) for actor in scene.actors}
        assert {frame for frame, label in enumerate(row) if label == new} == firsts
