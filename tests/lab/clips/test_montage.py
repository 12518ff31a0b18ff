"""Claims about clips cut together from stills."""

from random import Random

import numpy as np
import pytest
import torch

from core.features.pooling import CELLS, pool
from core.lab.art.sprites import Sprite
from core.lab.clips.dataset import FRAMES, ClipFeatures
from core.lab.clips.montage import montage_features, sample_montage
from core.lab.clips.render import frame_times
from core.lab.clips.scenes import Scene, sample_still
from core.lab.questions.words import concepts

WIDTH = 5  # D
STILLS = 40


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    casting = {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()}
    return [sample_still(Random(n), (concepts()[n], Sprite("noto", "x")), casting) for n in range(STILLS)]


@pytest.mark.parametrize("number", range(20))
def test_a_montage_has_the_features_of_the_clip_that_it_stands_for(scenes: list[Scene], number: int):
    x = torch.randn(STILLS, 36, WIDTH, generator=torch.Generator().manual_seed(number))
    pooled = [pool(still[None], (6, 6), torch.zeros(1)) for still in x]
    features = ClipFeatures(
        *(np.stack([getattr(p, f) for p in pooled]) for f in ("spatial", "temporal", "cells"))
    )
    montage = sample_montage(Random(number), scenes, range(STILLS))
    whole = pool(x[torch.from_numpy(montage.shown)], (6, 6), torch.arange(FRAMES))
    spatial, temporal, cells = montage_features(features, [montage])
    assert cells.shape == (1, FRAMES, CELLS * CELLS, WIDTH)
    torch.testing.assert_close(spatial[0], whole.spatial)
    torch.testing.assert_close(temporal[0], whole.temporal)
    torch.testing.assert_close(cells[0], whole.cells)


@pytest.mark.parametrize("number", range(20))
def test_every_frame_of_a_montage_shows_what_its_scene_says(scenes: list[Scene], number: int):
    montage = sample_montage(Random(number), scenes, range(STILLS))
    for now, still in zip(frame_times(montage.scene.duration, FRAMES), montage.shown, strict=True):
        seen = {actor.concept.id for actor in montage.scene.actors if actor.place(float(now))}
        assert seen == {actor.concept.id for actor in scenes[still].actors}


def test_a_montage_has_the_background_colour_that_all_its_stills_have_and_no_other(scenes: list[Scene]):
    kept = 0
    for number in range(100):
        montage = sample_montage(Random(number), scenes, range(STILLS))
        colours = {scenes[still].background.colour for still in montage.stills}
        assert montage.scene.background.colour == (colours.pop() if len(colours) == 1 else None)
        kept += len(montage.stills) > 1 and montage.scene.background.colour is not None
    assert kept, "a scene of several things never keeps its colour"
