"""Step 0 of training: projected tokens learn to lie near the words of what they show. No LLM runs.

For every token we know from the scene what it shows: the object, the colour behind it, how it moves,
where it is, how many there are. Each of these is a closed list of *prototypes* in the LLM's embedding
space, and a token is trained by cross-entropy over its cosine similarities with them. It costs
milliseconds a clip, and the LLM then finds in the visual prefix what it would find in words.

Knows nothing of questions or of generation.
"""

import logging
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.image_llm.compact.encoding import GRID
from core.image_llm.compact.model import CompactImageLLM
from core.image_llm.compact.words import word_embedding
from core.temporal_module import CopyTemporalModule
from core.training.clips import FRAMES, ClipFeatures, frames_of, load_features, scene
from core.training.render import frame_times
from core.training.scenes import Scene, place_of
from core.training.words import COLOURS, COUNTS, MOTIONS, PLACES, concepts

log = logging.getLogger(__name__)

NOTHING = -100  # the label that cross_entropy leaves out


@dataclass(frozen=True)
class AlignmentSettings:
    epochs: int = 12
    batch: int = 64  # clips in a step
    stills: int = 128  # stills in a step
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    feature_noise: float = 0.1  # share of each feature's own spread
    seed: int = 0


@dataclass(frozen=True)
class TokenLabels:
    """What each token of each clip shows, as indices into GROUPS; NOTHING where that is unclear."""

    spatial: dict[str, Tensor]  # "object", "colour": [n, N]
    temporal: dict[str, Tensor]  # "object", "colour", "motion", "place", "count": [n, T]


GROUPS: dict[str, list] = {
    "object": [concept.id for concept in concepts()],
    "colour": list(COLOURS),
    "motion": list(MOTIONS),
    "place": list(PLACES),
    "count": list(COUNTS),
}


def prototypes(model: CompactImageLLM) -> dict[str, Tensor]:
    """group -> [labels, K], unit length: the words of both languages, centred.

    Closed groups share words ("left" is a place and a direction, "orange" a colour and a fruit), so half of
    each of their prototypes is a fixed random direction of its own.
    """
    table = {
        "object": [(concept.en, concept.zh) for concept in concepts()],
        "colour": list(COLOURS.values()),
        "motion": list(MOTIONS.values()),
        "place": list(PLACES.values()),
        "count": list(COUNTS.values()),
    }
    centre = model.language_model.model.embed_tokens.weight.data.mean(dim=0)
    random = torch.Generator().manual_seed(0)
    found = {}
    for group, pairs in table.items():
        both = [torch.stack([_word(model, word) - centre for word in pair]) for pair in pairs]
        words = F.normalize(torch.stack(both), dim=-1).sum(dim=1)  # Shape: (labels, 2, K) -> (labels, K)
        words = F.normalize(words, dim=-1)
        if group != "object":
            own = F.normalize(torch.randn(words.shape, generator=random), dim=-1)
            words = F.normalize(words - words.mean(dim=0) + own, dim=-1)
        found[group] = words
    return found


def _word(model: CompactImageLLM, text: str) -> Tensor:
    return word_embedding(model.language_model, model.tokenizer, text)


def label_tokens(scenes: list[Scene], frames: int = FRAMES) -> TokenLabels:
    """The labels of the tokens of clips with `frames` frames, from their scenes."""
    index = {group: {label: i for i, label in enumerate(labels)} for group, labels in GROUPS.items()}
    patches = GRID[0] * GRID[1]
    spatial = {name: torch.full((len(scenes), patches), NOTHING) for name in ("object", "colour")}
    temporal = {name: torch.full((len(scenes), frames), NOTHING) for name in GROUPS}
    for number, clip in enumerate(scenes):
        colour = index["colour"][clip.background.colour]
        temporal["colour"][number] = colour
        shares, owners = _coverage(clip, frames)
        spatial["colour"][number][shares < 0.5] = colour
        for patch in np.flatnonzero(shares > 0.2):
            spatial["object"][number][patch] = index["object"][owners[patch]]
        for frame, now in enumerate(frame_times(clip.duration, frames)):
            seen = [(actor, where) for actor in clip.actors if (where := actor.place(float(now)))]
            if not seen:
                continue
            kinds = {actor.concept.id for actor, _ in seen}
            if len(kinds) == 1:
                temporal["object"][number, frame] = index["object"][seen[0][0].concept.id]
            if len(kinds) == 1 and frames > 1:
                temporal["motion"][number, frame] = index["motion"][seen[0][0].motion]
            if len(seen) == 1 and (place := place_of(*seen[0][1][:2])):
                temporal["place"][number, frame] = index["place"][place]
            temporal["count"][number, frame] = index["count"][len(seen)]
    return TokenLabels(spatial, temporal)


