"""`reeltalk train`: a temporal module for any Image LLM, from rows of instruction data."""

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from core.cli.terminal import print_json, progress_bar, told_on_stderr

if TYPE_CHECKING:
    from core.training.check import Needs
    from core.training.settings import TrainingSettings

DATA_HELP = (
    "Rows: JSON or JSON lines of LLaVA, VideoInstruct-100K, Valley, ms-swift, or ours. FILE:0.5 sees half of "
    "them in an epoch. More than one: a mixture."
)
DataOption = Annotated[list[str] | None, typer.Option("--data", metavar="FILE[:WEIGHT]", help=DATA_HELP)]
VideosOption = Annotated[
    Path | None,
    typer.Option(
        "--videos", metavar="DIR", help="Where the videos lie, at any depth.", exists=True, file_okay=False
    ),
]
FeaturesOption = Annotated[
    Path | None, typer.Option("--features", metavar="DIR", help="Where features are kept; default: in OUT.")
]


def train(
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="Any of these options; a run writes one. Options go before it."
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="MODEL", help="One of ours, a hub id, or a folder with a checkpoint."),
    ] = None,
    data: DataOption = None,
    videos: VideosOption = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where the adapter goes.")] = None,
    features: FeaturesOption = None,
    eval_data: Annotated[
        list[str] | None, typer.Option(metavar="FILE", help="Rows to measure on, before and after.")
    ] = None,
    adapter: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Go on from this one instead of the model's own.")
    ] = None,
    temporal_module: Annotated[
        str | None, typer.Option(metavar="KIND", help="A new one that starts from g: copy, attention, gru.")
    ] = None,
    parts: Annotated[
        str | None,
        typer.Option(
            "--train", metavar="g_t[,g]|none", help="What is trained; default: g_t. none: --lora alone."
        ),
    ] = None,
    lora: Annotated[int | None, typer.Option(metavar="RANK", help="Train updates of the LLM, too.")] = None,
    join: Annotated[
        int | None, typer.Option(metavar="N", help="Make up to N questions about a clip one row; default: 1.")
    ] = None,
    frames: Annotated[int | None, typer.Option(metavar="T", help="Pictures of a clip; default: 16.")] = None,
    epochs: Annotated[float | None, typer.Option(help="Default: 1.")] = None,
    steps: Annotated[int | None, typer.Option(help="Instead of epochs.")] = None,
    batch: Annotated[int | None, typer.Option(help="Rows of one pass, on each process; default: 8.")] = None,
    accumulate: Annotated[int | None, typer.Option(help="Passes of a step; default: 1.")] = None,
    rate: Annotated[float | None, typer.Option(help="Of learning, at its highest; default: 2e-4.")] = None,
    warm_up: Annotated[float | None, typer.Option(help="Share of the steps; default: 0.03.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Default: 0.")] = None,
    precision: Annotated[
        str | None, typer.Option(help="Of the frozen parts: auto, float32 or bfloat16.")
    ] = None,
    bits: Annotated[
        int | None, typer.Option(metavar="4|8", help="The LLM in so many bits (bitsandbytes).")
    ] = None,
    gradient_checkpointing: Annotated[
        bool | None, typer.Option("--gradient-checkpointing", help="Less memory, a third more time.")
    ] = None,
    checkpoint_every: Annotated[int | None, typer.Option(help="Steps; default: 100.")] = None,
    eval_every: Annotated[int | None, typer.Option(help="Steps; default: at both ends only.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Default: 0.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where the run in OUT was stopped.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only tell what it would take: rows, hours, disk, memory.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="What --check tells as a JSON object.")] = False,
) -> None:
    """Train a temporal module for an Image LLM, whose encoder, alignment module and LLM stay as they are."""
    given = {
        "model": model,
        "data": tuple(data) if data else None,
        "videos": videos and str(videos),
        "out": out and str(out),
        "features": features and str(features),
        "eval_data": tuple(eval_data) if eval_data else None,
        "adapter": adapter and str(adapter),
        "temporal_module": temporal_module,
        "train": () if parts == "none" else tuple(parts.split(",")) if parts else None,
        "lora": lora,
        "join": join,
        "frames": frames,
        "epochs": epochs,
        "steps": steps,
        "batch": batch,
        "accumulate": accumulate,
        "rate": rate,
        "warm_up": warm_up,
        "weight_decay": weight_decay,
        "precision": precision,
        "bits": bits,
        "gradient_checkpointing": gradient_checkpointing,
        "checkpoint_every": checkpoint_every,
        "eval_every": eval_every,
        "seed": seed,
    }
    settings = _settings(config, {name: value for name, value in given.items() if value is not None}, resume)
    if check:
        from core.training.check import needs_of

        with told_on_stderr(), progress_bar() as progress:
            needs = needs_of(settings, progress)
        if needs and as_json:
            print_json(vars(needs))
        elif needs:
            print(_told(needs))
        return
    from core.evaluation.packages import require
    from core.training.run import train as run

    require("matplotlib", *(["peft"] if settings.lora else []))
    command = shlex.join(["reeltalk", *sys.argv[1:]])
    with told_on_stderr(), progress_bar() as progress:
        outcome = run(settings, resume, command, progress)
    told = f"{outcome.steps:,} steps, {outcome.trained_numbers:,} numbers trained"
    if outcome.before and outcome.after:
        told += f", loss {outcome.before.loss:.3f} -> {outcome.after.loss:.3f}"
    print(f"{settings.out}: {told}")


def _settings(config: Path | None, given: dict[str, Any], resume: bool) -> "TrainingSettings":
    """Those of the file, which a run that goes on has written itself, with what the options say instead."""
    from core.training.run import SETTINGS_FILE
    from core.training.settings import TrainingSettings, read_settings

    if config is None and resume and "out" in given:
        written = Path(given["out"]) / SETTINGS_FILE
        config = written if written.exists() else None
    found = (read_settings(config) if config else {}) | given
    for name in ("model", "data", "out"):
        if name not in found:
            raise typer.BadParameter(f"there is no --{name}")
    return TrainingSettings(**found)


def _told(needs: "Needs") -> str:
    left_out = f", {needs.left_out:,} left out" if needs.left_out else ""
    return "\n".join(
        [
            f"rows      {needs.rows:,}{left_out}",
            f"clips     {needs.clips:,}, {needs.clips_to_encode:,} of them to be encoded",
            f"tokens    {needs.tokens_per_row:,.0f} a row, {needs.longest_row:,} of the longest",
            f"steps     {needs.steps:,}",
            f"trained   {needs.trained_numbers:,} numbers",
            f"hours     {needs.encoding_hours:.2f} for features, {needs.training_hours:.2f} for the steps",
            f"disk      {needs.disk / 10**9:.2f} GB for features",
            f"memory    {needs.memory / 10**9:.2f} GB",
        ]
    )
