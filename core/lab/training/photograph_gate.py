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
from core.lab.training.initialisation import Sight
from core.lab.training.material import Material, TrainingMaterial, tensors, unit_seconds

log = logging.getLogger(__name__)

STEPS = 100
DECAY = 1e-3  # of the squared weights, summed
MOST = 8000  # pictures of each kind that are used
PATCHES = 3  # of each picture, chosen at random


def fit_photograph_gate(sight: Sight, material: TrainingMaterial, seed: int) -> None:
    """Fit the gates of g, of g_t and of its copy of g, in place, and set the weight of the ImageNet head."""
    generator = torch.Generator().manual_seed(seed)
    sources = (material.clips, material.stills, material.photos)
    seen = [_seen(sight, of_kind, generator) for of_kind in sources]
    for name, part, tokens in (
        ("patches and frames", sight.alignment, [torch.cat([patches, means]) for patches, means, _ in seen]),
        ("foci of frames", sight.copy, [foci for _, _, foci in seen]),
    ):
        kinds = [torch.full((len(each),), float(each is tokens[-1])) for each in tokens]
        right = _fit(part, torch.cat(tokens), torch.cat(kinds))
        log.info("%s of photographs known as such: %.3f, of drawings: %.3f", name, *right)
        part.class_weight.data.copy_(part.heads.by_group()[OBJECT].weight.data)
    sight.temporal_module.whole.load_state_dict(sight.copy.photograph.state_dict())


@torch.no_grad()
def _seen(sight: Sight, material: Material, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Of clips or stills: some patches [n, D], the means and the foci of all frames [m, D]."""
    count = len(material.scenes)
    chosen = np.arange(count)[:: max(1, count // MOST)]
    patches, means, foci = [], [], []
    for part in np.array_split(chosen, max(1, len(chosen) // 250)):
        spatial, temporal, cells = tensors(material.features, part)
        some = torch.randint(spatial.shape[1], (PATCHES,), generator=generator)
        patches.append(spatial[:, some].flatten(0, 1))  # Shape: (B, patches, D) -> (n, D)
        means.append(temporal.flatten(0, 1))  # Shape: (B, T, D) -> (m, D)
        focus, _ = sight.temporal_module.seen(temporal, cells, unit_seconds(*temporal.shape[:2]))
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