def _coverage(clip: Scene, frames: int) -> tuple[np.ndarray, list[str]]:
    """For each patch: the share of time that an object covers it, at most, and whose id that is."""
    rows, columns = GRID
    unit = min(clip.aspect, 1 / clip.aspect) ** 0.5  # the shorter side, where the area is 1
    width, height = clip.aspect**0.5, clip.aspect**-0.5
    shares: dict[str, np.ndarray] = {}
    for now in frame_times(clip.duration, frames):
        for actor in clip.actors:
            if (where := actor.place(float(now))) is None:
                continue
            x, y, size = where
            half_w, half_h = size * unit / width / 2, size * unit / height / 2
            across = _overlap(x - half_w, x + half_w, columns)  # Shape: (columns,)
            down = _overlap(y - half_h, y + half_h, rows)  # Shape: (rows,)
            covered = np.outer(down, across).ravel() / frames  # Shape: (N,)
            shares[actor.concept.id] = shares.get(actor.concept.id, 0.0) + covered
    names = list(shares)
    table = np.stack([shares[name] for name in names])  # Shape: (objects, N)
    return table.max(axis=0), [names[i] for i in table.argmax(axis=0)]


def _overlap(low: float, high: float, cells: int) -> np.ndarray:
    """The share of each of `cells` equal parts of [0, 1] that lies within [low, high]. Shape: (cells,)."""
    edges = np.arange(cells + 1) / cells
    return np.clip(np.minimum(high, edges[1:]) - np.maximum(low, edges[:-1]), 0, None) * cells


class AlignmentObjective(nn.Module):
    """The loss over all groups, and how often the nearest prototype is the right one."""

    def __init__(self, model: CompactImageLLM) -> None:
        super().__init__()
        self.centre: Tensor
        self.register_buffer(
            "centre", model.language_model.model.embed_tokens.weight.data.mean(dim=0).clone()
        )
        self.prototypes = prototypes(model)
        self.sharpness = nn.Parameter(torch.tensor(20.0))

    def logits(self, tokens: Tensor, group: str) -> Tensor:
        """tokens [..., K] -> similarities with the group's words [..., labels]."""
        return self.sharpness * F.normalize(tokens - self.centre, dim=-1) @ self.prototypes[group].T

    def forward(self, tokens: Tensor, labels: dict[str, Tensor]) -> tuple[Tensor, dict[str, float]]:
        """tokens [B, L, K], labels group -> [B, L]: (loss, accuracy by group)."""
        loss, right = tokens.new_zeros(()), {}
        for group, wanted in labels.items():
            known = wanted != NOTHING
            if not known.any():
                continue
            logits = self.logits(tokens[known], group)  # Shape: (known, labels)
            loss = loss + F.cross_entropy(logits, wanted[known], label_smoothing=0.05)
            right[group] = (logits.argmax(dim=-1) == wanted[known]).float().mean().item()
        return loss, right


