"""Synthetic features of photographs, for all classes of the encoder's ImageNet head.

The encoder was trained on photographs of a thousand classes, and its linear head classifies them. Were the
features of each class Gaussian with one common covariance S, the best linear head would be w_c = S^-1 (mean
of class c) (linear discriminant analysis, Fisher 1936); so S w_c is the direction in which the photographs
of a class lie. Part of a real photograph's features is moved there until the head is as confident as on real
ones. So g, g_t and the LLM are trained on all classes, and on uncertain pictures, without pictures of them.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from math import isqrt
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.compact.vision.frame_encoder import GRID
from core.compact.words.names import class_names
from core.features.pooling import cells_of
from core.lab.clips.dataset import ClipFeatures
from core.lab.clips.scenes import UNCLEAR, Scene
from core.lab.questions.words import Concept, concepts
from core.lab.training.material import Material

# Animals that people call by one name, whatever the breed: concept -> ranges of class numbers, ends included.
# A class whose own name, or the last word of it, is a concept keeps that.
KINDS: dict[str, tuple[tuple[int, int], ...]] = {
    "fish": ((0, 1), (389, 397)),
    "shark": ((2, 4),),
    "bird": ((7, 24), (80, 100), (127, 146)),
    "lizard": ((38, 48),),
    "snake": ((52, 68),),
    "spider": ((72, 77),),
    "dog": ((151, 268),),
    "monkey": ((368, 384),),
}
# Names whose last word is one of our concepts, but not what people would call the thing.
MISLEADING = frozenset(
    [
        *("airplane wing", "car mirror", "custard apple", "french horn", "guinea pig", "pit bull"),
        *("pottery wheel", "red panda", "roast chicken", "sea cow", "sea cucumber", "sea lion"),
        "water wheel",
    ]
)
SURE = (0.35, 0.97)  # the head's probability of a virtual photograph's class, from and to
UNSURE_SHARE = 0.2  # share of them that show nothing recognisable
UNSURE_AT_MOST = 0.12  # the head's highest probability there


@cache
def class_concepts() -> tuple[Concept, ...]:
    """What people call each of the 1,000 classes: one of our concepts where there is one, else a new one."""
    by_name = {concept.en: concept for concept in concepts()}
    by_id = {concept.id: concept for concept in concepts()}
    of_kind = {
        number: by_id[kind]
        for kind, ranges in KINDS.items()
        for low, high in ranges
        for number in range(low, high + 1)
    }
    return tuple(
        by_name.get(en)
        or (None if en in MISLEADING else by_name.get(en.split()[-1]))
        or of_kind.get(number)
        or Concept(_class_id(en), en, zh, "个", _class_id(en), (), ())
        for number, (en, zh) in enumerate((name.en, name.zh) for name in class_names())
    )


def _class_id(name: str) -> str:
    return f"class:{name.replace(' ', '_')}"


def class_directions(head_weight: Tensor, patches: Tensor) -> Tensor:
    """head_weight [1000, D], patches [n, D] of photographs -> [1000, D]: the unit direction of each class."""
    covariance = torch.cov(patches.T)  # Shape: (D, D)
    directions = (head_weight - head_weight.mean(dim=0)) @ covariance  # Shape: (1000, D)
    return F.normalize(directions, dim=-1)


def virtual_photos(
    photos: Material, head_weight: Tensor, head_bias: Tensor, count: int, seed: int
) -> Material:
    """`count` stills of all that people call the classes in turn, from real photographs (T = 1).

    A name of many classes has more turns than one of a single class, but not as many as it has classes: of
    the 1,000 classes 118 are dogs.
    """
    random, torch_random = Random(seed), torch.Generator().manual_seed(seed)
    turns = [those for those in _by_concept(class_concepts()) for _ in range(isqrt(len(those)))]
    real = torch.from_numpy(np.array(photos.features.spatial)).float()  # Shape: (photos, N, D)
    donors = _donors(photos.scenes, count, random)
    patches = real[donors[:2000]].flatten(0, 1)[::7]  # Shape: (n, D)
    directions, mean = class_directions(head_weight, patches), patches.mean(dim=0)  # Shape: (1000, D), (D,)
    spatial = np.empty((count, *real.shape[1:]), np.float16)
    scenes: list[Scene] = []
    for number, donor in enumerate(donors):
        label = random.choice(turns[number % len(turns)])
        shown = _shown(random)[:, None]  # Shape: (N, 1)
        faded = torch.lerp(real[donor], mean, 0.7 * random.uniform(0.5, 1.0))  # Shape: (N, D)
        ground = torch.lerp(real[donor], faded, shown)
        texture = 0.5 + torch.rand(len(shown), 1, generator=torch_random)  # Shape: (N, 1): patches differ
        step = directions[label] * shown * texture  # Shape: (N, D)
        unsure = random.random() < UNSURE_SHARE
        if unsure:
            made = _moved(ground, step, head_weight, head_bias, label, 0.8 * UNSURE_AT_MOST)
            unsure = bool(_probabilities(made, head_weight, head_bias).max() <= UNSURE_AT_MOST)
        if not unsure:
            made = _moved(ground, step, head_weight, head_bias, label, random.uniform(*SURE))
        spatial[number] = made.numpy()
        scenes.append(_scene(photos.scenes[donor], class_concepts()[label], unsure))
    cells = cells_of(torch.from_numpy(spatial).float(), GRID)  # Shape: (n, C, D)
    temporal = spatial.mean(axis=1, dtype=np.float32)  # Shape: (n, D)
    features = ClipFeatures(
        spatial, temporal.astype(np.float16)[:, None], cells.numpy().astype(np.float16)[:, None]
    )
    return Material(features, scenes, frames=1)


def _donors(scenes: list[Scene], count: int, random: Random) -> list[int]:
    """Numbers of photographs, every concept as often as any other."""
    numbers = _by_concept([scene.actors[0].concept for scene in scenes])
    return [random.choice(random.choice(numbers)) for _ in range(count)]


def _by_concept(shown: Sequence[Concept]) -> list[list[int]]:
    """For each concept the places where it stands."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, concept in enumerate(shown):
        places[concept.id].append(place)
    return list(places.values())


