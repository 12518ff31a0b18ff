"""Pooled features on disk, found by content.

The key is a hash of everything that changes the result: the video's bytes, the sampling plan, the Image LLM's
fingerprint. Entries are written atomically, a damaged one counts as absent, the folder stays below a number
of bytes (least recently used first to go), and two requests for one key compute once. What cannot be written
is made again when it is asked for again.
"""

import hashlib
import json
import logging
import threading
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save_file
from torch import Tensor

from core.features.pooling import PooledFeatures
from core.kept import as_far_as_possible, make_room, replacing, sweep, used_now
from core.video.sampling import SamplingPlan

FORMAT = 4  # raise it when the meaning of an entry changes
EXTRA = "extra."  # before the names of a clip's extras
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredClip:
    """One entry: the features, thumbnails, and the clip's facts as plain JSON."""

    features: PooledFeatures
    thumbnails: Tensor  # uint8 [T, h, w, 3], the sampled frames, small
    facts: dict[str, Any]


def feature_key(sha256: str, plan: SamplingPlan, fingerprint: str) -> str:
    """The name of an entry: 64 hexadecimal digits."""
    settings = {"format": FORMAT, "sha256": sha256, "plan": asdict(plan), "model": fingerprint}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


class FeatureStore:
    """A folder of entries. Thread-safe, and safe with other processes on the same folder."""

    def __init__(self, folder: Path, max_bytes: int | None) -> None:
        """max_bytes: None sets no limit."""
        self.folder = folder
        self.max_bytes = max_bytes
        with as_far_as_possible(folder):
            folder.mkdir(parents=True, exist_ok=True)
            sweep(folder)
        self._computing: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def __contains__(self, key: str) -> bool:
        """Whether there is an entry, damaged or not."""
        return self._path(key).exists()

    def discard(self, key: str) -> None:
        """An entry that is of no use any more; nothing where there is none."""
        self._path(key).unlink(missing_ok=True)

    def get(self, key: str) -> StoredClip | None:
        """The entry, or None where there is none or it is damaged."""
        path = self._path(key)
        try:
            with safe_open(path, framework="np") as file:
                metadata = file.metadata()
            # Not file.get_tensor: torch calls Python in it and turns a Ctrl-C there into a ValueError.
            tensors = load(path.read_bytes())
            if metadata["checksum"] != _checksum(tensors):
                raise ValueError("its checksum is wrong")
            if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
                raise ValueError("it has what is no number")
            facts = json.loads(metadata["facts"])
            grid = json.loads(metadata["grid"])
            pooled: dict[str, Any] = {
                name: tensors[name] for name in ("spatial", "temporal", "cells", "seconds")
            }
            extras = {
                name.removeprefix(EXTRA): tensor for name, tensor in tensors.items() if name.startswith(EXTRA)
            }
            features = PooledFeatures(**pooled, grid=tuple(grid) if grid else None, extras=extras)
            entry = StoredClip(features, tensors["thumbnails"], facts)
        except FileNotFoundError:
            return None
        except (SafetensorError, OSError, KeyError, TypeError, ValueError) as error:
            _log.warning("entry %s is damaged and will be made again: %s", key, error)
            return None
        used_now(path)
        return entry

    def get_or_compute(self, key: str, compute: Callable[[], StoredClip]) -> tuple[StoredClip, bool]:
        """(entry, whether it was already there). Others who want the same key wait for the first."""
        with self._lock:
            lock = self._computing.setdefault(key, threading.Lock())
        with lock:
            try:
                if (entry := self.get(key)) is not None:
                    return entry, True
                entry = compute()
                with as_far_as_possible(self.folder):
                    self._put(key, entry)
                return entry, False
            finally:
                with self._lock:
                    self._computing.pop(key, None)

    def _put(self, key: str, entry: StoredClip) -> None:
        features = entry.features
        tensors = {
            "spatial": features.spatial,
            "temporal": features.temporal,
            "cells": features.cells,
            "seconds": features.seconds,
            "thumbnails": entry.thumbnails,
        }
        tensors |= {EXTRA + name: tensor for name, tensor in features.extras.items()}
        path = self._path(key)
        with replacing(path) as temporary:
            contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
            metadata = {
                "facts": json.dumps(entry.facts),
                "grid": json.dumps(features.grid),
                "checksum": _checksum(contiguous),
            }
            try:
                save_file(contiguous, temporary, metadata=metadata)
            except SafetensorError as error:  # as which it tells what the disk says
                raise OSError(str(error)) from error
        if self.max_bytes is not None:
            make_room(self.folder, "*.safetensors", self.max_bytes, path)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.safetensors"


def _checksum(tensors: dict[str, Tensor]) -> str:
    """Of all bytes: a disk that flips a bit leaves a well-formed file."""
    value = 0
    for name in sorted(tensors):
        value = zlib.crc32(tensors[name].contiguous().view(torch.uint8).numpy().data, value)
    return f"{value:08x}"