def tensors(features: ClipFeatures, numbers: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """(spatial [B, N, D], temporal [B, T, D], cells [B, T, C, D]) of these clips, float32."""
    picked = (
        np.ascontiguousarray(part[numbers]) for part in (features.spatial, features.temporal, features.cells)
    )
    spatial, temporal, cells = (torch.from_numpy(part).float() for part in picked)
    return spatial, temporal, cells


def with_noise(part: Tensor, share: float) -> Tensor:
    """Features [B, ...] plus noise of this share of their spread, the same at every second index of a clip.

    One draw for all frames or patches of a clip: what light, paper or a camera adds, and cheap.
    """
    if share == 0.0:
        return part
    noise = torch.randn(len(part), 1, *part.shape[2:])  # Shape: (B, 1, ...)
    return part + share * part[:1].std() * noise


def unit_seconds(batch: int, frames: int = FRAMES) -> Tensor:
    """Times of the frames of clips of one second; temporal modules look at relative times only. [B, T]."""
    return torch.from_numpy(frame_times(1.0, frames)).expand(batch, -1)


@dataclass(frozen=True)
class Material:
    """The first `count` clips or stills of a split: their features and what their tokens show."""

    features: ClipFeatures
    labels: TokenLabels
    count: int
    frames: int


def load_material(folder: Path, art: Path, split: str, count: int) -> Material:
    frames = frames_of(split)
    labels = label_tokens([scene(art, split, number)[0] for number in range(count)], frames)
    return Material(load_features(folder, split), labels, count, frames)


def align(
    model: CompactImageLLM,
    temporal_module: CopyTemporalModule,
    clips: Material,
    stills: Material,
    settings: AlignmentSettings,
    held_out: Material,
) -> dict[str, float]:
    """Train g and g_t in place; returns accuracies on held-out clips."""
    torch.manual_seed(settings.seed)
    random = np.random.default_rng(settings.seed)
    objective = AlignmentObjective(model)
    parameters = [*model.alignment.parameters(), *temporal_module.parameters(), *objective.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    steps = settings.epochs * (clips.count // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, settings.learning_rate, total_steps=steps, pct_start=0.1
    )
    model.alignment.train()
    temporal_module.train()
    started = time.monotonic()
    for epoch in range(settings.epochs):
        order = random.permutation(clips.count)
        for start in range(0, clips.count - settings.batch + 1, settings.batch):
            some_clips = np.sort(order[start : start + settings.batch])
            some_stills = np.sort(random.choice(stills.count, settings.stills, replace=False))
            loss, _ = _loss(objective, model, temporal_module, clips, some_clips, settings.feature_noise)
            still_loss, _ = _loss(
                objective, model, temporal_module, stills, some_stills, settings.feature_noise
            )
            optimiser.zero_grad()
            (loss + still_loss).backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
        scores = measure(model, temporal_module, objective, held_out)
        words = " ".join(f"{name} {share:.2f}" for name, share in scores.items())
        log.info(
            "alignment epoch %d, %.0f s: loss %.2f, %s",
            epoch + 1,
            time.monotonic() - started,
            loss.item(),
            words,
        )
    model.alignment.eval()
    temporal_module.eval()
    return scores


def _loss(
    objective: AlignmentObjective,
    model: CompactImageLLM,
    temporal_module: CopyTemporalModule,
    material: Material,
    numbers: np.ndarray,
    noise: float,
) -> tuple[Tensor, dict[str, float]]:
    """(loss, accuracies by stretch and group) of these clips or stills."""
    spatial, temporal, cells = (with_noise(part, noise) for part in tensors(material.features, numbers))
    rows = torch.from_numpy(numbers)
    with torch.autocast("cpu", torch.bfloat16):
        space = model.alignment(spatial)  # Shape: (B, N, K)
        time_ = temporal_module(temporal, cells, unit_seconds(len(rows), material.frames))  # Shape: (B, T, K)
    of_space, right_in_space = objective(
        space.float(), {group: labels[rows] for group, labels in material.labels.spatial.items()}
    )
    of_time, right_in_time = objective(
        time_.float(), {group: labels[rows] for group, labels in material.labels.temporal.items()}
    )
    right = {f"spatial {group}": share for group, share in right_in_space.items()}
    right |= {f"temporal {group}": share for group, share in right_in_time.items()}
    return of_space + of_time, right


@torch.no_grad()
def measure(
    model: CompactImageLLM,
    temporal_module: CopyTemporalModule,
    objective: AlignmentObjective,
    material: Material,
) -> dict[str, float]:
    """Accuracy of the nearest prototype, by stretch and group."""
    _, right = _loss(objective, model, temporal_module, material, np.arange(material.count), noise=0.0)
    return right
