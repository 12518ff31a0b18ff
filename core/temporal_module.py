"""g_t: the plug-and-play temporal module, from temporal tokens to the LLM's embedding space.

RED-VILLM (arXiv 2404.11865) keeps the Image LLM's alignment module g for spatial tokens and learns
a separate g_t for temporal tokens. It does not publish g_t's initialisation; ours: every kind below
starts as a copy of g (what is added to the copy starts at zero), so that the adapted model works
before any training.

* `copy`      the paper's form: g's architecture, applied to each temporal token alone
* `attention` the copy plus transformer layers over time that see a coarse grid of each frame;
              pooling over space loses where things are, and with it motion
* `gru`       the copy plus a recurrent layer over time, on the same input

A new kind is one class and one line in KINDS. Knows nothing of where its inputs come from.
"""

import copy
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from core.errors import ModelError
from core.pooling import CELLS, Looks
from core.word_head import Standardise, WordHeads, scaled_like

NO_PICTURE = -12.0  # before any training no frame is taken for a picture of its own: a share of 6e-6
CONFIG_FILE, WEIGHTS_FILE = "config.json", "model.safetensors"


@dataclass(frozen=True)
class TemporalModuleConfig:
    """What it takes to build a temporal module again."""

    kind: str  # one of KINDS
    model: str  # name of the Image LLM it was made for
    model_fingerprint: str  # of the Image LLM's own weights
    patch_width: int  # D
    embedding_width: int  # K
    hidden_width: int = 320  # of the layers over time
    layers: int = 2
    heads: int = 5
    cell_width: int = 24  # each of the C cells of a frame is narrowed to this
    word_heads: dict[str, int] = field(default_factory=dict)  # labels of each, by its group
    # Groups whose words, with what the layers over time have no word for, make a second token of each frame.
    # A small LLM reads "a cat" and "to the left" more easily side by side than laid over each other.
    second_token: list[str] = field(default_factory=list)


class CopyTemporalModule(nn.Module):
    """Each temporal token through its own copy of g."""

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__()
        self.config = config
        self.copy = copy.deepcopy(alignment)
        self.heads = WordHeads(config.hidden_width, {}, config.embedding_width)

    @property
    def tokens_per_frame(self) -> int:
        return 1

    def seen(self, temporal: Tensor, cells: Tensor, seconds: Tensor) -> tuple[Tensor, Tensor]:
        """What the copy of g is given [B, T, D], and what the word heads are given [B, T, ...]."""
        return temporal, temporal

    def forward(self, temporal: Tensor, cells: Tensor, seconds: Tensor, looks: Looks | None = None) -> Tensor:
        """temporal [B, T, D], cells [B, T, C, D], seconds [B, T] -> [B, T * tokens_per_frame, K].

        looks: at the frames, of an encoder that takes closer ones.
        """
        return self.copy(temporal, looks=looks) if looks else self.copy(temporal)


class Focus(nn.Module):
    """Moves a frame's temporal token towards those of its cells that show something.

    The mean over all space of a frame with a small object is nearly that of its background. Starts as the
    mean itself.
    """

    def __init__(self, config: TemporalModuleConfig) -> None:
        super().__init__()
        self.score = _zero_linear(config.patch_width, 1)

    def forward(self, temporal: Tensor, cells: Tensor, even: Tensor) -> Tensor:
        """temporal [B, T, D], cells [B, T, C, D], even: these standardised -> [B, T, D]."""
        weights = self.score(even).softmax(dim=2)  # Shape: (B, T, C, 1)
        return temporal + ((weights - 1 / cells.shape[2]) * cells).sum(dim=2)  # Shape: (B, T, D)


