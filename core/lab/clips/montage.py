"""Clips cut together from stills, one after the other.

A rendered clip costs sixteen times as much as a still. Order, places and names can be learned from stills
shown in turn, because every frame is pooled by itself.
"""

import math
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from torch import Tensor

from core.lab.clips.dataset import FRAMES, ClipFeatures
from core.lab.clips.render import frame_times
from core.lab.clips.scenes import UNCLEAR, Scene, cut_together

LONGEST = 30.0  # s
ALIKE = 0.5  # share of the montages of several stills that keep one background, as a scene does
TRIES = 60  # of finding such stills


@dataclass(frozen=True)
class Montage:
    scene: Scene
    stills: tuple[int, ...]  # numbers of the stills, in order
    shown: np.ndarray  # [T], for each frame the number of the still that it shows


def sample_montage(random: Random, scenes: list[Scene], numbers: range) -> Montage:
    """A clip of one to three of the stills `numbers`; scenes: those of all stills."""
    wanted = random.choices((1, 2, 3), weights=(5, 3, 2))[0]
    alike = random.random() < ALIKE
    stills = [random.choice(numbers)]
    while len(stills) < wanted:
        stills = _alike(random, scenes, numbers, wanted) if alike else random.sample(numbers, wanted)
        actors = [scenes[number].actors for number in stills]
        several = any(len(each) > 1 for each in actors)
        different = {each[0].concept.id for each in actors}
        unclear = any(scenes[number].kind == UNCLEAR for number in stills)
        if several or unclear or len(different) < wanted:
            stills = []  # a sequence is of different things that can be named, one at a time
    return montage_of(random, scenes, stills)


def _alike(random: Random, scenes: list[Scene], numbers: range, wanted: int) -> list[int]:
    """Different stills that have the background colour of the first of them; any, where there are too few."""
    stills = random.sample(numbers, min(len(numbers), wanted + TRIES))
    colour = scenes[stills[0]].background.colour
    same = [number for number in stills if scenes[number].background.colour == colour]
    return (same if len(same) >= wanted else stills)[:wanted]


def montage_of(random: Random, scenes: list[Scene], stills: list[int]) -> Montage:
    """A clip of these stills in order, for random parts of its time; scenes: those of all stills."""
    duration = math.exp(random.uniform(math.log(2.0), math.log(LONGEST)))
    shares = np.cumsum([random.uniform(0.7, 1.3) for _ in stills])
    edges = [0.0, *(duration * shares / shares[-1])]
    shown = np.searchsorted(edges[1:-1], frame_times(duration, FRAMES), side="right")  # Shape: (T,)
    scene = cut_together([scenes[number] for number in stills], edges)
    return Montage(scene, tuple(stills), np.array(stills)[shown])


def montage_features(features: ClipFeatures, montages: list[Montage]) -> tuple[Tensor, Tensor, Tensor]:
    """(spatial [B, N, D], temporal [B, T, D], cells [B, T, C, D]) of montages, from the stills' features."""
    spatial, temporal, cells = [], [], []
    for montage in montages:
        numbers, frames = np.unique(montage.shown, return_inverse=True)
        share = np.bincount(frames) / len(frames)  # Shape: (stills,)
        spatial.append(np.tensordot(share, features.spatial[numbers].astype(np.float32), axes=1))
        temporal.append(features.temporal[numbers][:, 0][frames].astype(np.float32))
        cells.append(features.cells[numbers][:, 0][frames].astype(np.float32))
    return tuple(torch.from_numpy(np.stack(part).astype(np.float32)) for part in (spatial, temporal, cells))  # type: ignore[return-value]
