"""Claims about clips run backwards and mirrored: scene and features change together."""

from random import Random

import pytest
import torch

from core.compact.vision.frame_encoder import GRID
from core.features.pooling import pool
from core.lab.art.sprites import Sprite
from core.lab.clips.actors import Casting
from core.lab.clips.render import frame_times
from core.lab.clips.scenes import Scene, place_of, sample_scene
from core.lab.clips.variants import as_sampled, backwards, mirrored, vary
from core.lab.questions.words import concepts

FRAMES, PATCHES = 8, GRID[0] * GRID[1]


@pytest.fixture(scope="module")
def scenes() -> list[Scene]:
    casting: Casting = {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()}
    return [sample_scene(Random(number), casting) for number in range(60)]


def positions(scene: Scene) -> torch.Tensor:
    """A stand-in for pictures: patch features x [T, N, D] that light up where an object's centre is."""
    x = torch.zeros(FRAMES, PATCHES, len(scene.actors))
    for frame, now in enumerate(frame_times(scene.duration, FRAMES)):
        for index, actor in enumerate(scene.actors):
            if where := actor.place(float(now)):
                row, column = (
                    min(int(part * side), side - 1) for part, side in zip(where[1::-1], GRID, strict=True)
                )
                x[frame, row * GRID[1] + column, index] = where[2]
    return x


def pooled(scene: Scene) -> tuple[torch.Tensor, ...]:
    of = pool(positions(scene), GRID, torch.zeros(FRAMES))
    return of.spatial, of.temporal, of.cells


def test_twice_backwards_and_twice_mirrored_is_the_clip_itself(scenes: list[Scene]):
    for scene in scenes:
        for turn in (backwards, mirrored):
            again = turn(turn(scene))
            for before, after in zip(scene.actors, again.actors, strict=True):
                assert (before.motion, before.mirrored) == (after.motion, after.mirrored)
                assert after.start == pytest.approx(before.start)
                assert after.appears == pytest.approx(before.appears, abs=1e-9)


def test_the_motion_of_a_variant_is_what_its_places_do(scenes: list[Scene]):
    ways = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
    for scene in scenes:
        for actor in (*backwards(scene).actors, *mirrored(scene).actors):
            if actor.motion in ways:
                way = ways[actor.motion]
                moved = [end - start for start, end in zip(actor.start, actor.end, strict=True)]
                assert sum(a * b for a, b in zip(way, moved, strict=True)) > 0.2
            if actor.motion in ("closer", "away"):
                assert (actor.end_size > actor.start_size) == (actor.motion == "closer")


def test_a_mirrored_clip_has_what_was_left_on_the_right(scenes: list[Scene]):
    for scene in scenes:
        for before, after in zip(scene.actors, mirrored(scene).actors, strict=True):
            if place_of(*before.start) == "left":
                assert place_of(*after.start) == "right"


def test_varied_features_are_the_features_of_the_varied_scene(scenes: list[Scene]):
    random, seen = Random(0), set()
    for scene in scenes:
        features = tuple(part[None] for part in pooled(scene))
        (varied,), parts = vary(random, [scene], features)  # type: ignore[arg-type]
        for part, expected in zip(parts, pooled(varied), strict=True):
            torch.testing.assert_close(part[0], expected)
        seen.add((varied.actors[0].appears != scene.actors[0].appears, varied.actors[0].mirrored))
    assert len(seen) > 1


def test_as_sampled_a_thing_appears_half_a_stretch_from_when_it_does(scenes: list[Scene]):
    for scene in scenes:
        told = as_sampled(scene, list(frame_times(scene.duration, FRAMES)))
        for before, after in zip(scene.actors, told.actors, strict=True):
            assert abs(before.appears - after.appears) <= scene.duration / FRAMES / 2 + 1e-9
