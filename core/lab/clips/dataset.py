"""The training and test clips as pooled features on disk, made once and in parallel.

A clip is identified by its split and number, which seed its scene: scenes are made again whenever they are
needed, and only features are kept.

Splits:
* `train`      the training styles and textures
* `stills`     single pictures, every sprite in turn: sixteen times cheaper than clips, for naming things
* `validation` the same, other clips: for choosing between runs
* `test`       other clips, backgrounds of unseen textures: what the model card reports
* `style`      as `test`, drawn in a style of art that training never saw
* `drawings`   as `stills`, in styles that have fewer things
* `redrawn`    as `stills`, in flat colours between dark lines
* `distant`    small things, in the styles of `stills` and of `drawings`
* `wild`       as `train`, filmed badly: before photographs, a shaking hand, changing light, half hidden
* `outdoors`   as `test`, filmed as `wild`, before other photographs
* `photos`     single pictures cut from photographs
* `photographs`  other photographs, as clips in which nothing moves
* `imagenet`   the same of 16 pictures of ImageNet's validation set
"""

import hashlib
import json
import os
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from core.compact.eyes import load_encoder
from core.compact.vision.efficientnet import FEATURES
from core.compact.vision.frame_encoder import FRAME_AREA, GRID, FrameEncoder
from core.errors import ModelError
from core.features.pooling import CELLS, pool
from core.lab.art.photos import Photo, backdrops, photo_scene, photos
from core.lab.art.sprites import FURTHER_STYLES, TRAINING_STYLES, UNSEEN_STYLE, Sprite, SpriteLibrary
from core.lab.clips.actors import Casting
from core.lab.clips.render import frame_times, picture_size, render
from core.lab.clips.scenes import (
    STEADY,
    TEXTURES,
    UNSEEN_TEXTURES,
    Scene,
    filmed,
    redrawn,
    sample_conditions,
    sample_distant,
    sample_scene,
    sample_still,
)
from core.lab.questions.words import Concept, concepts

FRAMES = 16  # T of a clip; a still has one
DRAWN_STILLS = ("stills", "drawings", "redrawn", "distant")
FILMED_SPLITS = {"wild": "train", "outdoors": "test"}  # and which split of photos.tsv is behind them
# And which split of photos.tsv these show.
PHOTO_SPLITS = {"photos": "train", "photographs": "test", "imagenet": "imagenet"}


def frames_of(split: str) -> int:
    """T of the clips of a split; 1 for stills."""
    return 1 if split in (*DRAWN_STILLS, "photos") else FRAMES


def shapes(split: str) -> dict[str, tuple[int, ...]]:
    """The shape of each kind of features of one clip."""
    frames = frames_of(split)
    return {
        "spatial": (GRID[0] * GRID[1], FEATURES),
        "temporal": (frames, FEATURES),
        "cells": (frames, CELLS * CELLS, FEATURES),
    }


@cache
def library(art: Path) -> SpriteLibrary:
    return SpriteLibrary(art)


@cache
def casting(art: Path, split: str) -> Casting:
    """Which objects may appear in a split, and with which pictures."""
    styles = {
        "style": (UNSEEN_STYLE,),
        "drawings": FURTHER_STYLES,
        "distant": TRAINING_STYLES + FURTHER_STYLES,
    }.get(split, TRAINING_STYLES)
    found = {concept.id: (concept, library(art).sprites(concept, styles)) for concept in concepts()}
    return {id: (concept, pictures) for id, (concept, pictures) in found.items() if pictures}


@cache
def all_sprites(art: Path, split: str) -> list[tuple[Concept, Sprite]]:
    """Every picture that a split may show, with what it shows."""
    return [(concept, sprite) for concept, sprites in casting(art, split).values() for sprite in sprites]


def scene(art: Path, split: str, number: int) -> tuple[Scene, Random]:
    """The scene of a clip, and the generator that its drawing continues with."""
    random = Random(f"{split}-{number}")
    if split in DRAWN_STILLS:
        roles = all_sprites(art, split)
        role = roles[number % len(roles)]
        if split == "distant":
            return sample_distant(random, role), random
        still = sample_still(random, role, casting(art, split))
        return redrawn(random, still) if split == "redrawn" else still, random
    if split in PHOTO_SPLITS:
        return photo_scene(photo(art, split, number), random), random
    textures = UNSEEN_TEXTURES if split in ("test", "style", "outdoors") else TEXTURES
    clip = sample_scene(random, casting(art, split), textures)
    if split in FILMED_SPLITS:
        clip = filmed(clip, sample_conditions(random, backdrops(art, FILMED_SPLITS[split])))
    return clip, random


