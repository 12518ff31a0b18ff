"""Claims about the drill of one skill."""

from itertools import islice
from random import Random

import numpy as np
import pytest

from core.errors import SettingError
from core.lab.art.sprites import Sprite
from core.lab.clips.dataset import FRAMES, ClipFeatures
from core.lab.clips.scenes import sample_still
from core.lab.experiments.drill import CLIPS, DRILLS, drill_batches
from core.lab.questions.examples import IGNORED, SPATIAL, TEMPORAL, SequenceMaker
from core.lab.questions.questions import answerable
from core.lab.questions.words import PLACES, concepts, word
from core.lab.training.material import Material, pairs
from tests.tiny_model import TinyImageLLM

STILLS, WIDTH = 600, 3


@pytest.fixture(scope="module")
def stills() -> Material:
    roles = [(concept, Sprite("noto", "x")) for concept in concepts()]
    casting = {concept.id: (concept, [sprite]) for concept, sprite in roles}
    scenes = [sample_still(Random(n), roles[n % len(roles)], casting) for n in range(STILLS)]
    shapes = {"spatial": (9,), "temporal": (1,), "cells": (1, 9)}
    random = np.random.default_rng(0)
    parts = {name: random.normal(size=(STILLS, *shape, WIDTH)) for name, shape in shapes.items()}
    return Material(
        ClipFeatures(**{name: part.astype(np.float16) for name, part in parts.items()}), scenes, 1
    )


@pytest.fixture
def maker() -> SequenceMaker:
    model = TinyImageLLM()
    return SequenceMaker(model.tokenizer, model.template, patches=9, per_frame=2)


@pytest.mark.parametrize("skill", DRILLS)
def test_there_are_pictures_for_every_drill(stills: Material, skill: str):
    found = pairs(stills, range(STILLS))
    assert all(stills.scenes[number].kind == "pair" for number in found)
    assert sum(skill in answerable(stills.scenes[number]) for number in found) >= CLIPS


def test_a_drill_without_pictures_for_it_is_a_users_error(stills: Material, maker: SequenceMaker):
    with pytest.raises(SettingError, match="too few pictures of two things"):
        next(drill_batches(maker, stills, range(CLIPS), "place", 0.0, 0, 0))


def test_a_drill_of_places_asks_for_nothing_but_places(stills: Material, maker: SequenceMaker):
    tokenizer, end = TinyImageLLM().tokenizer, maker.template.after_answer
    places = [word(PLACES, place, language) for place in PLACES for language in ("en", "zh")]
    forms = set()
    for batch, *_ in islice(drill_batches(maker, stills, range(STILLS), "place", 0.0, 0, 0), 6):
        assert (batch.ids == SPATIAL).sum(dim=1).eq(9).all()
        forms.add(int((batch.ids[0] == TEMPORAL).sum()))
        for row in batch.labels:
            said = tokenizer.decode([int(label) for label in row if label != IGNORED])
            answers = [answer for answer in said.split(end) if answer]
            assert answers
            told = [any(place in answer for place in places) for answer in answers]
            assert told.count(False) <= 1, "only small talk comes between"
    assert forms == {0, 2 * FRAMES}


def test_a_step_of_a_drill_is_the_same_after_a_pause(stills: Material, maker: SequenceMaker):
    def steps(first: int):
        return drill_batches(maker, stills, range(STILLS), "place", 0.0, 0, first)

    *_, whole = islice(steps(0), 3)
    resumed = next(steps(2))
    assert (whole[0].ids == resumed[0].ids).all()
    assert (whole[1] == resumed[1]).all()
