"""The photograph gate of g and g_t: a classifier that decides how much the ImageNet head counts.

A logistic regression on standardised features, of patches and frames for g, of the frames' foci for g_t. It
is fitted after step 0, changes nothing else, and takes seconds.
"""

import logging

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.alignment import OBJECT, WordSpaceAlignment
from core.compact.model import CompactImageLLM
from core.compact.temporal_module import CompactOverTime, CompactTemporalModule
from core.lab.training.initialisation import copy_of_g
from core.lab.training.material import Material, TrainingMaterial, tensors, unit_seconds

log = logging.getLogger(__name__)

STEPS = 100
DECAY = 1e-3  # of the squared weights, summed
MOST = 8000  # pictures of each kind that are used
PATCHES = 3  # of each picture, chosen at random


def fit_photograph_gate(
    model: CompactImageLLM,
    temporal_module: CompactTemporalModule,
    material: TrainingMaterial,
    kept_back: float,
    seed: int,
) -> None:
    """Fit the gates of g, of g_t and of its copy of g, in place, and set the weight of the ImageNet head.

    kept_back: the share of the material, from the end, that is left for step 1.
    """
    generator = torch.Generator().manual_seed(seed)
    clips, stills, photos = material.ranges(0, 1 - kept_back)
    sources = ((material.clips, clips), (material.stills, stills), (material.photos, photos))
    seen = [_seen(temporal_module, of_kind, numbers, generator) for of_kind, numbers in sources]
    copy = copy_of_g(temporal_module)
    for name, part, tokens in (
        ("patches and frames", model.alignment, [torch.cat([patches, means]) for patches, means, _ in seen]),
        ("foci of frames", copy, [foci for _, _, foci in seen]),
    ):
        wanted = torch.cat(
            [torch.full((len(each),), float(each is tokens[-1])) for each in tokens]
        )  # Shape: (n,)
        right = _fit(part, torch.cat(tokens), wanted)
        log.info("%s of photographs known as such: %.3f, of drawings: %.3f", name, *right)
        if head := part.heads.by_group().get(OBJECT):
            part.class_weight.data.copy_(head.weight.data)
    if isinstance(temporal_module, CompactOverTime) and temporal_module.whole:
        temporal_module.whole.load_state_dict(copy.photograph.state_dict())


@torch.no_grad()
def _seen(
    temporal_module: CompactTemporalModule, material: Material, numbers: range, generator: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Of these clips or stills: some patches [n, D], the means and the foci of all frames [m, D]."""
    chosen = np.array(numbers)[:: max(1, len(numbers) // MOST)]
    patches, means, foci = [], [], []
    for part in np.array_split(chosen, max(1, len(chosen) // 250)):
        spatial, temporal, cells = tensors(material.features, part)
        some = torch.randint(spatial.shape[1], (PATCHES,), generator=generator)
        patches.append(spatial[:, some].flatten(0, 1))  # Shape: (B, patches, D) -> (n, D)
        means.append(temporal.flatten(0, 1))  # Shape: (B, T, D) -> (m, D)
        focus, _ = temporal_module.seen(temporal, cells, unit_seconds(*temporal.shape[:2]))
        foci.append(focus.flatten(0, 1))  # Shape: (B, T, D) -> (m, D)
    return torch.cat(patches), torch.cat(means), torch.cat(foci)


def _fit(part: WordSpaceAlignment, tokens: Tensor, wanted: Tensor) -> tuple[float, float]:
    """tokens [n, D], wanted [n] in {0, 1}: the accuracy on each kind, photographs first."""
    layer = part.photograph
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    with torch.no_grad():
        even = part.standardise(tokens)  # Shape: (n, D)
    weights = torch.where(wanted > 0, (wanted == 0).sum() / (wanted > 0).sum(), 1.0)  # both count the same
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        said = layer(even)[:, 0]  # Shape: (n,)
        wrong = F.binary_cross_entropy_with_logits(said, wanted, weights)
        total = wrong + DECAY * layer.weight.square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    with torch.no_grad():
        right = (layer(even)[:, 0] > 0) == (wanted > 0)
    return right[wanted > 0].float().mean().item(), right[wanted == 0].float().mean().item()
