"""Step 0 of training: the word heads of g and g_t are trained as classifiers, without the LLM.

The scene gives the labels of every token: the object, the colour behind it, its motion, its place, the
number. The heads are trained on them by cross-entropy, and their outputs are mixtures of the LLM's word
embeddings. A clip costs milliseconds, and the visual prefix then holds embeddings that the LLM already
understands.
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

from core.compact.model import CompactImageLLM
from core.compact.temporal_module import CompactTemporalModule
from core.compact.vision.frame_encoder import fast_dtype
from core.lab.clips.montage import sample_montage
from core.lab.questions.token_labels import NONE, UNCLEAR
from core.lab.training.augmentation import chosen_frames, with_noise
from core.lab.training.initialisation import (
    copy_of_g,
    initialise_alignment,
    initialise_temporal_module,
    set_standardisation,
    some_patches,
)
from core.lab.training.material import (
    Lesson,
    Material,
    TrainingMaterial,
    easy_clips,
    lesson,
    montage_lesson,
    unit_seconds,
    varied_lesson,
)

log = logging.getLogger(__name__)


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
    frame_jitter: float = 0.0  # probability that a frame is replaced by its neighbour
    temporal_crop: float = 0.0  # share of steps that show a part of each clip only
    easy_first: float = 0.0  # share of the steps that show one thing at a time, before all else
    seed: int = 0


def align(
    model: CompactImageLLM,
    temporal_module: CompactTemporalModule,
    material: TrainingMaterial,
    settings: AlignmentSettings,
    kept_back: float = 0.0,
    with_g: bool = True,
    begun: bool = False,
) -> dict[str, float]:
    """Train g and g_t in place; returns accuracies on held-out clips.

    kept_back: the share of the material, from the end, that is left for step 1. with_g: whether g is trained
    too; if not, it stays as it is, and g_t begins as its copy. begun: whether both were trained before and
    continue.
    """
    torch.manual_seed(settings.seed)
    random = Random(settings.seed)
    if with_g:
        set_standardisation(model, temporal_module, some_patches(material.stills))
    if not begun:
        if with_g:
            initialise_alignment(model)
        initialise_temporal_module(model, temporal_module)
    of_features = [*copy_of_g(temporal_module).heads.parameters()]
    parameters = [*temporal_module.parameters()]
    if with_g:
        of_features += model.alignment.heads.parameters()
        parameters += model.alignment.parameters()
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
    of_clips, of_stills, of_photos = material.ranges(0, 1 - kept_back)
    easy = easy_clips(material.clips, of_clips)
    model.alignment.train()
    temporal_module.train()
    started = time.monotonic()
    for step in range(1, settings.steps + 1):
        begins = step <= settings.easy_first * settings.steps
        most = 1 if begins else 3
        numbers = np.array(sorted(random.sample(easy if begins else of_clips, settings.clips)))
        frames = chosen_frames(random, material.clips.frames, settings.frame_jitter, settings.temporal_crop)
        lessons = [
            varied_lesson(material.clips, numbers, random).shown(frames),
            *(
                montage_lesson(
                    stills, [sample_montage(random, stills.scenes, those, most) for _ in range(count)]
                ).shown(frames)
                for stills, those, count in (
                    (material.stills, of_stills, settings.montages),
                    (material.photos, of_photos, settings.photo_montages),
                )
            ),
        ]
        if with_g:
            lessons += [
                lesson(stills, np.array(sorted(random.sample(those, count))))
                for stills, those, count in (
                    (material.stills, of_stills, settings.stills),
                    (material.photos, of_photos, settings.photos),
                )
            ]
        loss = torch.zeros(())
        for each in lessons:
            objects = each.labels.spatial["object"]  # Shape: (B, N)
            shows = (objects != UNCLEAR) & (objects != NONE["object"])
            used = shows | (torch.rand(objects.shape) < settings.background_share)
            used &= torch.tensor(with_g)
            loss = loss + _loss(model, temporal_module, each, used, settings.feature_noise)[0]
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step == settings.steps:
            scores = measure(model, temporal_module, material.held_out)
            words = " ".join(f"{name} {share:.2f}" for name, share in scores.items())
            seconds = time.monotonic() - started
            log.info("alignment step %d, %.0f s: loss %.2f, %s", step, seconds, loss.item(), words)
    model.alignment.eval()
    temporal_module.eval()
    return scores


@torch.no_grad()
def sharpen(model: CompactImageLLM, temporal_module: CompactTemporalModule, factor: float) -> None:
    """Multiply the logits of the heads of objects by `factor`, in place.

    An uncertain head mixes the words of several objects, and the mixture is near none of them.
    """
    for heads in (model.alignment.heads, copy_of_g(temporal_module).heads, temporal_module.heads):
        if head := heads.by_group().get("object"):
            head.classify.weight.mul_(factor)
            head.classify.bias.mul_(factor)


def _loss(
    model: CompactImageLLM,
    temporal_module: CompactTemporalModule,
    batch: Lesson,
    used: Tensor,
    noise: float,
) -> tuple[Tensor, dict[str, float]]:
    """(loss, accuracies by kind of token and group); used: bool [B, N], the spatial tokens that count."""
    spatial, temporal, cells = (
        with_noise(part, noise) for part in (batch.spatial, batch.temporal, batch.cells)
    )
    with torch.autocast("cpu", torch.bfloat16, enabled=fast_dtype() == torch.bfloat16):
        in_space = model.alignment.logits(spatial[used])  # Shape: (tokens, labels + 1) each
        focus, hidden = temporal_module.seen(temporal, cells, unit_seconds(*temporal.shape[:2]))
        in_time = copy_of_g(temporal_module).logits(focus)  # Shape: (B, T, labels + 1) each
        over_time = temporal_module.heads.logits(hidden)  # Shape: (B, T, labels + 1) each
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
def measure(
    model: CompactImageLLM, temporal_module: CompactTemporalModule, material: Material
) -> dict[str, float]:
    """How often the likeliest label is the right one, where there is one, by kind of token and group."""
    batch = lesson(material, np.arange(len(material.scenes)))
    everything = torch.ones(batch.spatial.shape[:2], dtype=torch.bool)
    return _loss(model, temporal_module, batch, everything, noise=0.0)[1]
