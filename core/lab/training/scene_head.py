"""The scene head: logistic regressions on the encoder's features of photographs that were labelled by hand.

There are few, so each is seen in several versions (parts of it, small, blurred by compression, as video
is), and what a label needs to be said is set on photographs that its weights were not fitted to.
"""

import io
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.compact.eyes import load_encoder
from core.compact.trained_parts import WEIGHTS_FILE, below
from core.compact.vision.frame_encoder import FrameEncoder
from core.compact.words.names import scene_labels
from core.lab.art.scenes import ScenePhoto, scene_photos

log = logging.getLogger(__name__)

VERSIONS = 6  # of each photograph
FOLDS = 5
STEPS = 200
PRECISE = 0.85  # share of the photographs called so that are so, from which on a label is said
LARGEST = 640  # pixels, the longer side: a clip's frames are seldom larger
# Labels of the table that the head does not tell apart, by the head's.
ONE_OF = {
    "park": {"park", "garden"},
    "shore": {"beach", "sea"},
    "lake": {"lake", "river"},
    "sports": {"stadium", "gym"},
    "room": {"room", "bedroom"},
    "street": {"street", "road_place"},
    "water": {"water", "sea", "lake", "river"},
    "person": {"person", "people"},
}


@dataclass(frozen=True)
class SceneSettings:
    decay: float = 3e-4  # of the squared weights, summed over a label's
    seed: int = 0


def fit_scene_head(art: Path, eyes: Path, settings: SceneSettings) -> str:
    """Add the head to a folder of eyes like `assets/eyes`. A table of how it does on held-out ones."""
    state = load_file(eyes / WEIGHTS_FILE)
    encoder = FrameEncoder(load_encoder(), below(state, "encoder"))
    train, test = (scene_photos(art, split) for split in ("train", "test"))
    log.info("%d photographs, %d held out", len(train), len(test))
    random = Random(settings.seed)
    features = torch.stack([_features(encoder, photo, random) for photo in train])  # Shape: (n, V, D)
    held_out = torch.stack([_features(encoder, photo, None)[0] for photo in test])  # Shape: (m, D)
    wanted, right = _wanted(train), _wanted(test)  # Shape: (n, labels), (m, labels)
    mean, deviation = features.mean(dim=(0, 1)), features.std(dim=(0, 1)).clamp(min=1e-6)
    even = (features - mean) / deviation
    weight, bias = _fit(even, wanted, settings.decay)
    bias = bias - _needed(even, wanted, settings)
    weight, bias = weight / deviation, bias - weight @ (mean / deviation)
    state |= {"scene.classify.weight": weight.bfloat16(), "scene.classify.bias": bias.bfloat16()}
    save_file(state, eyes / WEIGHTS_FILE)
    return _table(F.linear(held_out, weight, bias) > 0, right > 0)


def _features(encoder: FrameEncoder, photo: ScenePhoto, random: Random | None) -> Tensor:
    """The means of versions of a photograph, or with None of itself alone. Shape: (V, D)."""
    with Image.open(photo.path) as opened:
        picture = opened.convert("RGB")
    picture.thumbnail((LARGEST, LARGEST))
    pictures = [picture] if random is None else [picture, *_versions(picture, random)]
    return torch.stack([encoder(np.array(each)[None]).x[0].mean(dim=0) for each in pictures])


def _versions(picture: Image.Image, random: Random) -> Iterator[Image.Image]:
    """Parts of it, mirrored or not, as small and as compressed as video often is."""
    for _ in range(VERSIONS - 1):
        share = random.uniform(0.65, 1.0)
        width, height = round(picture.width * share), round(picture.height * share)
        left, top = random.randint(0, picture.width - width), random.randint(0, picture.height - height)
        part = picture.crop((left, top, left + width, top + height))
        small = random.choice((160, 240, 320, LARGEST))
        part.thumbnail((small, small))
        if random.random() < 0.5:
            part = part.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        file = io.BytesIO()
        part.save(file, "JPEG", quality=random.choice((25, 40, 60, 90)))
        yield Image.open(file).convert("RGB")


def _wanted(photos: Sequence[ScenePhoto]) -> Tensor:
    """1.0 where a label is right. Shape: (n, labels)."""
    rows = [
        [float(bool(ONE_OF.get(label.key, {label.key}) & photo.labels)) for label in scene_labels()]
        for photo in photos
    ]
    return torch.tensor(rows)


def _fit(even: Tensor, wanted: Tensor, decay: float) -> tuple[Tensor, Tensor]:
    """even [n, V, D], wanted [n, labels] -> weight [labels, D], bias [labels]."""
    versions = even.shape[1]
    tokens, labels = even.flatten(0, 1), wanted.repeat_interleave(versions, dim=0)
    layer = torch.nn.Linear(tokens.shape[-1], wanted.shape[-1])
    torch.nn.init.zeros_(layer.weight)
    torch.nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(layer.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimiser.zero_grad()
        wrong = F.binary_cross_entropy_with_logits(layer(tokens), labels, reduction="none").mean(dim=0).sum()
        total = wrong + decay * layer.weight.square().sum()
        total.backward()
        return total

    optimiser.step(loss)
    return layer.weight.detach(), layer.bias.detach()


def _needed(even: Tensor, wanted: Tensor, settings: SceneSettings) -> Tensor:
    """The logit from which on each label is precise, on photographs left out of the fit. Shape: (labels,)."""
    order = torch.randperm(len(even), generator=torch.Generator().manual_seed(settings.seed))
    logits = torch.zeros_like(wanted)
    for fold in range(FOLDS):
        left_out = order[fold::FOLDS]
        rest = torch.cat([order[other::FOLDS] for other in range(FOLDS) if other != fold])
        weight, bias = _fit(even[rest], wanted[rest], settings.decay)
        logits[left_out] = F.linear(even[left_out].mean(dim=1), weight, bias)
    return torch.stack(
        [_precise_from(logits[:, label], wanted[:, label]) for label in range(wanted.shape[1])]
    )


def _precise_from(logits: Tensor, wanted: Tensor) -> Tensor:
    """The lowest logit above which `PRECISE` of all are right, but none under an even chance."""
    ordered, order = logits.sort(descending=True)
    right = wanted[order].cumsum(dim=0) / torch.arange(1, len(order) + 1)
    precise = (right >= PRECISE).nonzero()[:, 0]
    lowest = ordered[precise[-1]] if len(precise) else ordered[0] + 1.0
    return lowest.clamp(min=0.0)


def _table(said: Tensor, right: Tensor) -> str:
    """A row per label: how many held-out photographs have it, how many of the said do, how many are said."""
    lines = ["| label | photographs | precision | recall |", "|---|---|---|---|"]
    for number, label in enumerate(scene_labels()):
        both = int((said[:, number] & right[:, number]).sum())
        called, there = int(said[:, number].sum()), int(right[:, number].sum())
        lines.append(f"| {label.key} | {there} | {both}/{called} | {both}/{there} |")
    return "\n".join(lines)
