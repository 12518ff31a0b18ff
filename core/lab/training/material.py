"""Batches of features and labels, from rendered clips, from stills, and from montages of stills."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor

from core.lab.clips.dataset import FRAMES, ClipFeatures, frames_of, load_features, scene
from core.lab.clips.montage import Montage, montage_features
from core.lab.clips.render import frame_times
from core.lab.clips.scenes import Scene
from core.lab.clips.variants import vary
from core.lab.questions.token_labels import GROUPS, UNCLEAR, TokenLabels, label_tokens


def tensors(features: ClipFeatures, numbers: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """(spatial [B, N, D], temporal [B, T, D], cells [B, T, C, D]) of these clips, float32."""
    picked = (
        np.ascontiguousarray(part[numbers]) for part in (features.spatial, features.temporal, features.cells)
    )
    spatial, temporal, cells = (torch.from_numpy(part).float() for part in picked)
    return spatial, temporal, cells


def unit_seconds(batch: int, frames: int = FRAMES) -> Tensor:
    """Times of the frames of clips of one second; temporal modules use relative times only. [B, T]."""
    return torch.from_numpy(frame_times(1.0, frames)).expand(batch, -1)


@dataclass(frozen=True)
class Material:
    """The first clips or stills of a split: their features and their scenes."""

    features: ClipFeatures
    scenes: list[Scene]
    frames: int  # T

    @cached_property
    def labels(self) -> TokenLabels:
        """The labels of their tokens; takes a millisecond for each temporal token."""
        return label_tokens(self.scenes, self.frames)


class JoinedRows:
    """Rows of several arrays in a given order, read by row numbers, without copying them all."""

    def __init__(self, arrays: list[np.ndarray], source: np.ndarray, row: np.ndarray) -> None:
        """source, row: [n], for each row of this one the array and the row of it."""
        self.arrays, self.source, self.row = arrays, source, row

    def __getitem__(self, numbers: np.ndarray) -> np.ndarray:
        """Rows [B, ...] of these numbers [B]."""
        found = np.empty((len(numbers), *self.arrays[0].shape[1:]), self.arrays[0].dtype)
        for which, array in enumerate(self.arrays):
            here = self.source[numbers] == which  # Shape: (B,)
            found[here] = array[self.row[numbers][here]]
        return found


def joined(parts: list[Material], seed: int) -> Material:
    """All of the parts' clips (of one number of frames) as one material, shuffled."""
    places = [(which, row) for which, part in enumerate(parts) for row in range(len(part.scenes))]
    Random(seed).shuffle(places)
    source, row = np.array(places).T  # Shape: (n,) each
    features = {
        name: JoinedRows([getattr(part.features, name) for part in parts], source, row)
        for name in ("spatial", "temporal", "cells")
    }
    scenes = [parts[which].scenes[row] for which, row in places]
    return Material(ClipFeatures(**features), scenes, parts[0].frames)


@dataclass(frozen=True)
class TrainingMaterial:
    """The training data of a run, and the clips that it is measured on."""

    clips: Material
    stills: Material
    photos: Material  # real photographs and virtual ones, as stills
    held_out: Material  # clips


def load_material(folder: Path, art: Path, split: str, count: int) -> Material:
    """The first `count` clips or stills of a split, from the features in `folder`."""
    scenes = [scene(art, split, number)[0] for number in range(count)]
    return Material(load_features(folder, split), scenes, frames_of(split))


@dataclass(frozen=True)
class Lesson:
    """A batch of tokens with their labels."""

    spatial: Tensor  # [B, N, D]
    temporal: Tensor  # [B, T, D]
    cells: Tensor  # [B, T, C, D]
    labels: TokenLabels  # of [B, N] and [B, T] tokens


def lesson(material: Material, numbers: np.ndarray) -> Lesson:
    """The clips or stills `numbers` [B], as they are."""
    rows = torch.from_numpy(numbers)
    labels = TokenLabels(
        {group: of_clips[rows] for group, of_clips in material.labels.spatial.items()},
        {group: of_clips[rows] for group, of_clips in material.labels.temporal.items()},
    )
    return Lesson(*tensors(material.features, numbers), labels)


def varied_lesson(material: Material, numbers: np.ndarray, random: Random) -> Lesson:
    """As `lesson`, each clip as it is, backwards, mirrored, or both."""
    scenes = [material.scenes[number] for number in numbers]
    scenes, pooled = vary(random, scenes, tensors(material.features, numbers))
    return Lesson(*pooled, label_tokens(scenes, material.frames))


def montage_lesson(stills: Material, montages: list[Montage]) -> Lesson:
    """The montages as a batch; temporal tokens have the labels of the still that their frame shows."""
    shown = torch.from_numpy(np.stack([montage.shown for montage in montages]))  # Shape: (B, T)
    temporal = {group: of_stills[shown, 0] for group, of_stills in stills.labels.temporal.items()}
    cuts = torch.ones(shown.shape, dtype=torch.bool)  # Shape: (B, T)
    cuts[:, 1:] = shown[:, 1:] != shown[:, :-1]
    new, same = (GROUPS["change"].index(change) for change in ("new", "same"))
    temporal["change"] = torch.where(cuts, new, same)
    spatial = {}
    for group, of_stills in stills.labels.spatial.items():
        spatial[group] = of_stills[shown[:, 0]].clone()  # Shape: (B, N)
        spatial[group][[len(montage.stills) > 1 for montage in montages]] = UNCLEAR
    return Lesson(*montage_features(stills.features, montages), TokenLabels(spatial, temporal))
