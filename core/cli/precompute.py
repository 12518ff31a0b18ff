"""`reeltalk precompute`: clips are read now, so that questions about them, or a training, are fast later."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

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
from core.evaluation.benchmarks.video_folder import EXTENSIONS
from core.image_llm.load_options import LoadOptions


def precompute(
    clips: Annotated[
        list[Path] | None, typer.Argument(metavar="CLIP...", help="Video files, or folders of them.")
    ] = None,
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
    ray: Annotated[
        bool, typer.Option("--ray", help="On all machines of the Ray cluster; they share $REELTALK_CACHE.")
    ] = False,
    workers: Annotated[
        int, typer.Option(min=1, help="With --ray: models that are loaded, at most; each takes clips.")
    ] = 4,
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
    arguments = (
        ModelChoice(model, None, LoadOptions(device, dtype, bits, allow_pickle)),
        frames,
        SenseChoice(hear, read, speech_language),
    )
    files = list(_files(clips or []))
    outcomes = _on_ray(files, arguments, workers) if ray else map(ClipReader(*arguments), map(_row, files))
    failed = False
    for outcome in outcomes:
        if outcome["error"]:
            print_error(outcome["error"])
            failed = True
        else:
            print(outcome["line"], flush=True)
    if failed:
        raise typer.Exit(FAILED)


class ClipReader:
    """Reads one clip after the other with a model that is loaded once. In the form that Ray Data wants."""

    def __init__(self, choice: ModelChoice, frames: int | None, senses: SenseChoice) -> None:
        self._chat, self._plan, self._senses = load_chat(choice), sampling_plan(frames), senses
        self._names = senses.names(self._chat.model.senses)

    def __call__(self, row: dict[str, str]) -> dict[str, str]:
        path = Path(row["path"])
        try:
            clip = open_clip(self._chat, path, self._plan)
            work = self._chat.senses(path, self._names, self._senses.options())
            cues = watch(work, self._senses)
        except ReelTalkError as error:
            return {"line": "", "error": str(error)}
        origin = "was there already" if clip.from_cache else f"read with {clip.reader}"
        lines = "".join(f", {len(found)} lines {source}" for source, found in cues.items())
        told = f"{len(clip.seconds)} frames, {clip.visual_tokens} visual tokens, {origin}{lines}"
        return {"line": f"{path}: {told}", "error": ""}


def _files(clips: Iterable[Path]) -> Iterator[Path]:
    """The clips, those of folders in order."""
    for clip in clips:
        if clip.is_dir():
            yield from sorted(path for path in clip.rglob("*") if path.suffix.lower() in EXTENSIONS)
        else:
            yield clip


def _row(path: Path) -> dict[str, str]:
    return {"path": str(path)}


def _on_ray(files: list[Path], arguments: tuple[Any, ...], workers: int) -> Iterator[dict[str, str]]:
    """Outcomes as they come, from as many processes as the cluster has room for."""
    if find_spec("ray") is None:
        raise typer.BadParameter("--ray needs Ray: pip install 'reeltalk[ray]'")
    import ray.data

    ray.init(ignore_reinit_error=True, log_to_driver=False)
    rows = [_row(path.absolute()) for path in files]
    data = ray.data.from_items(rows, override_num_blocks=max(1, len(rows)))  # long clips hold up no others
    read = data.map(
        ClipReader,
        fn_constructor_args=arguments,
        compute=ray.data.ActorPoolStrategy(min_size=1, max_size=workers),
        num_gpus=1 if ray.cluster_resources().get("GPU") else 0,
    )
    yield from read.iter_rows()


def _precompute_for_training(
    data: list[str], videos: Path, features: Path, choice: ModelChoice, frames: int | None
) -> None:
    """Encode the clips that rows are about; under `accelerate launch` the processes share them."""
    from core.image_llm.registry import load_image_llm
    from core.training.data.clips import TrainingClips
    from core.training.data.rows import Problem, read_data
    from core.training.processes import new_accelerator
    from core.training.run import prepare_clips

    problems: list[Problem] = []
    wanted = list(dict.fromkeys(row.video for file in read_data(data, problems) for row in file.rows))
    accelerator = new_accelerator()
    device = choice.options.device if accelerator.num_processes == 1 else str(accelerator.device)
    with told_on_stderr(), progress_bar() as progress:
        model = load_image_llm(choice.model, progress, replace(choice.options, device=device))
        clips = TrainingClips(features, model, sampling_plan(frames).frames, videos)
        lost = prepare_clips(clips, wanted, accelerator, progress)
    if accelerator.is_main_process:
        for problem in lost:
            print_error(problem.reason)
        print(f"{features}: features of {sum(video in clips for video in wanted):,} of {len(wanted):,} clips")
    if lost:
        raise typer.Exit(FAILED)
