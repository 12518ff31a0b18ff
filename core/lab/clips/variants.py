"""Augmentation of pooled clips: time reversal and mirroring, without encoding anything again.

Reversal is exact; mirroring nearly so, because the encoder's features of a thing and of its mirror image are
nearly the same, and pooled features keep their places on a grid.
"""

import bisect
from dataclasses import replace
from random import Random

import torch
from torch import Tensor

from core.compact.vision.frame_encoder import GRID
from core.dialogue.prompt import stretch_starts
from core.features.pooling import CELLS
from core.lab.clips.actors import Actor
from core.lab.clips.scenes import Scene

Pooled = tuple[Tensor, Tensor, Tensor]  # spatial [B, N, D], temporal [B, T, D], cells [B, T, C, D]

BACKWARDS = {"left": "right", "right": "left", "up": "down", "down": "up", "closer": "away", "away": "closer"}
MIRRORED = {"left": "right", "right": "left"}


def backwards(scene: Scene) -> Scene:
    """The scene from its end to its beginning."""

    def turned(actor: Actor) -> Actor:
        return replace(
            actor,
            appears=scene.duration - actor.disappears,
            disappears=scene.duration - actor.appears,
            motion=BACKWARDS.get(actor.motion, actor.motion),
            start=actor.end,
            end=actor.start,
            start_size=actor.end_size,
            end_size=actor.start_size,
        )

    return replace(scene, actors=tuple(turned(actor) for actor in scene.actors))


def mirrored(scene: Scene) -> Scene:
    """The scene with left and right exchanged."""

    def turned(actor: Actor) -> Actor:
        (x1, y1), (x2, y2) = actor.start, actor.end
        motion = MIRRORED.get(actor.motion, actor.motion)
        return replace(
            actor, motion=motion, start=(1 - x1, y1), end=(1 - x2, y2), mirrored=not actor.mirrored
        )

    return replace(scene, actors=tuple(turned(actor) for actor in scene.actors))


def as_sampled(scene: Scene, seconds: list[float]) -> Scene:
    """The scene with times of appearance moved to where the segment of the first frame with the thing begins.

    seconds: the frames' times. So the answer to "when" is one of the times in the prompt.
    """
    starts = stretch_starts(seconds)

    def told(actor: Actor) -> Actor:
        first = bisect.bisect_left(seconds, actor.appears)
        return replace(actor, appears=starts[min(first, len(starts) - 1)])

    return replace(scene, actors=tuple(told(actor) for actor in scene.actors))


def vary(random: Random, scenes: list[Scene], pooled: Pooled) -> tuple[list[Scene], Pooled]:
    """Each clip as it is, backwards, mirrored, or both."""
    spatial, temporal, cells = (part.clone() for part in pooled)
    varied = list(scenes)
    for number in range(len(scenes)):
        if random.random() < 0.5:
            varied[number] = backwards(varied[number])
            temporal[number], cells[number] = temporal[number].flip(0), cells[number].flip(0)
        if random.random() < 0.5:
            varied[number] = mirrored(varied[number])
            spatial[number] = _flip_columns(spatial[number], GRID)
            cells[number] = _flip_columns(cells[number], (CELLS, CELLS))
    return varied, (spatial, temporal, cells)


def _flip_columns(places: Tensor, grid: tuple[int, int]) -> Tensor:
    """[..., h * w, D] on a grid of (h, w) -> the same with each row of the grid reversed."""
    rows = places.unflatten(-2, grid)  # Shape: (..., h, w, D)
    return torch.flip(rows, dims=(-2,)).flatten(-3, -2)  # Shape: (..., h * w, D)
