"""Step 0 of training: the word heads of g and g_t are trained as classifiers, without the LLM.

The scene gives the labels of every token: the object, the colour behind it, its motion, its place, the
number. The heads are trained on them by cross-entropy. What they say are mixtures of an LLM's own word
embeddings, so heads that were trained once speak to any LLM. A clip costs milliseconds.
"""

import logging
import time
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.alignment import OBJECT
from core.compact.vision.frame_encoder import fast_dtype
from core.lab.clips.montage import sample_montage
from core.lab.questions.token_labels import NONE, UNCLEAR
from core.lab.training.augmentation import with_noise
from core.lab.training.initialisation import Sight, set_standardisation, some_patches
from core.lab.training.material import (
    Lesson,
    Material,
    TrainingMaterial,
    lesson,
    montage_lesson,
    unit_seconds,
    varied_lesson,
)

log = logging.getLogger(__name__)
SHARPNESS = 1.6  # of names, against what was trained, see `sharpen`


@dataclass(frozen=True)
class AlignmentSettings:
    steps: int = 700
    clips: int = 48  # rendered clips in a step, also backwards and mirrored
    montages: int = 32  # in a step
    stills: int = 160  # in a step
    photos: int = 120  # photographs in a step, real and virtual
    photo_montages: int = 8  # clips cut together from them, in a step
    background_share: float = 0.15  # share of the spatial tokens without an object that count in the loss
    learning_rate: float = 1e-3
    head_rate: float = 3e-3  # learning rate of the heads on features: linear, and slow otherwise
    weight_decay: float = 0.02
    feature_noise: float = 0.15  # share of each feature's own spread
    seed: int = 0


def align(sight: Sight, material: TrainingMaterial, settings: AlignmentSettings) -> dict[str, float]:
    """Train g and g_t in place; returns accuracies on held-out clips."""
    torch.manual_seed(settings.seed)
    random = Random(settings.seed)
    set_standardisation(sight, some_patches(material.stills))
    of_features = [*sight.copy.heads.parameters(), *sight.alignment.heads.parameters()]
    parameters = [*sight.temporal_module.parameters(), *sight.alignment.parameters()]
    apart = {id(parameter) for parameter in of_features}
    others = [parameter for parameter in parameters if id(parameter) not in apart]
    groups: list[dict[str, Any]] = [
        {"params": others, "weight_decay": settings.weight_decay},
        {"params": of_features, "weight_decay": 0.05},
    ]
    optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [settings.learning_rate, settings.head_rate], total_steps=settings.steps, pct_start=0.1
    )
    started = time.monotonic()
    for step in range(1, settings.steps + 1):
        loss = torch.zeros(())
        for each in _lessons(material, settings, random):
            objects = each.labels.spatial[OBJECT]  # Shape: (B, N)
            shows = (objects != UNCLEAR) & (objects != NONE[OBJECT])
            used = shows | (torch.rand(objects.shape) < settings.background_share)
            loss = loss + _loss(sight, each, used, settings.feature_noise)[0]
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step == settings.steps:
            scores = measure(sight, material.held_out)
            words = " ".join(f"{name} {share:.2f}" for name, share in scores.items())
            seconds = time.monotonic() - started
            log.info("alignment step %d, %.0f s: loss %.2f, %s", step, seconds, loss.item(), words)
    return scores


def _lessons(material: TrainingMaterial, settings: AlignmentSettings, random: Random) -> list[Lesson]:
    """What one step is trained on: clips, montages of stills and of photographs, and both alone."""

    def some(part: Material, count: int) -> np.ndarray:
        those = range(len(part.scenes))
        return np.array(sorted(random.sample(those, min(count, len(those)))))

    lessons = [varied_lesson(material.clips, some(material.clips, settings.clips), random)]
    for stills, montages, alone in (
        (material.stills, settings.montages, settings.stills),
        (material.photos, settings.photo_montages, settings.photos),
    ):
        those = range(len(stills.scenes))
        cut = [sample_montage(random, stills.scenes, those) for _ in range(montages)]
        lessons += [montage_lesson(stills, cut), lesson(stills, some(stills, alone))]
    return lessons


@torch.no_grad()
def sharpen(sight: Sight, factor: float = SHARPNESS) -> None:
    """Multiply the logits of the heads of objects by `factor`, in place.

    An uncertain head mixes the words of several objects, and the mixture is near none of them.
    """
    for heads in (sight.alignment.heads, sight.copy.heads, sight.temporal_module.heads):
        classify = heads.by_group()[OBJECT].classify
        classify.weight.mul_(factor)
        classify.bias.mul_(factor)


def _loss(sight: Sight, batch: Lesson, used: Tensor, noise: float) -> tuple[Tensor, dict[str, float]]:
    """(loss, accuracies by kind of token and group); used: bool [B, N], the spatial tokens that count."""
    spatial, temporal, cells = (
        with_noise(part, noise) for part in (batch.spatial, batch.temporal, batch.cells)
    )
    with torch.autocast("cpu", torch.bfloat16, enabled=fast_dtype() == torch.bfloat16):
        g, copy, g_t = sight.alignment, sight.copy, sight.temporal_module
        in_space = g.heads.logits(g.standardise(spatial[used]))  # Shape: (tokens, labels + 1) each
        focus, hidden = g_t.seen(temporal, cells, unit_seconds(*temporal.shape[:2]))
        in_time = copy.heads.logits(copy.standardise(focus))  # Shape: (B, T, labels + 1) each
        over_time = g_t.heads.logits(hidden)  # Shape: (B, T, labels + 1) each
    wanted_in_space = {group: labels[used] for group, labels in batch.labels.spatial.items()}
    loss, right = torch.zeros(()), {}
    for stretch, logits, wanted in (
        ("spatial", in_space, wanted_in_space),
        ("temporal", in_time, batch.labels.temporal),
        ("over time", over_time, batch.labels.temporal),
    ):
        for group in logits:
            known = wanted[group] != UNCLEAR
            if not known.any():
                continue
            said, label = logits[group][known].float(), wanted[group][known]  # Shape: (tokens, labels + 1)
            loss = loss + F.cross_entropy(said, label, label_smoothing=0.05)
            shown = label != NONE[group]
            right[f"{stretch} {group}"] = (said.argmax(dim=-1) == label)[shown].float().mean().item()
    return loss, right


@torch.no_grad()
def measure(sight: Sight, material: Material) -> dict[str, float]:
    """How often the likeliest label is the right one, where there is one, by kind of token and group."""
    batch = lesson(material, np.arange(len(material.scenes)))
    everything = torch.ones(batch.spatial.shape[:2], dtype=torch.bool)
    return _loss(sight, batch, everything, noise=0.0)[1]
