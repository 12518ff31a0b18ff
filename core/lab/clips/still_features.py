"""Features of stills from their trunk maps: as `dataset.make_features`, without drawing anything again."""

import json
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from core.compact.eyes import load_encoder
from core.compact.vision.frame_encoder import GRID, on_grid, prepared
from core.features.pooling import pool
from core.lab.clips.dataset import encoder_digest, shapes
from core.lab.clips.trunk_maps import Source

BATCH = 16


@torch.inference_mode()
def make_still_features(folder: Path, split: str, source: Source, updates: dict[str, Tensor]) -> None:
    """Encode and pool the stills 0..n-1 of a split; features that are there already are kept."""
    count = sum(len(part.numbers) for part in source.values())
    done = folder / split / "features.json"
    digest = {"stills": count, "encoder": encoder_digest(updates)}
    if done.exists() and json.loads(done.read_text()) == digest:
        return
    network = prepared(load_encoder(), updates)
    (folder / split).mkdir(parents=True, exist_ok=True)
    done.unlink(missing_ok=True)
    files = {
        name: np.lib.format.open_memmap(folder / split / f"{name}.npy", "w+", np.float16, (count, *shape))
        for name, shape in shapes(split).items()
    }
    for part in source.values():
        for start in range(0, len(part.numbers), BATCH):
            maps = torch.from_numpy(part.maps[start : start + BATCH].astype(np.float32))
            patches = on_grid(network.tail(maps.contiguous(memory_format=torch.channels_last)))
            for number, x in zip(part.numbers[start : start + BATCH], patches, strict=True):
                pooled = pool(x[None], GRID, torch.zeros(1))  # of x [1, N, D]
                for name, file in files.items():
                    file[number] = getattr(pooled, name).numpy()
    for file in files.values():
        file.flush()
    done.write_text(json.dumps(digest))