def photo(art: Path, split: str, number: int) -> Photo:
    """What a still of one of PHOTO_SPLITS is cut from. Raises ModelError where no photograph is there."""
    known = photos(art, PHOTO_SPLITS[split])
    if not known:
        raise ModelError("sprites_missing", what=f"{art / 'photos'} (run `make art`)")
    return known[number % len(known)]


def scene_digest(art: Path, split: str, *numbers: int) -> str:
    """A hash of these scenes: features of older scenes are not reused for theirs.

    It does not depend on the folder of the art: the same pictures elsewhere make the same clips.
    """
    text = ""
    for number in numbers:
        clip, _ = scene(art, split, number)
        text += repr(clip) + (repr(clip.conditions) if clip.conditions != STEADY else "")
    text = text.replace(str(art), "data/art")
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Rows(Protocol):
    """An array, or anything else that is indexed by an array of row numbers."""

    def __getitem__(self, numbers: np.ndarray, /) -> np.ndarray: ...


@dataclass(frozen=True)
class ClipFeatures:
    """Float16 features of the clips 0..n-1 of a split, memory-mapped."""

    spatial: Rows  # [n, N, D]
    temporal: Rows  # [n, T, D]
    cells: Rows  # [n, T, C, D]


def load_features(folder: Path, split: str) -> ClipFeatures:
    return ClipFeatures(
        **{name: np.load(folder / split / f"{name}.npy", mmap_mode="r") for name in shapes(split)}
    )


def make_features(
    art: Path, folder: Path, split: str, count: int, workers: int, updates: dict[str, Tensor]
) -> None:
    """Draw and encode the clips of a split; what is there already is kept, unless of other scenes.

    updates: the encoder's.
    """
    done_file = folder / split / "done.json"
    digest = f"{scene_digest(art, split, *range(0, 64, 7))}-{encoder_digest(updates)}"
    kept = 0
    if done_file.exists():
        done = json.loads(done_file.read_text())
        kept = done["clips"] if done["scenes"] == digest else 0
    if kept >= count:
        return
    (folder / split).mkdir(parents=True, exist_ok=True)
    done_file.write_text(json.dumps({"clips": kept, "scenes": digest}))  # if this one is stopped half-way
    for name, shape in shapes(split).items():
        _lengthen(folder / split / f"{name}.npy", kept, (count, *shape))
    tasks = [(art, folder, split, range(kept + start, count, workers), updates) for start in range(workers)]
    with get_context("spawn").Pool(workers) as pool_of_workers:
        pool_of_workers.map(_make_share, tasks)
    done_file.write_text(json.dumps({"clips": count, "scenes": digest}))


def encoder_digest(updates: dict[str, Tensor]) -> str:
    """A hash of all that determines the features of a picture."""
    digest = hashlib.sha256(f"{FRAME_AREA} {GRID}".encode())
    for name, values in sorted(updates.items()):
        digest.update(name.encode() + values.float().numpy().tobytes())
    return digest.hexdigest()[:12]


def _lengthen(path: Path, kept: int, shape: tuple[int, ...]) -> None:
    """Give the file this shape; of what it holds, only the first `kept` rows are kept."""
    longer = path.with_suffix(".new.npy")
    rows = np.lib.format.open_memmap(longer, "w+", np.float16, shape)
    if kept:
        rows[:kept] = np.load(path, mmap_mode="r")[:kept]
    rows.flush()
    longer.replace(path)


def _make_share(task: tuple[Path, Path, str, range, dict[str, Tensor]]) -> None:
    art, folder, split, numbers, updates = task
    torch.set_num_threads(1)
    encoder = FrameEncoder(load_encoder(), updates)
    files = {name: np.load(folder / split / f"{name}.npy", mmap_mode="r+") for name in shapes(split)}
    for number in numbers:
        clip, random = scene(art, split, number)
        times = frame_times(clip.duration, frames_of(split))
        pictures = render(clip, library(art), times, picture_size(clip.aspect, FRAME_AREA), random)
        patches = encoder(pictures)
        pooled = pool(patches.x, patches.grid, torch.from_numpy(times))
        for name, file in files.items():
            file[number] = getattr(pooled, name).numpy()
    for file in files.values():
        file.flush()


def workers_here() -> int:
    return os.cpu_count() or 1
