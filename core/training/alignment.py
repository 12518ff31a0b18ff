"""Step 0 of training: projected tokens learn to lie near the words of what they show. No LLM runs.

For every token we know from the scene what it shows: the object, the colour behind it, how it moves, where it
is, how many there are. Each of these is a closed list of *prototypes* in the LLM's embedding space, and a token
is trained by cross-entropy over its cosine similarities with them. It costs milliseconds a clip, and the LLM
then finds in the visual prefix what it would find in words.

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
from core.training.clips import FRAMES, ClipFeatures, scene
from core.training.render import frame_times
from core.training.scenes import Scene, place_of
from core.training.words import COLOURS, COUNTS, MOTIONS, PLACES, concepts

log = logging.getLogger(__name__)

NOTHING = -100  # the label that cross_entropy leaves out


@dataclass(frozen=True)
class AlignmentSettings:
    epochs: int = 12
    batch: int = 64  # clips
    learning_rate: float = 1e-3
    weight_decay: float = 0.02
    feature_noise: float = 0.1  # share of each feature's own spread
    seed: int = 0


@dataclass(frozen=True)
class TokenLabels:
    """What each token of each clip shows, as indices into the lists of words; NOTHING where that is unclear."""

    spatial: dict[str, Tensor]  # "object", "colour": [n, N]
    temporal: dict[str, Tensor]  # "object", "colour", "motion", "place", "count": [n, T]


GROUPS = {
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
    centre = model.language_model.get_input_embeddings().weight.data.mean(dim=0)
    random = torch.Generator().manual_seed(0)
    found = {}
    for group, pairs in table.items():
        rows = [
            sum(F.normalize(_word(model, word) - centre, dim=-1) for word in pair) for pair in pairs
        ]  # each of Shape: (K,)
        words = F.normalize(torch.stack(rows), dim=-1)  # Shape: (labels, K)
        if group != "object":
            own = F.normalize(torch.randn(words.shape, generator=random), dim=-1)
            words = F.normalize(words - words.mean(dim=0) + own, dim=-1)
        found[group] = words
    return found


def _word(model: CompactImageLLM, text: str) -> Tensor:
    return word_embedding(model.language_model, model.tokenizer, text)


def label_tokens(scenes: list[Scene]) -> TokenLabels:
    """The labels of the clips' tokens, from their scenes."""
    index = {group: {label: i for i, label in enumerate(labels)} for group, labels in GROUPS.items()}
    patches = GRID[0] * GRID[1]
    spatial = {name: torch.full((len(scenes), patches), NOTHING) for name in ("object", "colour")}
    temporal = {name: torch.full((len(scenes), FRAMES), NOTHING) for name in GROUPS}
    for number, clip in enumerate(scenes):
        colour = index["colour"][clip.background.colour]
        temporal["colour"][number] = colour
        shares, owners = _coverage(clip)
        spatial["colour"][number][shares < 0.5] = colour
        for patch in np.flatnonzero(shares > 0.2):
            spatial["object"][number][patch] = index["object"][owners[patch]]
        for frame, now in enumerate(frame_times(clip.duration, FRAMES)):
            seen = [(actor, where) for actor in clip.actors if (where := actor.place(float(now)))]
            if not seen:
                continue
            kinds = {actor.concept.id for actor, _ in seen}
            if len(kinds) == 1:
                temporal["object"][number, frame] = index["object"][seen[0][0].concept.id]
                temporal["motion"][number, frame] = index["motion"][seen[0][0].motion]
            if len(seen) == 1 and (place := place_of(*seen[0][1][:2])):
                temporal["place"][number, frame] = index["place"][place]
            temporal["count"][number, frame] = index["count"][len(seen)]
    return TokenLabels(spatial, temporal)


def _coverage(clip: Scene) -> tuple[np.ndarray, list[str]]:
    """For each patch: the share of time that an object covers it, at most, and whose id that is."""
    rows, columns = GRID
    unit = min(clip.aspect, 1 / clip.aspect) ** 0.5  # the shorter side, where the area is 1
    width, height = clip.aspect**0.5, clip.aspect**-0.5
    shares: dict[str, np.ndarray] = {}
    for now in frame_times(clip.duration, FRAMES):
        for actor in clip.actors:
            if (where := actor.place(float(now))) is None:
                continue
            x, y, size = where
            half_w, half_h = size * unit / width / 2, size * unit / height / 2
            across = _overlap(x - half_w, x + half_w, columns)  # Shape: (columns,)
            down = _overlap(y - half_h, y + half_h, rows)  # Shape: (rows,)
            covered = np.outer(down, across).ravel() / FRAMES  # Shape: (N,)
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
        self.register_buffer("centre", model.language_model.get_input_embeddings().weight.data.mean(dim=0).clone())
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
    picked = (np.ascontiguousarray(part[numbers]) for part in (features.spatial, features.temporal, features.cells))
    spatial, temporal, cells = (torch.from_numpy(part).float() for part in picked)
    return spatial, temporal, cells


def unit_seconds(batch: int) -> Tensor:
    """Times of the frames of clips of one second; temporal modules look at relative times only. [B, T]."""
    return torch.from_numpy(frame_times(1.0, FRAMES)).expand(batch, -1)


def align(
    model: CompactImageLLM,
    temporal_module: CopyTemporalModule,
    features: ClipFeatures,
    art: Path,
    count: int,
    settings: AlignmentSettings,
    held_out: tuple[ClipFeatures, int] | None = None,
) -> dict[str, float]:
    """Train g and g_t in place on the first `count` training clips; returns accuracies on held-out clips."""
    torch.manual_seed(settings.seed)
    random = np.random.default_rng(settings.seed)
    objective = AlignmentObjective(model)
    labels = label_tokens([scene(art, "train", number)[0] for number in range(count)])
    parameters = [*model.alignment.parameters(), *temporal_module.parameters(), *objective.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    steps = settings.epochs * (count // settings.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, total_steps=steps, pct_start=0.1)
    model.alignment.train()
    temporal_module.train()
    started = time.monotonic()
    for epoch in range(settings.epochs):
        order = random.permutation(count)
        for start in range(0, count - settings.batch + 1, settings.batch):
            numbers = np.sort(order[start : start + settings.batch])
            spatial, temporal, cells = (
                part + settings.feature_noise * part.std() * torch.randn_like(part)
                for part in tensors(features, numbers)
            )
            loss = torch.zeros(())
            rows = torch.from_numpy(numbers)
            for tokens, wanted in (
                (model.alignment(spatial), labels.spatial),
                (temporal_module(temporal, cells, unit_seconds(len(rows))), labels.temporal),
            ):
                part_loss, right = objective(tokens, {group: all_[rows] for group, all_ in wanted.items()})
                loss = loss + part_loss
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            schedule.step()
        log.info("alignment epoch %d: loss %.3f %s %.0f s", epoch + 1, loss.item(), right, time.monotonic() - started)
    model.alignment.eval()
    temporal_module.eval()
    return measure(model, temporal_module, objective, *held_out, art) if held_out else {}


@torch.no_grad()
def measure(
    model: CompactImageLLM,
    temporal_module: CopyTemporalModule,
    objective: AlignmentObjective,
    features: ClipFeatures,
    count: int,
    art: Path,
    split: str = "validation",
) -> dict[str, float]:
    """Accuracy of the nearest prototype, by stretch and group."""
    labels = label_tokens([scene(art, split, number)[0] for number in range(count)])
    spatial, temporal, cells = tensors(features, np.arange(count))
    _, of_space = objective(model.alignment(spatial), labels.spatial)
    _, of_time = objective(temporal_module(temporal, cells, unit_seconds(count)), labels.temporal)
    return {f"spatial {k}": v for k, v in of_space.items()} | {f"temporal {k}": v for k, v in of_time.items()}