def _shown(random: Random) -> Tensor:
    """How much of each patch the thing covers: [N] in [0, 1], a random block with soft edges."""
    rows, columns = GRID
    covered = []
    for cells in (rows, columns):
        length = random.uniform(0.6, 1.0) * cells
        start = random.uniform(0, cells - length)
        edges = torch.arange(cells + 1).clamp(min=start, max=start + length)
        covered.append(edges.diff())  # Shape: (cells,): the share of each that lies within
    return torch.outer(*covered).flatten()  # Shape: (N,)


def _probabilities(patches: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return F.linear(patches.mean(dim=0), weight, bias).softmax(dim=-1)  # Shape: (1000,)


def _moved(ground: Tensor, step: Tensor, weight: Tensor, bias: Tensor, label: int, wanted: float) -> Tensor:
    """ground [N, D] moved along step [N, D] until the head's probability of `label` is `wanted`: [N, D]."""
    low, high = 0.0, 60.0
    for _ in range(12):
        middle = (low + high) / 2
        made = (ground + middle * step).clamp(0.0, 6.0)  # what a ReLU6 gives
        if _probabilities(made, weight, bias)[label] < wanted:
            low = middle
        else:
            high = middle
    return made


def _scene(donor: Scene, concept: Concept, unsure: bool) -> Scene:
    actor = replace(donor.actors[0], concept=concept)
    return replace(donor, kind=UNCLEAR if unsure else donor.kind, actors=(actor,))


def photographs(real: Material, virtual: Material, most: int, seed: int) -> Material:
    """Both in one, shuffled, in memory; most: how many real stills of a concept are kept, each counted twice.

    Two thirds of our photographs are portraits, and without a limit much would become a man or a woman.
    """
    kept = [
        number
        for numbers in _by_concept([scene.actors[0].concept for scene in real.scenes])
        for number in numbers[:most]
    ]
    sources = [(real, number) for number in kept * 2]
    sources += [(virtual, number) for number in range(len(virtual.scenes))]
    Random(seed).shuffle(sources)
    parts = {
        name: np.stack([getattr(source.features, name)[number] for source, number in sources])
        for name in ("spatial", "temporal", "cells")
    }
    return Material(ClipFeatures(**parts), [source.scenes[number] for source, number in sources], real.frames)
