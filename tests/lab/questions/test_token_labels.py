"""Claims about what step 0 of training is told: labels of tokens, and the start that it trains from."""

from dataclasses import replace
from random import Random

import pytest
import torch
import torch.nn.functional as F

from core.compact.alignment import CLASS_SHARPNESS, WordSpaceAlignment
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


def test_before_training_g_speaks_only_the_words_of_the_image_net_head():
    random = torch.Generator().manual_seed(0)
    weight, bias, words, tokens = (
        torch.randn(shape, generator=random) for shape in ((1000, 12), (1000,), (1000, 8), (5, 12))
    )
    g = WordSpaceAlignment(weight, bias, F.normalize(words, dim=-1), {"object": 6})
    expected = (CLASS_SHARPNESS * F.linear(tokens, weight, bias)).softmax(dim=-1) @ F.normalize(words, dim=-1)
    torch.testing.assert_close(g(tokens), F.normalize(expected, dim=-1))


def test_change_is_new_exactly_where_something_comes(scenes: list[Scene]):
    labels = label_tokens(scenes, FRAMES).temporal["change"]
    new = GROUPS["change"].index("new")
    for row, scene in zip(labels.tolist(), scenes, strict=True):
        times = frame_times(scene.duration, FRAMES)
        firsts = {next(i for i, now in enumerate(times) if actor.place(float(now))) for actor in scene.actors}
        assert {frame for frame, label in enumerate(row) if label == new} == firsts
