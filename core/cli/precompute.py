"""`reeltalk precompute`: clips are read now, so that questions about them, or a training, are fast later."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from core.cli.options import (
    BitsOption,
    DeviceOption,
    DtypeOption,
    FramesOption,
    ModelChoice,
    ModelOption,
    PickleOption,
    load_chat,
    open_clip,
    sampling_plan,
)
from core.cli.senses import HearOption, ReadOption, SenseChoice, SpeechLanguageOption, watch
from core.cli.terminal import FAILED, print_error, progress_bar, told_on_stderr
from core.cli.training.train import VideosOption
from core.errors import ReelTalkError
from core.image_llm.load_options import LoadOptions


def precompute(
    clips: Annotated[list[Path] | None, typer.Argument(metavar="CLIP...", help="Video files.")] = None,
    data: Annotated[
        list[str] | None,
        typer.Option(
            "--data", metavar="FILE", help="Instead of CLIP: all clips that rows for `train` are about."
        ),
    ] = None,
    videos: VideosOption = None,
    features: Annotated[
        Path | None,
        typer.Option("--features", metavar="DIR", help="With --data: where their features go."),
    ] = None,
    model: ModelOption = None,
    device: DeviceOption = "auto",
    dtype: DtypeOption = "auto",
    bits: BitsOption = None,
    allow_pickle: PickleOption = False,
    frames: FramesOption = None,
    hear: HearOption = None,
    read: ReadOption = None,
    speech_language: SpeechLanguageOption = "auto",
) -> None:
    """Read clips now, so that questions about them are answered at once later, or a training is fast."""
    if bool(clips) == bool(data):
        raise typer.BadParameter("give either CLIP or --data FILE")
    if data:
        if features is None or videos is None:
            raise typer.BadParameter("--data needs --videos and --features")
        options = LoadOptions(device, dtype, bits, allow_pickle)
        _precompute_for_training(data, videos, features, ModelChoice(model, None, options), frames)
        return
    plan = sampling_plan(frames)
    chat = load_chat(ModelChoice(model, None, LoadOptions(device, dtype, bits, allow_pickle)))
    choice = SenseChoice(hear, read, speech_language)
    names = choice.names(chat.model.senses)
    failed = False
    for path in clips or []:
        try:
            clip = open_clip(chat, path, plan)
            cues = watch(chat.senses(path, names, choice.options()), choice)
        except ReelTalkError as error:
            print_error(str(error))
            failed = True
        else:
            origin = "was there already" if clip.from_cache else f"read with {clip.reader}"
            lines = "".join(f", {len(found)} lines {source}" for source, found in cues.items())
            print(
                f"{path}: {len(clip.seconds)} frames, {clip.visual_tokens} visual tokens, {origin}{lines}",
                flush=True,
            )
    if failed:
        raise typer.Exit(FAILED)


def _precompute_for_training(
    data: list[str], videos: Path, features: Path, choice: ModelChoice, frames: int | None
) -> None:
    """Encode the clips that rows are about; under `accelerate launch` the processes share them."""
    from accelerate import Accelerator

    from core.image_llm.registry import load_image_llm
    from core.training.data.clips import TrainingClips
    from core.training.data.rows import Problem, read_data
    from core.training.run import device_of, prepare_clips

    problems: list[Problem] = []
    wanted = list(dict.fromkeys(row.video for file in read_data(data, problems) for row in file.rows))
    accelerator = Accelerator()
    device = choice.options.device if accelerator.num_processes == 1 else device_of(accelerator)
    with told_on_stderr(), progress_bar() as progress:
        model = load_image_llm(choice.model, progress, replace(choice.options, device=device))
        clips = TrainingClips(features, model, sampling_plan(frames).frames, videos)
        lost = prepare_clips(clips, wanted, accelerator, progress)
    for problem in lost:
        print_error(problem.reason)
    if accelerator.is_main_process:
        print(f"{features}: features of {sum(video in clips for video in wanted):,} of {len(wanted):,} clips")
    if lost:
        raise typer.Exit(FAILED)
