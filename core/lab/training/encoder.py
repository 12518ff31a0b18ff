"""Before step 0: the encoder's last stages are tuned on drawings, without the LLM.

EfficientNet-Lite2 was trained on photographs, and its features of a drawing depend on the style as much as on
the subject: heads on it that recognise an emoji in five styles fail on a sixth. So the 1 x 1 convolutions of
its last two stages get low-rank updates, trained together with the heads of g and of g_t's copy of it on
stills of many styles. A penalty keeps its features of photographs, and the classes that the ImageNet head
gives for them, near those of the untuned encoder.
"""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact import lora
from core.compact.alignment import OBJECT
from core.compact.eyes import load_encoder
from core.compact.vision.frame_encoder import (
    GRID,
    UPDATE_SCALE,
    on_grid,
    prepared,
    tuned_layers,
)
from core.features.pooling import cells_of
from core.lab.clips.trunk_maps import Labels, Source, TrunkMaps, rows_by_shape, taken
from core.lab.questions.token_labels import NONE, UNCLEAR
from core.lab.training.augmentation import with_noise
from core.lab.training.initialisation import Sight, set_standardisation

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class EncoderSettings:
    steps: int = 900
    stills: int = 48  # in a step, all of one shape
    photos: int = 8  # photographs in a step, of that shape
    rank: int = 32  # of the updates
    learning_rate: float = 1e-3  # of the updates
    head_rate: float = 1e-3  # of the heads
    background_share: float = 0.15  # share of the patches without an object that count in the loss
    feature_noise: float = 0.15  # share of each feature's own spread
    mixed_styles: float = 0.5  # share of the steps with MixStyle, see `mixed`
    keep_features: float = 0.3  # weight of the penalty on features of photographs
    keep_classes: float = 0.3  # and of that on their ImageNet classes
    checkpoint_every: int = 200  # steps
    seed: int = 0


class Tail(nn.Module):
    """The encoder from the trunk's maps on, with low-rank updates."""

    def __init__(self, rank: int) -> None:
        super().__init__()
        self.network = network = prepared(load_encoder()).requires_grad_(False)
        self.updates = lora.attach(network, tuned_layers(network), rank, UPDATE_SCALE)

    def forward(self, maps: Tensor) -> Tensor:
        """maps [B, 120, h, w] -> patch features [B, N, D]."""
        return on_grid(self.network.tail(maps.float().contiguous(memory_format=torch.channels_last)))


@dataclass(frozen=True)
class TuningStills:
    """What the encoder is tuned on."""

    drawn: Sequence[Source]
    photos: Source
    held_out: Source  # only measured on


def tune_encoder(
    sight: Sight, stills: TuningStills, settings: EncoderSettings, checkpoint: Path
) -> dict[str, Tensor]:
    """The encoder's updates, as `FrameEncoder` takes them; the heads of g and g_t are trained in place.

    Resumes from `checkpoint` where there is one.
    """
    torch.manual_seed(settings.seed)
    tail, before = Tail(settings.rank), Tail(settings.rank)  # untrained updates change nothing
    with torch.no_grad():
        some = [before(_maps(part, range(min(100, len(part.maps))))) for part in stills.drawn[0].values()]
    set_standardisation(sight, torch.cat(some).flatten(0, 1))
    updates = [p for layer in tail.updates.values() for p in (layer.a, layer.b)]
    heads = [*sight.alignment.heads.parameters(), *sight.copy.heads.parameters()]
    heads += sight.temporal_module.focus.parameters()
    trained = updates + heads
    optimiser = torch.optim.AdamW(
        [{"params": updates, "weight_decay": 0.0}, {"params": heads, "weight_decay": 0.05}]
    )
    rates = [settings.learning_rate, settings.head_rate]
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, rates, total_steps=settings.steps, pct_start=0.1
    )
    kept: dict[str, Any] = {
        "alignment": sight.alignment,
        "temporal_module": sight.temporal_module,
        "tail": tail,
        "optimiser": optimiser,
        "schedule": schedule,
    }
    first = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        first = saved.pop("step")
        for name, state in saved.items():
            kept[name].load_state_dict(state)
        log.info("the tuning of the encoder goes on at step %d", first)
    drawn = rows_by_shape(stills.drawn)
    photographed = rows_by_shape([stills.photos])
    shapes = [shape for shape in drawn if shape in photographed]
    started, losses = time.monotonic(), []
    for step in range(first + 1, settings.steps + 1):
        # Seeded by the step, so that a resumed run sees what it would have seen.
        random = Random(f"encoder-{settings.seed}-{step}")
        torch.manual_seed(random.randrange(2**31))
        shape = random.choices(shapes, [len(drawn[shape]) for shape in shapes])[0]
        of_stills = taken(random.choices(drawn[shape], k=settings.stills))
        if random.random() < settings.mixed_styles:
            of_stills = replace(of_stills, maps=mixed(of_stills.maps))
        of_photos = taken(random.choices(photographed[shape], k=settings.photos))
        patches = tail(torch.cat([of_stills.maps, of_photos.maps]))  # Shape: (B, N, D)
        loss = _loss(sight, patches, of_stills.labels_beside(of_photos), settings)
        loss = loss + _moved(sight, before, of_photos.maps, patches[settings.stills :], settings)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 2.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if step % settings.checkpoint_every == 0 or step == settings.steps:
            temporary = checkpoint.with_suffix(".tmp")  # a run stopped while it writes keeps the one before
            torch.save({"step": step, **{name: part.state_dict() for name, part in kept.items()}}, temporary)
            temporary.replace(checkpoint)
            told = measure(sight, tail, stills.held_out)
            seconds = time.monotonic() - started
            log.info(
                "encoder step %d, %.0f s: loss %.2f, %s",
                step,
                seconds,
                np.mean(losses[-settings.checkpoint_every :]),
                told,
            )
    # As they are saved, so that what is encoded in training is what the saved encoder sees.
    return {name: values.bfloat16().float() for name, values in lora.state(tail.updates).items()}


