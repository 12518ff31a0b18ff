"""Training of the object detector: some thousand pictures, three minutes of steps, no classes.

It is trained last, on the features of an encoder that stays as it is.
"""

import logging
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.compact.eyes import load_encoder
from core.compact.vision.crops import ObjectDetector, middles
from core.compact.vision.frame_encoder import FRAME_AREA, FrameEncoder
from core.lab.clips.dataset import library, scene
from core.lab.clips.render import picture_size, render

log = logging.getLogger(__name__)

# Clips and stills of each split that are used, one moment of each.
PICTURES = {"stills": 1000, "distant": 900, "drawings": 600, "redrawn": 600, "train": 500, "wild": 500}
MIDST = 0.55  # a place within this distance of a thing's middle is inside it, in halves of the thing's size


@dataclass(frozen=True)
class DetectorSettings:
    steps: int = 1500
    pictures: int = 48  # in a step
    learning_rate: float = 2e-3
    held_out: float = 0.1  # share of the pictures that it is measured on
    seed: int = 0


@dataclass(frozen=True)
class Located:
    """Pictures of one shape, as the encoder's maps, with the places and sizes of things."""

    maps: Tensor  # float16 [n, D, h, w]
    things: list[Tensor]  # n of [things, 3]: x and y as fractions, size in shorter sides


def fit_detector(pictures: list[Located], settings: DetectorSettings) -> ObjectDetector:
    """Train a detector for the encoder that made these maps."""
    torch.manual_seed(settings.seed)
    random = Random(settings.seed)
    detector = ObjectDetector()
    _standardise(detector, pictures)
    optimiser = torch.optim.AdamW(detector.parameters(), settings.learning_rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, settings.learning_rate, settings.steps)
    learned = [_split(len(shape.things), settings.held_out)[0] for shape in pictures]
    for step in range(settings.steps):
        (number,) = random.choices(range(len(pictures)), [len(each) for each in learned])
        chosen = random.choices(learned[number], k=settings.pictures)
        loss = _loss(*_asked(detector, pictures[number], chosen, mirrored=random.random() < 0.5))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if (step + 1) % 250 == 0:
            measured = measure(detector, pictures, settings)
            log.info("detector, step %d: loss %.3f; %s", step + 1, loss.item(), measured)
    return detector.eval()


@torch.no_grad()
def measure(
    detector: ObjectDetector, pictures: list[Located], settings: DetectorSettings
) -> dict[str, float]:
    """On pictures held out: accuracy of "inside a thing", and median errors of x, y and log size."""
    found: list[dict[str, float]] = []
    for shape in pictures:
        if held := _split(len(shape.things), settings.held_out)[1]:
            found += [_measured(*_asked(detector, shape, held))] * len(held)
    return {name: sum(each[name] for each in found) / len(found) for name in found[0]}


def _split(count: int, held_out: float) -> tuple[list[int], list[int]]:
    """(numbers of the pictures for training, numbers of those held out)."""
    every = round(1 / held_out)
    return [n for n in range(count) if n % every], [n for n in range(count) if not n % every]


def located_pictures(art: Path, updates: dict[str, Tensor], share: float) -> list[Located]:
    """This share of PICTURES by the shape of their maps; updates: the encoder's."""
    encoder = FrameEncoder(load_encoder(), updates)
    maps: dict[tuple[int, int], list[Tensor]] = defaultdict(list)
    things: dict[tuple[int, int], list[Tensor]] = defaultdict(list)
    for split, count in PICTURES.items():
        for number in range(max(4, round(share * count))):
            clip, random = scene(art, split, 7 * number + 3)  # neighbours show the same thing
            now = clip.duration * Random(f"when-{split}-{number}").random()
            size = picture_size(clip.aspect, FRAME_AREA)
            frames = render(clip, library(art), np.array([now]), size, random)
            seen = encoder.maps(torch.from_numpy(frames))[0].half()  # Shape: (D, h, w)
            there = [where for actor in clip.actors if (where := actor.place(now))]
            shape = (seen.shape[1], seen.shape[2])
            maps[shape].append(seen)
            things[shape].append(torch.tensor(there).reshape(-1, 3))
        log.info("pictures of %s are there", split)
    return [Located(torch.stack(maps[shape]), things[shape]) for shape in maps]


def _standardise(detector: ObjectDetector, pictures: list[Located]) -> None:
    some = torch.cat([shape.maps[::4].float().movedim(1, -1).flatten(0, -2) for shape in pictures])
    detector.standardise.mean.copy_(some.mean(dim=0))  # Shape: (n, D) -> (D,)
    detector.standardise.deviation.copy_(some.std(dim=0).clamp(min=0.05))


def _wanted(things: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """things [k, 3] -> for each place the distance to the nearest thing's middle, in halves of its size, [h,
    w]; the offsets of that middle and the log of that size, [3, h, w]."""
    if not len(things):
        return torch.full((height, width), torch.inf), torch.zeros(3, height, width)
    rows, columns = middles(height, width)
    short = min(height, width)
    x, y, size = things.T[..., None, None]  # Shape: (k, 1, 1) each
    across, down = (x - columns) * width / short, (y - rows) * height / short  # Shape: (k, h|1, w|1)
    across, down = across.expand(-1, height, width), down.expand(-1, height, width)
    away = torch.maximum(across.abs(), down.abs()) / (size / 2)  # Shape: (k, h, w)
    near, which = away.min(dim=0)  # Shape: (h, w)
    every = torch.stack([across, down, size.log().expand_as(across)], dim=1)  # Shape: (k, 3, h, w)
    chosen = every.gather(0, which[None, None].expand(1, 3, -1, -1))[0]  # Shape: (3, h, w)
    return near, chosen


def _asked(
    detector: ObjectDetector, pictures: Located, numbers: list[int], mirrored: bool = False
) -> tuple[Tensor, Tensor, Tensor]:
    """For all places clearly inside or clearly outside things: the detector's logits and whether they are
    inside, [places] each; for those inside, the errors of its box, [n, 3]."""
    maps = pictures.maps[numbers].float()  # Shape: (B, D, h, w)
    height, width = maps.shape[-2:]
    if mirrored:
        maps = maps.flip(-1)
    inside, where = [], []
    for number in numbers:
        things = pictures.things[number].clone()
        if mirrored:
            things[:, 0] = 1 - things[:, 0]
        distance, box = _wanted(things, height, width)
        inside.append(distance)
        where.append(box)
    near, boxes = torch.stack(inside), torch.stack(where)  # Shape: (B, h, w), (B, 3, h, w)
    found = detector(maps)  # Shape: (B, 4, h, w)
    midst = near < MIDST
    clear = midst | (near > 1.1)  # places at a thing's rim are left out
    off = (found[:, 1:] - boxes).movedim(1, -1)[midst]  # Shape: (n, 3)
    return found[:, 0][clear], midst[clear], off


def _loss(logits: Tensor, midst: Tensor, off: Tensor) -> Tensor:
    seen = F.binary_cross_entropy_with_logits(logits, midst.float())
    return seen + F.smooth_l1_loss(off, torch.zeros_like(off), beta=0.05)


def _measured(logits: Tensor, midst: Tensor, off: Tensor) -> dict[str, float]:
    """Accuracy of "inside a thing", and median absolute errors."""
    measured = {"midst": ((logits > 0) == midst).float().mean().item()}
    if len(off):
        measured |= {name: off[:, i].abs().median().item() for i, name in enumerate(("x", "y", "size"))}
    return measured
