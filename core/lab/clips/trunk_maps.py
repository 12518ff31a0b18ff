"""The outputs of the encoder's trunk for stills, on disk and in batches: what its tail is tuned on.

The trunk costs three quarters of the encoder's time and is never trained, so each still passes it once.
Stills of one shape lie in one file.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.compact.eyes import load_encoder
from core.compact.vision.efficientnet import TRUNK_WIDTH, normalise
from core.compact.vision.frame_encoder import FRAME_AREA, prepared
from core.lab.clips.dataset import library, scene, scene_digest
from core.lab.clips.render import frame_times, picture_size, render
from core.lab.questions.token_labels import TokenLabels, label_tokens

STRIDE = 16  # of the trunk


@dataclass(frozen=True)
class TrunkMaps:
    """All stills of one shape."""

    numbers: list[int]  # of the stills within their split
    maps: np.ndarray  # float16 [n, 120, h, w], memory-mapped
    labels: TokenLabels  # of [n, N] and [n, 1] tokens


Shape = tuple[int, int]  # (h, w) of a map
Source = dict[Shape, TrunkMaps]  # the stills of one split
Row = tuple[TrunkMaps, int]  # one still
Labels = dict[str, Tensor]  # group -> [B, N] or [B, 1]


def make_trunk_maps(art: Path, folder: Path, split: str, numbers: range, workers: int) -> Source:
    """The maps of these stills of a split by their shape (h, w); those that are there already are kept."""
    by_shape = _by_shape(art, split, numbers)
    folder = folder / split
    done = folder / "done.json"
    digest = f"{numbers} {FRAME_AREA} {scene_digest(art, split, *numbers[:64:7])}"
    if not done.exists() or json.loads(done.read_text()) != digest:
        folder.mkdir(parents=True, exist_ok=True)
        done.unlink(missing_ok=True)
        for shape, those in by_shape.items():
            np.lib.format.open_memmap(
                _file(folder, shape), "w+", np.float16, (len(those), TRUNK_WIDTH, *shape)
            )
        tasks = [(art, folder, split, by_shape, worker, workers) for worker in range(workers)]
        with get_context("spawn").Pool(workers) as pool_of_workers:
            pool_of_workers.map(_make_share, tasks)
        done.write_text(json.dumps(digest))
    return {
        shape: TrunkMaps(
            those,
            np.load(_file(folder, shape), mmap_mode="r"),
            label_tokens([scene(art, split, number)[0] for number in those], frames=1),
        )
        for shape, those in by_shape.items()
    }


def _file(folder: Path, shape: Shape) -> Path:
    return folder / f"{shape[0]}x{shape[1]}.npy"


@cache
def _shape(aspect: float) -> Shape:
    """(h, w) of the trunk's map of a still of this aspect."""
    height, width = picture_size(aspect, FRAME_AREA)
    return -(-height // STRIDE), -(-width // STRIDE)


def _by_shape(art: Path, split: str, numbers: range) -> dict[Shape, list[int]]:
    found: dict[Shape, list[int]] = defaultdict(list)
    for number in numbers:
        found[_shape(scene(art, split, number)[0].aspect)].append(number)
    return dict(found)


@torch.inference_mode()
def _make_share(task: tuple[Path, Path, str, dict[Shape, list[int]], int, int]) -> None:
    art, folder, split, by_shape, worker, workers = task
    torch.set_num_threads(1)
    network = prepared(load_encoder())
    for shape, numbers in by_shape.items():
        file = np.load(_file(folder, shape), mmap_mode="r+")
        for row in range(worker, len(numbers), workers):
            still, random = scene(art, split, numbers[row])
            size = picture_size(still.aspect, FRAME_AREA)
            pictures = render(still, library(art), frame_times(still.duration, 1), size, random)
            planes: Tensor = normalise(torch.from_numpy(pictures))  # Shape: (1, 3, H, W)
            file[row] = network.trunk(planes.contiguous(memory_format=torch.channels_last)).numpy()[0]
        file.flush()


@dataclass(frozen=True)
class Stills:
    """B stills of one shape."""

    maps: Tensor  # [B, 120, h, w]
    in_space: Labels
    in_time: Labels

    def labels_beside(self, others: "Stills") -> tuple[Labels, Labels]:
        """(labels of patches, labels of stills), of these stills followed by the others."""
        pairs = ((self.in_space, others.in_space), (self.in_time, others.in_time))
        in_space, in_time = (
            {group: torch.cat([mine[group], theirs[group]]) for group in mine} for mine, theirs in pairs
        )
        return in_space, in_time


def rows_by_shape(sources: Sequence[Source]) -> dict[Shape, list[Row]]:
    """Every still of these sources, among those of its shape."""
    rows: dict[Shape, list[Row]] = defaultdict(list)
    for source in sources:
        for shape, part in source.items():
            rows[shape] += [(part, row) for row in range(len(part.maps))]
    return rows


def taken(rows: list[Row]) -> Stills:
    """The stills of these rows, all of one shape."""
    maps = torch.from_numpy(np.stack([part.maps[row] for part, row in rows])).float()
    in_space, in_time = (
        {
            group: torch.stack([getattr(part.labels, kind)[group][row] for part, row in rows])
            for group in ("object", "colour")
        }
        for kind in ("spatial", "temporal")
    )
    return Stills(maps, in_space, in_time)