class FrameInput(nn.Module):
    """A vector a frame: its focus, its coarse grid, how that differs from the clip's, and its time."""

    def __init__(self, config: TemporalModuleConfig) -> None:
        super().__init__()
        self.cell = nn.Linear(config.patch_width, config.cell_width)
        self.mean = nn.Linear(config.patch_width, config.hidden_width)
        self.grid = nn.Linear(2 * CELLS * CELLS * config.cell_width, config.hidden_width)
        self.time = nn.Linear(2 * len(_TIME_FREQUENCIES), config.hidden_width)

    def forward(self, temporal: Tensor, cells: Tensor, seconds: Tensor) -> Tensor:
        """temporal [B, T, D] and cells [B, T, C, D], standardised, seconds [B, T] -> [B, T, hidden]."""
        narrow = self.cell(cells).flatten(2)  # Shape: (B, T, C * cell_width)
        moving = narrow - narrow.mean(dim=1, keepdim=True)  # what differs from the clip's mean is what moves
        grid = torch.cat([narrow, moving], dim=-1)  # Shape: (B, T, 2 * C * cell_width)
        return self.mean(temporal) + self.grid(grid) + self.time(_time_features(seconds))


@runtime_checkable
class SeesPictures(Protocol):
    """A g that can also tell what a whole picture shows, and what is to be seen in its cells."""

    def of_pictures(self, means: Tensor, cells: Tensor) -> Tensor:
        """means [..., D], cells [..., C, D] of pictures -> [..., K]."""

    def names_in(self, cells: Tensor) -> Tensor:
        """cells [..., C, D] of pictures -> what g itself takes as the names in each, [..., labels]."""


class OverTimeModule(CopyTemporalModule):
    """`attention` and `gru`: the copy of g on each frame's focus, plus what layers over time add.

    They add the words of their word heads (how things move, where they are, how many), and what has no word;
    or say some of it in a second token of each frame. A g that can look at whole pictures does so itself
    where `whole` says that a frame is one, as photographs are.
    """

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__(config, alignment)
        self.standardise = Standardise(config.patch_width)
        self.focus = Focus(config)
        self.frame_input = FrameInput(config)
        self._g = (alignment,)  # in a tuple, so that it is not one of this module's own parts
        self.whole = _zero_linear(config.patch_width, 1) if isinstance(alignment, SeesPictures) else None
        if self.whole:
            nn.init.constant_(self.whole.bias, NO_PICTURE)
        self.heads = WordHeads(config.hidden_width, config.word_heads, config.embedding_width)
        self.out = _zero_linear(config.hidden_width, config.embedding_width)

    @property
    def tokens_per_frame(self) -> int:
        return 2 if self.config.second_token else 1

    def run(self, frames: Tensor) -> Tensor:
        """The layers over time: [B, T, hidden] -> [B, T, hidden]."""
        raise NotImplementedError

    def seen(self, temporal: Tensor, cells: Tensor, seconds: Tensor) -> tuple[Tensor, Tensor]:
        """The focus of each frame [B, T, D], and what the layers over time make of it [B, T, hidden]."""
        even = self.standardise(cells)  # Shape: (B, T, C, D)
        focus = self.focus(temporal, cells, even)  # Shape: (B, T, D)
        return focus, self.run(self.frame_input(self.standardise(focus), even, seconds))

    def of_frames(self, focus: Tensor, temporal: Tensor, cells: Tensor, looks: Looks | None = None) -> Tensor:
        """What each frame shows: focus [B, T, D], temporal [B, T, D], cells [B, T, C, D] -> [B, T, K]."""
        (g,) = self._g
        if self.whole is None or not isinstance(g, SeesPictures):
            return self.copy(focus)
        in_focus = self.copy(focus, g.names_in(cells), looks)  # Shape: (B, T, K)
        whole = self.whole(self.standardise(focus)).sigmoid()  # Shape: (B, T, 1)
        return scaled_like(in_focus, torch.lerp(in_focus, g.of_pictures(temporal, cells), whole))

    def forward(self, temporal: Tensor, cells: Tensor, seconds: Tensor, looks: Looks | None = None) -> Tensor:
        """As of the copy; the layers over time see no looks."""
        focus, hidden = self.seen(temporal, cells, seconds)
        first, rest = self.of_frames(focus, temporal, cells, looks), self.out(hidden)  # Shape: (B, T, K) each
        if not self.config.second_token:
            return scaled_like(first, first + self.heads(hidden, rest))
        apart = {group: group in self.config.second_token for group in self.config.word_heads}
        added = self.heads(hidden, torch.zeros_like(first), [group for group in apart if not apart[group]])
        second = self.heads(hidden, rest, [group for group in apart if apart[group]])
        both = [scaled_like(first, first + added), scaled_like(first, second)]
        return torch.stack(both, dim=2).flatten(1, 2)  # Shape: (B, T, 2, K) -> (B, T * 2, K)