def _moved(sight: Sight, before: Tail, maps: Tensor, patches: Tensor, settings: EncoderSettings) -> Tensor:
    """Penalty on patch features [B, N, D] of photographs, for their distance to those of the untuned tail."""
    with torch.no_grad():
        kept = before(maps)  # Shape: (B, N, D)
    away = ((patches - kept) / sight.alignment.standardise.deviation).square().mean()
    weight, bias = sight.alignment.head_weight, sight.alignment.head_bias
    classes, classes_before = (
        F.linear(part.mean(dim=1), weight, bias).log_softmax(dim=-1) for part in (patches, kept)
    )
    other = F.kl_div(classes, classes_before, reduction="batchmean", log_target=True)
    return settings.keep_features * away + settings.keep_classes * other


def mixed(maps: Tensor) -> Tensor:
    """maps [B, 120, h, w], with the statistics of two stills mixed in each (MixStyle, arXiv 2104.02008).

    Mean and deviation of early features encode style more than content.
    """
    mean, deviation = maps.mean(dim=(2, 3), keepdim=True), maps.std(dim=(2, 3), keepdim=True) + 1e-4
    others = torch.randperm(len(maps))
    share = torch.distributions.Beta(0.2, 0.2).sample((len(maps), 1, 1, 1))
    even = (maps - mean) / deviation
    return even * torch.lerp(deviation[others], deviation, share) + torch.lerp(mean[others], mean, share)


def _maps(part: TrunkMaps, rows: range) -> Tensor:
    return torch.from_numpy(np.array(part.maps[rows.start : rows.stop])).float()


def _logits(sight: Sight, patches: Tensor) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """patches [B, N, D] -> logits of g for each patch, and of g_t's copy of it for the whole still."""
    temporal = patches.mean(dim=1, keepdim=True)  # Shape: (B, 1, D)
    cells = cells_of(patches, GRID)  # Shape: (B, C, D)
    g, copy, g_t = sight.alignment, sight.copy, sight.temporal_module
    even = g_t.standardise(cells[:, None])  # Shape: (B, 1, C, D)
    focus = g_t.focus(temporal, cells[:, None], even)  # Shape: (B, 1, D)
    return g.heads.logits(g.standardise(patches)), copy.heads.logits(copy.standardise(focus))


def _loss(sight: Sight, patches: Tensor, labels: tuple[Labels, Labels], settings: EncoderSettings) -> Tensor:
    """Cross-entropy of the labels of patches [B, N, D], plus that of the labels of whole stills."""
    in_space, in_time = labels
    objects = in_space[OBJECT]  # Shape: (B, N)
    shows = (objects != UNCLEAR) & (objects != NONE[OBJECT])
    used = shows | (torch.rand(objects.shape) < settings.background_share)
    of_patches, of_stills = _logits(sight, with_noise(patches, settings.feature_noise))
    loss = torch.zeros(())
    for group in (OBJECT, "colour"):
        for logits, wanted in (
            (of_patches[group][used], in_space[group][used]),
            (of_stills[group].flatten(0, 1), in_time[group].flatten()),
        ):
            known = wanted != UNCLEAR
            if known.any():
                loss = loss + F.cross_entropy(logits[known], wanted[known], label_smoothing=0.05)
    return loss


@torch.no_grad()
def measure(sight: Sight, tail: Tail, source: Source) -> dict[str, float]:
    """How often the likeliest object is the right one, where there is one, of patches and of stills."""
    right: dict[str, list[Tensor]] = {"patch": [], "still": []}
    for part in source.values():
        for start in range(0, len(part.maps), 64):
            rows = range(start, min(start + 64, len(part.maps)))
            of_patches, of_stills = _logits(sight, tail(_maps(part, rows)))
            for name, logits, labels in (
                ("patch", of_patches, part.labels.spatial),
                ("still", of_stills, part.labels.temporal),
            ):
                wanted = labels[OBJECT][rows.start : rows.stop]
                shown = (wanted != UNCLEAR) & (wanted != NONE[OBJECT])
                right[name].append((logits[OBJECT].argmax(dim=-1) == wanted)[shown].float())
    return {name: round(torch.cat(each).mean().item(), 3) for name, each in right.items()}
