"""Step 0 of training: projected tokens learn to lie near the words of what they show. No LLM runs.

For every token we know from the scene what it shows: the object, the colour behind it, how it moves,
where it is, how many there are. Objects are learned by g's head of concepts, which mixes their words. Each of
the others is a closed list of *prototypes* in the LLM's embedding space, and a token is trained by
cross-entropy over its cosine similarities with them. It costs milliseconds a clip, and the LLM then finds in
the visual prefix what it would find in words.

Knows nothing of questions or of generation.
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

from core.image_llm.compact.alignment import WordSpaceAlignment
from core.image_llm.compact.model import CompactImageLLM
from core.image_llm.compact.words import word_embedding
from core.temporal_module import CopyTemporalModule
from core.training.material import Lesson, Material, lesson, montage_lesson, unit_seconds, with_noise
from core.training.montage import sample_montage
from core.training.token_labels import NO_OBJECT, NOTHING
from core.training.words import COLOURS, COUNTS, MOTIONS, PLACES, concepts

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class AlignmentSettings:
    steps: int = 420
    clips: int = 48  # rendered clips in a step
    montages: int = 32  # in a step
    stills: int = 160  # in a step
    background_share: float = 0.15  # share of the spatial tokens without an object that are looked at
    learning_rate: float = 1e-3
    concept_rate: float = 3e-3  # learning rate of g's head of concepts
    weight_decay: float = 0.02
    feature_noise: float = 0.15  # share of each feature's own spread
    seed: int = 0


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

    def forward(
        self, tokens: Tensor, concepts: Tensor, labels: dict[str, Tensor]
    ) -> tuple[Tensor, dict[str, float]]:
        """tokens [..., K], concept logits [..., C + 1], labels group -> [...]: (loss, accuracy by group)."""
        loss, right = tokens.new_zeros(()), {}
        for group, wanted in labels.items():
            known = wanted != NOTHING
            if not known.any():
                continue
            logits = concepts[known] if group == "object" else self.logits(tokens[known], group)
            loss = loss + F.cross_entropy(logits, wanted[known], label_smoothing=0.05)
            right[group] = _accuracy(logits, wanted[known])
        return loss, right


def _accuracy(logits: Tensor, wanted: Tensor) -> float:
    """How often the largest logit is the wanted one, where an object or a word is wanted."""
    shown = wanted != NO_OBJECT
    return (logits.argmax(dim=-1) == wanted)[shown].float().mean().item()


def copy_of_g(temporal_module: CopyTemporalModule) -> WordSpaceAlignment:
    """The copy of compact's g within g_t."""
    assert isinstance(temporal_module.copy, WordSpaceAlignment), "g_t was made for compact"
    return temporal_module.copy


@torch.no_grad()
def prepare(model: CompactImageLLM, temporal_module: CopyTemporalModule, stills: Material) -> None:
    """Tell g and g_t the mean and the deviation of every feature, and let their heads speak."""
    spread = range(0, len(stills.scenes), max(1, len(stills.scenes) // 1500))
    features = torch.from_numpy(stills.features.spatial[np.array(spread)]).float().flatten(0, 1)
    for module in (model.alignment, copy_of_g(temporal_module)):
        module.mean.copy_(features.mean(dim=0))
        module.deviation.copy_(features.std(dim=0) + 1e-3)
        module.concepts.bias.zero_()


def align(
    model: CompactImageLLM,
    temporal_module: CopyTemporalModule,
    clips: Material,
    stills: Material,
    settings: AlignmentSettings,
    held_out: Material,
    kept_back: float = 0.0,
) -> dict[str, float]:
    """Train g and g_t in place; returns accuracies on held-out clips.

    kept_back: the share of clips and stills, from the end, that is left for step 1.
    """
    torch.manual_seed(settings.seed)
    random = Random(settings.seed)
    objective = AlignmentObjective(model)
    prepare(model, temporal_module, stills)
    parameters = [*model.alignment.parameters(), *temporal_module.parameters(), *objective.parameters()]
    heads = [*model.alignment.concepts.parameters(), *copy_of_g(temporal_module).concepts.parameters()]
    of_heads = {id(parameter) for parameter in heads}
    groups: list[dict[str, Any]] = [
        {"params": [each for each in parameters if id(each) not in of_heads]},
        {"params": heads, "weight_decay": 0.05},
    ]
    optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [settings.learning_rate, settings.concept_rate], total_steps=settings.steps, pct_start=0.1
    )
    usable = {id(each): range(round(len(each.scenes) * (1 - kept_back))) for each in (clips, stills)}
    model.alignment.train()
    temporal_module.train()
    started = time.monotonic()
    for step in range(1, settings.steps + 1):
        of_clips, of_stills = usable[id(clips)], usable[id(stills)]
        montages = [sample_montage(random, stills.scenes, of_stills) for _ in range(settings.montages)]
        lessons = [
            lesson(clips, np.array(sorted(random.sample(of_clips, settings.clips)))),
            montage_lesson(stills, montages),
            lesson(stills, np.array(sorted(random.sample(of_stills, settings.stills)))),
        ]
        loss = torch.zeros(())
        for each in lessons:
            objects = each.labels.spatial["object"]  # Shape: (B, N)
            shows = (objects != NOTHING) & (objects != NO_OBJECT)
            looked_at = shows | (torch.rand(objects.shape) < settings.background_share)
            loss = loss + _loss(objective, model, temporal_module, each, looked_at, settings.feature_noise)[0]
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        schedule.step()
        if step % 100 == 0 or step == settings.steps:
            scores = measure(model, temporal_module, objective, held_out)
            words = " ".join(f"{name} {share:.2f}" for name, share in scores.items())
            log.info(
                "alignment step %d, %.0f s: loss %.2f, %s",
                step,
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
    batch: Lesson,
    looked_at: Tensor,
    noise: float,
) -> tuple[Tensor, dict[str, float]]:
    """(loss, accuracies by stretch and group) of a lesson; looked_at: [B, N], which spatial tokens count."""
    spatial, temporal, cells = (
        with_noise(part, noise) for part in (batch.spatial, batch.temporal, batch.cells)
    )
    with torch.autocast("cpu", torch.bfloat16):
        space = model.alignment(spatial[looked_at])  # Shape: (tokens, K)
        time_ = temporal_module(temporal, cells, unit_seconds(*temporal.shape[:2]))  # Shape: (B, T, K)
        in_space = model.alignment.concept_logits(spatial[looked_at])  # Shape: (tokens, C + 1)
        in_time = copy_of_g(temporal_module).concept_logits(temporal_module.seen(temporal, cells))
    of_space, right_in_space = objective(
        space.float(),
        in_space.float(),
        {group: labels[looked_at] for group, labels in batch.labels.spatial.items()},
    )
    of_time, right_in_time = objective(time_.float(), in_time.float(), batch.labels.temporal)
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
    batch = lesson(material, np.arange(len(material.scenes)))
    everything = torch.ones(batch.spatial.shape[:2], dtype=torch.bool)
    _, right = _loss(objective, model, temporal_module, batch, everything, noise=0.0)
    return right