class AttentionTemporalModule(OverTimeModule):
    """Transformer layers over time."""

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


class GruTemporalModule(OverTimeModule):
    """A bidirectional recurrent layer over time."""

    def __init__(self, config: TemporalModuleConfig, alignment: nn.Module) -> None:
        super().__init__(config, alignment)
        self.over_time = nn.GRU(
            config.hidden_width, config.hidden_width // 2, config.layers, batch_first=True, bidirectional=True
        )

    def run(self, frames: Tensor) -> Tensor:
        return self.over_time(frames)[0]


KINDS: dict[str, type[CopyTemporalModule]] = {
    "copy": CopyTemporalModule,
    "attention": AttentionTemporalModule,
    "gru": GruTemporalModule,
}


def build_temporal_module(config: TemporalModuleConfig, alignment: nn.Module) -> CopyTemporalModule:
    """A new module of `config.kind`, started from g. Raises ModelError for an unknown kind."""
    if config.kind not in KINDS:
        raise ModelError("unknown_temporal_module", name=config.kind, known=", ".join(KINDS))
    return KINDS[config.kind](config, alignment)


def save_temporal_module(module: CopyTemporalModule, folder: Path) -> None:
    """config.json and model.safetensors (bfloat16) in `folder`."""
    save_parts(module.config, module.state_dict(), folder)


def save_parts(config: TemporalModuleConfig, state: dict[str, Tensor], folder: Path) -> None:
    """As save_temporal_module, of a module that is there as its settings and numbers only."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CONFIG_FILE).write_text(json.dumps(asdict(config), indent=2) + "\n", encoding="utf-8")
    save_file(
        {name: value.to(torch.bfloat16).contiguous() for name, value in state.items()}, folder / WEIGHTS_FILE
    )


def load_temporal_module(
    folder: Path, alignment: nn.Module, model: str, model_fingerprint: str
) -> CopyTemporalModule:
    """The module saved in `folder`, in float32. Raises ModelError where it is missing or another model's."""
    if not (folder / CONFIG_FILE).exists():
        raise ModelError("adapter_missing", path=folder)
    config = TemporalModuleConfig(**json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")))
    if config.model != model:
        raise ModelError("adapter_mismatch", path=folder, reason=f"{config.model}, not {model}")
    if config.model_fingerprint != model_fingerprint:
        raise ModelError("adapter_mismatch", path=folder, reason=f"other weights of {model}")
    module = build_temporal_module(config, alignment)
    try:
        state = {name: value.float() for name, value in load_file(folder / WEIGHTS_FILE).items()}
    except (OSError, SafetensorError) as error:
        raise ModelError("weights_damaged", path=folder / WEIGHTS_FILE) from error
    try:
        module.load_state_dict(state)
    except RuntimeError as error:  # other layers than this version has
        raise ModelError(
            "adapter_mismatch", path=folder, reason=f"not this version's {config.kind}"
        ) from error
    return module.eval()


# Turns per second of the sines that tell a frame's time: from one turn a minute to two a second.
_TIME_FREQUENCIES = (1 / 64, 1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2)


def _time_features(seconds: Tensor) -> Tensor:
    """seconds [B, T] -> [B, T, 2 * frequencies], float32: sines of the place within the clip.

    The time is taken relative to the clip's span (first frame 0, last frame 16), because motion is what
    happens from beginning to end, be it in two seconds or in thirty.
    """
    span = (seconds[:, -1:] - seconds[:, :1]).clamp(min=1e-6)  # Shape: (B, 1)
    relative = ((seconds - seconds[:, :1]) / span * 16).float()  # Shape: (B, T)
    turns = relative[..., None] * relative.new_tensor(_TIME_FREQUENCIES) * 2 * torch.pi
    return torch.cat([turns.sin(), turns.cos()], dim=-1)  # Shape: (B, T, 2 * frequencies)


def _zero_linear(inputs: int, outputs: int) -> nn.Linear:
    linear = nn.Linear(inputs, outputs)
    nn.init.zeros_(linear.weight)
    nn.init.zeros_(linear.bias)
    return linear
