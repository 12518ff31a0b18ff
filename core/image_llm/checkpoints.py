"""Checkpoints on disk and on the hub: which folder, which family, how large, which fingerprint.

A checkpoint is a folder as transformers writes it: config.json, *.safetensors, tokenizer, image processor.
Files of the hub come through huggingface_hub, which honours HF_HUB_OFFLINE, keeps what it has downloaded and
shows its own progress bars.
"""

import hashlib
import json
import math
import re
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import ModelError
from core.progress import Progress

SMALL_FILES = ["*.json", "*.jinja", "*.model", "*.txt"]
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
SAMPLE = 4096  # bytes of each tensor that enter the fingerprint


@dataclass(frozen=True)
class Checkpoint:
    """A folder with all files of a checkpoint."""

    name: str | Path  # a hub id; a folder as a Path, because a page shows of one its last part only
    folder: Path
    config: dict[str, Any]
    weights: tuple[Path, ...]  # *.safetensors, or *.bin where the user allowed pickles

    @property
    def numbers(self) -> int:
        """How many parameters it has. Of pickles, as many as bfloat16 would make of their bytes."""
        return sum(
            _numbers(path) if path.suffix == ".safetensors" else path.stat().st_size // 2
            for path in self.weights
        )

    def fingerprint(self, family: str) -> str:
        """Of the weights and of whatever shapes what is done with pictures.

        Large weights are not read whole: the start of every tensor distinguishes a fine-tuned model from its
        base.
        """
        digest = hashlib.sha256(family.encode())
        names = ("config.json", "preprocessor_config.json", "processor_config.json")
        for path in (self.folder / name for name in names):
            if path.exists():
                digest.update(path.read_bytes())
        for path in self.weights:
            digest.update(_sampled(path) if path.suffix == ".safetensors" else _whole(path))
        return f"{family}-{digest.hexdigest()[:16]}"


def is_checkpoint_name(name: str) -> bool:
    """Whether this can be a folder here or a hub id, rather than a family's name mistyped."""
    return Path(name).is_dir() or HUB_ID.fullmatch(name) is not None


def read_config(folder: Path) -> dict[str, Any]:
    """The config.json of a checkpoint. Raises ModelError where there is none."""
    try:
        return dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError) as error:
        raise ModelError("no_checkpoint", path=folder) from error


def is_complete(folder: Path) -> bool:
    """Whether nothing of a checkpoint has to be downloaded any more; its weights as safetensors."""
    names = {path.name for path in folder.iterdir() if path.exists()}  # the cache holds links
    shards: set[str] = set()
    try:
        for index in folder.glob("*.safetensors.index.json"):
            shards |= set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, KeyError, ValueError):  # damaged is not complete
        return False
    return (
        {"config.json", "tokenizer_config.json", *shards} <= names
        and not names.isdisjoint({"preprocessor_config.json", "processor_config.json"})
        and any(name.endswith(".safetensors") for name in names)
    )


def find_checkpoint(
    name: str, allow_pickle: bool, check: Callable[[dict[str, Any]], object], progress: Progress
) -> Checkpoint:
    """The checkpoint in the folder `name`, or of that hub id, which is downloaded where it is not here yet.

    check: raises ModelError where the config.json is of no use, before weights are downloaded.
    """
    is_local = Path(name).is_dir()
    shown = Path(name) if is_local else name
    folder = Path(name) if is_local else _download(name, SMALL_FILES, progress)
    config = read_config(folder)
    check(config)
    for pattern in ["*.safetensors", *(["*.bin"] if allow_pickle else [])]:
        if not is_local:
            folder = _download(name, [*SMALL_FILES, pattern], progress)
        if weights := tuple(sorted(folder.glob(pattern))):
            return Checkpoint(shown, folder, config, weights)
    pickled = not is_local or any(folder.glob("*.bin"))
    raise ModelError("only_pickles" if pickled else "no_checkpoint", path=shown)


def _download(name: str, patterns: list[str], progress: Progress) -> Path:
    """The hub's files of these patterns, from the top folder only; what is here is not fetched again."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

    progress("downloading", 0.0)
    try:
        return Path(snapshot_download(name, allow_patterns=patterns, ignore_patterns=["*/*"]))
    except RepositoryNotFoundError as error:  # or the user has not been given access to it
        raise ModelError("not_on_hub", name=name) from error
    except (HfHubHTTPError, OSError) as error:  # no connection, HF_HUB_OFFLINE, a full disk
        raise ModelError("not_downloaded", name=name) from error


def _header(path: Path) -> tuple[int, dict[str, Any]]:
    """Where the numbers of a safetensors file begin, and its table of tensors."""
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(min(length, path.stat().st_size)))
    except (OSError, struct.error, ValueError) as error:
        raise ModelError("weights_damaged", path=path) from error
    header.pop("__metadata__", None)
    return 8 + length, header


def _numbers(path: Path) -> int:
    return sum(math.prod(tensor["shape"]) for tensor in _header(path)[1].values())


def _sampled(path: Path) -> bytes:
    start, header = _header(path)
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    with path.open("rb") as file:
        for tensor in header.values():
            begin, end = tensor["data_offsets"]
            file.seek(start + begin)
            digest.update(file.read(min(SAMPLE, end - begin)))
    return digest.digest()


def _whole(path: Path) -> bytes:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
