"""Temporal modules with layers over time: the copy of g, plus features of motion.

Pooling over space loses positions, and with them motion; so these also get a coarse grid of each frame.
"""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from core.features.pooling import CELLS
from core.features.temporal_module import TemporalModule, TemporalModuleConfig


class Standardise(nn.Module):
    """[..., D] -> [..., D]: each feature less its mean, by its deviation over training pictures.

    Some features vary a hundred times as much as others; without this, the layers after it learn ten times
    slower. The identity until the two are set.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.deviation: Tensor
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))

    def forward(self, tokens: Tensor) -> Tensor:
        return (tokens - self.mean) / self.deviation


class Focus(nn.Module):
    """Attention over the cells of a frame: moves its temporal token towards cells that show something.

    The mean over space of a frame with a small object is nearly that of its background. Starts as the mean.
    """

    def __init__(self, config: TemporalModuleConfig) -> None:
        super().__init__()
        self.score = zero_linear(config.patch_width, 1)

    def forward(self, temporal: Tensor, cells: Tensor, even: Tensor) -> Tensor:
        """temporal [B, T, D], cells [B, T, C, D], even: these standardised -> [B, T, D]."""
        weights = self.score(even).softmax(dim=2)  # Shape: (B, T, C, 1)
        return temporal + ((weights - 1 / cells.shape[2]) * cells).sum(dim=2)  # Shape: (B, T, D)


class FrameInput(nn.Module):
    """One vector per frame: its focus, its coarse grid, the difference of that from the clip's, its time."""

    def __init__(self, config: TemporalModuleConfig) -> None:
        super().__init__()
        self.cell = nn.Linear(config.patch_width, config.cell_width)
        self.mean = nn.Linear(config.patch_width, config.hidden_width)
        self.grid = nn.Linear(2 * CELLS * CELLS * config.cell_width, config.hidden_width)
        self.time = nn.Linear(2 * len(_TIME_FREQUENCIES), config.hidden_width)

    def forward(self, temporal: Tensor, cells: Tensor, seconds: Tensor) -> Tensor:
        """temporal [B, T, D] and cells [B, T, C, D], standardised, seconds [B, T] -> [B, T, hidden]."""
        narrow = self.cell(cells).flatten(2)  # Shape: (B, T, C * cell_width)
        moving = narrow - narrow.mean(dim=1, keepdim=True)  # the difference from the clip's mean is motion
        grid = torch.cat([narrow, moving], dim=-1)  # Shape: (B, T, 2 * C * cell_width)
        return self.mean(temporal) + self.grid(grid) + self.time(_time_features(seconds))


class OverTime(TemporalModule):
    """The copy of g on each frame's focus, plus what layers over time add."""

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__(config, alignment)
        self.standardise = Standardise(config.patch_width)
        self.focus = Focus(config)
        self.frame_input = FrameInput(config)
        self.out = zero_linear(config.hidden_width, config.embedding_width)

    def run(self, frames: Tensor) -> Tensor:
        """The layers over time: [B, T, hidden] -> [B, T, hidden]."""
        raise NotImplementedError

    def seen(self, temporal: Tensor, cells: Tensor, seconds: Tensor) -> tuple[Tensor, Tensor]:
        """The focus of each frame [B, T, D], and the output of the layers over time [B, T, hidden]."""
        even = self.standardise(cells)  # Shape: (B, T, C, D)
        focus = self.focus(temporal, cells, even)  # Shape: (B, T, D)
        return focus, self.run(self.frame_input(self.standardise(focus), even, seconds))

    def forward(
        self, temporal: Tensor, cells: Tensor, seconds: Tensor, extras: Mapping[str, Tensor] | None = None
    ) -> Tensor:
        """As TemporalModule.forward, scaled to the length of the copy's tokens."""
        focus, hidden = self.seen(temporal, cells, seconds)
        copied = self.copy(focus)  # Shape: (B, T, K)
        return scaled_like(copied, copied + self.out(hidden))


class AttentionOverTime(OverTime):
    """`attention`: transformer layers."""

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__(config, alignment)
        layer = nn.TransformerEncoderLayer(
            config.hidden_width,
            config.heads,
            dim_feedforward=4 * config.hidden_width,
            dropout=0.0,
            activation="gelu",
            batch_first=True,
            norm_first=True,
        )
        self.over_time = nn.TransformerEncoder(layer, config.layers, enable_nested_tensor=False)

    def run(self, frames: Tensor) -> Tensor:
        return self.over_time(frames)


class GruOverTime(OverTime):
    """`gru`: a bidirectional recurrent layer."""

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__(config, alignment)
        self.over_time = nn.GRU(
            config.hidden_width, config.hidden_width // 2, config.layers, batch_first=True, bidirectional=True
        )

    def run(self, frames: Tensor) -> Tensor:
        return self.over_time(frames)[0]


def scaled_like(pattern: Tensor, tokens: Tensor) -> Tensor:
    """tokens [..., K] at the length of `pattern` [..., K], which is the length that the LLM is used to."""
    length = tokens.norm(dim=-1, keepdim=True).clamp(min=1e-6)  # a zero token stays zero
    return tokens * (pattern.norm(dim=-1, keepdim=True) / length)


# Frequencies of the sines that encode a frame's time, in turns per unit of relative time (0 to 16).
_TIME_FREQUENCIES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)


def _time_features(seconds: Tensor) -> Tensor:
    """seconds [B, T] -> [B, T, 2 * frequencies], float32: sinusoidal features of time.

    Time is relative to the clip's span (0 to 16), because motion is described from beginning to end.
    """
    span = (seconds[:, -1:] - seconds[:, :1]).clamp(min=1e-6)  # Shape: (B, 1)
    relative = ((seconds - seconds[:, :1]) / span * 16).float()  # Shape: (B, T)
    turns = relative[..., None] * relative.new_tensor(_TIME_FREQUENCIES) * 2 * torch.pi
    return torch.cat([turns.sin(), turns.cos()], dim=-1)  # Shape: (B, T, 2 * frequencies)


def zero_linear(inputs: int, outputs: int) -> nn.Linear:
    """A linear layer that gives zero before training."""
    linear = nn.Linear(inputs, outputs)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear
