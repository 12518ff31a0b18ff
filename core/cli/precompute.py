"""`reeltalk precompute`: clips are read now, so that questions about them are answered at once later."""

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
from core.cli.terminal import FAILED, print_error
from core.errors import ReelTalkError
from core.image_llm.load_options import LoadOptions


def precompute(
    clips: Annotated[list[Path], typer.Argument(metavar="CLIP...", help="Video files.")],
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
    """Read clips now, so that questions about them are answered at once later."""
    plan = sampling_plan(frames)
    chat = load_chat(ModelChoice(model, None, LoadOptions(device, dtype, bits, allow_pickle)))
    choice = SenseChoice(hear, read, speech_language)
    names = choice.names(chat.model.senses)
    failed = False
    for path in clips:
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
