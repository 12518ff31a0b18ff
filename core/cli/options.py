"""Options that commands share: which model, how it is loaded, how many frames of a clip are sampled."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from core.cli.terminal import progress_bar, told_on_stderr
from core.image_llm.load_options import LoadOptions

if TYPE_CHECKING:
    from core.engine.decoding.turns import Turns
    from core.engine.opening import OpenedClip
    from core.engine.video_chat import VideoChat
    from core.video.sampling import SamplingPlan

ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="One of those that `models` lists, a hub id, or a folder with a checkpoint. "
        "Without it: the largest of our own that fits into the memory that is free.",
    ),
]
AdapterOption = Annotated[
    Path | None, typer.Option("--adapter", metavar="DIR", help="A trained temporal module for this model.")
]
DeviceOption = Annotated[
    str, typer.Option("--device", help="auto, cpu, cuda, cuda:1, mps; auto: GPUs where there are any.")
]
DtypeOption = Annotated[
    Literal["auto", "float32", "bfloat16", "float16"],
    typer.Option("--dtype", help="Number format; auto: bfloat16 where the hardware computes in it."),
]
BitsOption = Annotated[
    int | None, typer.Option("--bits", metavar="4|8", help="The LLM in so many bits a number (bitsandbytes).")
]
PickleOption = Annotated[
    bool, typer.Option("--allow-pickle", help="Load .bin weights too: opening one runs code that is in it.")
]
LowMemoryOption = Annotated[
    bool,
    typer.Option(
        "--low-memory",
        help="At most 8 pictures of a clip, small caches, our own smallest model if none is named.",
    ),
]
EngineOption = Annotated[
    Literal["own", "vllm"],
    typer.Option("--llm-engine", help="What writes the answers: the model's own LLM, or vLLM on a GPU."),
]
FramesOption = Annotated[
    int | None, typer.Option("--frames", metavar="T", help="How many pictures of a clip are looked at.")
]


@dataclass(frozen=True)
class ModelChoice:
    """Which model, and how it is loaded."""

    model: str | None
    adapter: Path | None
    options: LoadOptions


def load_chat(choice: ModelChoice, turns: "Turns | None" = None) -> "VideoChat":
    """The chosen model, loaded; progress and log messages go to stderr. turns: as VideoChat has them."""
    from core.engine.video_chat import VideoChat

    with told_on_stderr(), progress_bar() as progress:
        return VideoChat.load(
            choice.model, choice.adapter, progress=progress, options=choice.options, turns=turns
        )


def sampling_plan(frames: int | None) -> "SamplingPlan":
    from core.video.sampling import SamplingPlan

    return SamplingPlan() if frames is None else SamplingPlan(frames=frames)


def open_clip(chat: "VideoChat", path: Path, plan: "SamplingPlan") -> "OpenedClip":
    with progress_bar() as progress:
        return chat.open(path, plan, progress=progress)
