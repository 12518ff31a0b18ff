"""Claims about step 0 of training: it needs no LLM, and learns what scenes show."""

from random import Random

import numpy as np
import pytest
import torch

from core.compact.vision.efficientnet import FEATURES
from core.compact.vision.frame_encoder import GRID
from core.features.pooling import CELLS
from core.lab.art.sprites import Sprite
from core.lab.clips.actors import Casting
from core.lab.clips.dataset import FRAMES, ClipFeatures
from core.lab.clips.scenes import Scene, sample_scene, sample_still
from core.lab.questions.words import concepts
from core.lab.training.alignment import AlignmentSettings, align, sharpen
from core.lab.training.initialisation import G_HEADS, OVER_TIME_HEADS, untrained
from core.lab.training.material import Material, TrainingMaterial
from tests.tiny_compact import TinyEyes, tiny_sight


def material(scenes: list[Scene], frames: int) -> Material:
    """Features that tell the first actor's object in one number each, and nothing else."""
    names = {concept.id: number for number, concept in enumerate(concepts())}
    told = np.eye(FEATURES, dtype=np.float32)[[names[scene.actors[0].concept.id] for scene in scenes]]

    def everywhere(*places: int) -> np.ndarray:
        shape = (len(scenes), *(1 for _ in places), FEATURES)
        return 30 * np.broadcast_to(told.reshape(shape), (len(scenes), *places, FEATURES))

    features = ClipFeatures(
        everywhere(GRID[0] * GRID[1]), everywhere(frames), everywhere(frames, CELLS * CELLS)
    )
    return Material(features, scenes, frames)


def casting() -> Casting:
    return {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()[:3]}


@pytest.mark.slow
def test_heads_learn_what_features_tell():
    cast = casting()
    roles = [(concept, sprites[0]) for concept, sprites in cast.values()]
    clips = [sample_scene(Random(number), cast) for number in range(24)]
    stills = [sample_still(Random(number), roles[number % 3], cast) for number in range(24)]
    sight = untrained(TinyEyes().class_head)
    few = AlignmentSettings(steps=12, clips=4, montages=2, stills=8, photos=8, photo_montages=2)
    of_stills = material(stills, 1)
    learned = TrainingMaterial(material(clips, FRAMES), of_stills, of_stills, material(clips, FRAMES))
    scores = align(sight, learned, few)
    assert scores["temporal object"] > 0.6


def test_before_training_every_head_has_its_weight():
    sight = untrained(TinyEyes().class_head)
    for heads, weights in ((sight.alignment.heads, G_HEADS), (sight.temporal_module.heads, OVER_TIME_HEADS)):
        loud = {group: head.weight.item() for group, head in heads.by_group().items()}
        assert loud == pytest.approx(weights)


def test_sharp_names_say_the_same_louder():
    sight = tiny_sight()
    head = sight.alignment.heads.by_group()["object"]
    tokens = torch.randn(7, FEATURES)
    before = head.classify(tokens).softmax(dim=-1)  # Shape: (7, labels + 1)
    sharpen(sight, 2.0)
    after = head.classify(tokens).softmax(dim=-1)  # Shape: (7, labels + 1)
    assert torch.equal(after.argmax(dim=-1), before.argmax(dim=-1))
    assert (after.amax(dim=-1) > before.amax(dim=-1)).all()
