"""Low-rank updates of the LLM's linear layers (LoRA, arXiv 2106.09685): attached to train, merged to use.

Knows nothing of what the updates are trained on.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


class LoraLinear(nn.Module):
    """A frozen linear layer plus scale * B A, with A [rank, in] and B [out, rank] trained in float32.

    The product is added to the weights and not to what they give: with thousands of tokens in a batch, one
    large multiplication took a CPU less time than that and two narrow ones beside it.
    """

    def __init__(self, base: nn.Linear, rank: int, scale: float) -> None:
        super().__init__()
        self.base, self.scale = base, scale
        self.a = nn.Parameter(torch.empty(rank, base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def forward(self, x: Tensor) -> Tensor:
        update = (self.scale * self.b).to(x.dtype) @ self.a.to(x.dtype)  # Shape: (out, in)
        return F.linear(x, self.base.weight + update, self.base.bias)


def attach(model: nn.Module, rank: int, scale: float) -> dict[str, LoraLinear]:
    """Replace every target layer by its LoraLinear; returns them by their layer's name."""
    attached = {}
    for name, layer in list(model.named_modules()):
        parent_name, _, leaf = name.rpartition(".")
        if leaf in TARGETS and isinstance(layer, nn.Linear):
            attached[name] = LoraLinear(layer, rank, scale)
            setattr(model.get_submodule(parent_name), leaf, attached[name])
    return attached


def state(attached: dict[str, LoraLinear]) -> dict[str, Tensor]:
    """What `merge` needs: "<layer>.a" and "<layer>.b"."""
    return {
        f"{name}.{part}": getattr(layer, part).detach() for name, layer in attached.items() for part in "ab"
    }


def merge(model: nn.Module, updates: dict[str, Tensor], scale: float) -> None:
    """Add the updates to the weights of the model's linear layers, in place."""
    for name in sorted({key.rpartition(".")[0] for key in updates}):
        weight = model.get_parameter(f"{name}.weight")
        update = updates[f"{name}.b"].float() @ updates[f"{name}.a"].float()  # Shape: (out, in)
        weight.data += (scale * update).to(weight.dtype)
