"""The parts of compact that see, a few numbers wide and of random weights."""

from types import SimpleNamespace

import torch
from torch import nn

import core.compact.temporal_module  # noqa: F401 (its kinds)
from core.compact.alignment import PatchPlaces, WordSpaceAlignment
from core.features.adapter import build_temporal_module
from core.features.temporal_module import TemporalModuleConfig

WIDTH = 6  # D and K


def tiny_compact(labels: int) -> SimpleNamespace:
    """g, the patches' places and g_t of a model that tells so many objects apart."""
    g = WordSpaceAlignment(
        torch.zeros(5, WIDTH), torch.zeros(5), torch.randn(5, WIDTH), labels={"object": labels}
    )
    options = {"word_heads": {"object": labels}}
    nn.init.normal_(g.heads.by_group()["object"].words)
    config = TemporalModuleConfig("compact-attention", "tiny", "", WIDTH, WIDTH, options=options)
    model = SimpleNamespace(
        alignment=g, places=PatchPlaces(4, WIDTH), temporal_module=build_temporal_module(config, g)
    )
    for part in vars(model).values():
        for parameter in part.parameters():
            nn.init.normal_(parameter)
    return model
