"""Low-rank updates of linear layers and 1 x 1 convolutions (LoRA, arXiv 2106.09685): attached to train,
merged to use.
"""

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

LLM_LAYERS = ("q_proj", "v_proj", "o_proj", "up_proj", "down_proj")


class LoraLayer(nn.Module):
    """A frozen layer plus scale * B A, with A [rank, in] and B [out, rank] trained in float32."""

    def __init__(self, base: nn.Linear | nn.Conv2d, rank: int, scale: float) -> None:
        super().__init__()
        self.base, self.scale = base, scale
        outputs, inputs = base.weight.shape[:2]
        self.a = nn.Parameter(torch.empty(rank, inputs))
        self.b = nn.Parameter(torch.zeros(outputs, rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.a.to(x.dtype), (self.scale * self.b).to(x.dtype)
        if isinstance(self.base, nn.Linear):
            return self.base(x) + F.linear(F.linear(x, a), b)
        return F.conv2d(x, self.base.weight + (b @ a).view_as(self.base.weight), self.base.bias)


def layers_called(model: nn.Module, leaves: Iterable[str]) -> list[str]:
    """The full names of the model's layers whose own names are among `leaves`."""
    wanted = set(leaves)
    return [name for name, _ in model.named_modules() if name.rpartition(".")[2] in wanted]


def attach(model: nn.Module, layers: Iterable[str], rank: int, scale: float) -> dict[str, LoraLayer]:
    """Replace each of these layers by its LoraLayer; returns them by their layer's name."""
    attached = {}
    for name in layers:
        parent_name, _, leaf = name.rpartition(".")
        layer = model.get_submodule(name)
        assert isinstance(layer, nn.Linear | nn.Conv2d), "only these have an update"
        attached[name] = LoraLayer(layer, rank, scale)
        setattr(model.get_submodule(parent_name), leaf, attached[name])
    return attached


def state(attached: dict[str, LoraLayer]) -> dict[str, Tensor]:
    """What `merge` needs: "<layer>.a" and "<layer>.b"."""
    return {
        f"{name}.{part}": getattr(layer, part).detach() for name, layer in attached.items() for part in "ab"
    }


@torch.no_grad()
def begin_with(attached: dict[str, LoraLayer], updates: dict[str, Tensor]) -> None:
    """Attached updates begin as these, named as `state` names them. Raises ValueError where ranks differ."""
    for key, values in state(attached).items():
        if updates[key].shape != values.shape:
            raise ValueError(f"{key} is {list(updates[key].shape)}, not {list(values.shape)}")
        values.copy_(updates[key])


def updated(weight: Tensor, updates: dict[str, Tensor], layer: str, scale: float) -> Tensor:
    """W + scale * B A, in W's own shape and type; W itself where the layer has no update."""
    if f"{layer}.a" not in updates:
        return weight
    update = updates[f"{layer}.b"].float() @ updates[f"{layer}.a"].float()  # Shape: (out, in)
    return weight + (scale * update).to(weight.dtype).view_as(weight)


def merge(model: nn.Module, updates: dict[str, Tensor], scale: float) -> None:
    """Add the updates to the weights of the model's layers, in place."""
    for layer in sorted({key.rpartition(".")[0] for key in updates}):
        weight = model.get_parameter(f"{layer}.weight")
        weight.data = updated(weight.data, updates, layer, scale)
