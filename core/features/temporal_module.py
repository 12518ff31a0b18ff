"""g_t: the plug-and-play temporal module, from temporal tokens to the LLM's embedding space.

RED-VILLM (arXiv 2404.11865) keeps the Image LLM's alignment module g for spatial tokens and learns
a separate g_t for temporal tokens. It does not publish g_t's initialisation; ours: every kind starts as a
copy of g (what is added to the copy starts at zero), so that the adapted model works untrained.
The kinds by name are in adapter.py.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class TemporalModuleConfig:
    """The settings that a temporal module is built from."""

    kind: str  # by name, see adapter.py
    model: str  # name of the Image LLM it was made for
    model_fingerprint: str  # of the Image LLM's own weights
    patch_width: int  # D
    embedding_width: int  # K
    hidden_width: int = 320  # of the layers over time
    layers: int = 2
    heads: int = 5
    cell_width: int = 24  # each of the C cells of a frame is narrowed to this
    options: dict[str, Any] = field(default_factory=dict)  # of a kind that needs more


class TemporalModule(nn.Module):
    """`copy`, the paper's form: each temporal token through its own copy of g."""

    tokens_per_frame = 1

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__()
        self.config = config
        self.copy = copy.deepcopy(alignment)

    def forward(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """temporal [B, T, D], cells [B, T, C, D], seconds [B, T] -> [B, T * tokens_per_frame, K].

        extras: `PatchFeatures.extras` of the model's encoder, with B before their shape.
        """
        return self.copy(temporal)
