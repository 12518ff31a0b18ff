"""A whole training: data, features, the loop, the result. What `reeltalk train` calls."""

import hashlib
import json
from collections.abc import Container, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from accelerate import Accelerator
from accelerate.utils import gather_object

from core.errors import TrainingError
from core.evaluation.json_lines import read_json_lines
from core.image_llm.base import ImageLLM
from core.image_llm.load_options import LoadOptions
from core.image_llm.registry import load_image_llm
from core.kept import replacing
from core.progress import Progress
from core.text.lines import json_line
from core.training.checkpoint import CHECKPOINT_FILE, load_checkpoint, save_checkpoint
from core.training.data.clips import TrainingClips, share_of
from core.training.data.joining import joined
from core.training.data.order import TrainingOrder
from core.training.data.rows import DataFile, Problem, TrainingRow, read_data
from core.training.loop import Trainer
from core.training.metrics import metrics_in, story_of
from core.training.processes import device_of, new_accelerator, precision_on
from core.training.result import Outcome, save_adapter, save_untrained, write_card
from core.training.sequences import Example
from core.training.settings import TrainingSettings, write_settings
from core.training.student import Student

LEFT_OUT_FILE, SETTINGS_FILE = "left-out.jsonl", "training.toml"


@dataclass(frozen=True)
class TrainingData:
    """Rows whose clips' features are kept, and what was left out."""

    files: tuple[DataFile, ...]  # with usable rows only
    evaluation: tuple[TrainingRow, ...]
    problems: tuple[Problem, ...]

    @property
    def rows(self) -> list[TrainingRow]:
        """Of all files, in their order."""
        return [row for file in self.files for row in file.rows]


def load_model(settings: TrainingSettings, progress: Progress, accelerator: Accelerator) -> ImageLLM:
    """The model of the settings with the temporal module that training begins with."""
    precision = settings.precision
    if precision == "auto":
        precision = precision_on(accelerator.device.type)
    options = LoadOptions(device_of(accelerator), precision, settings.bits or None, trainable=True)
    model = load_image_llm(settings.model, progress, options)
    if settings.adapter:  # updates of the LLM that are trained on stay apart from it
        model.load_adapter(Path(settings.adapter), lora=not settings.lora)
    if settings.temporal_module:
        torch.manual_seed(settings.seed)  # of layers that are new
        model.temporal_module = model.new_temporal_module(settings.temporal_module)
    return model


def read_rows(settings: TrainingSettings) -> tuple[list[DataFile], list[TrainingRow], list[Problem]]:
    """The files of --data, the rows of --eval-data, what is wrong in either."""
    problems: list[Problem] = []
    files = read_data(settings.data, problems)
    evaluation = read_data(settings.eval_data, problems)
    return files, [row for file in evaluation for row in file.rows], problems


def usable(
    files: Sequence[DataFile],
    evaluation: Sequence[TrainingRow],
    problems: Sequence[Problem],
    clips: Container[str],
    settings: TrainingSettings,
    write: bool = True,
) -> TrainingData:
    """The rows about these clips; the others are written down. Raises TrainingError where no row is left."""
    path = settings.folder / LEFT_OUT_FILE
    found = list(problems)

    def there(rows: Sequence[TrainingRow]) -> tuple[TrainingRow, ...]:
        there_are = {video for video in {row.video for row in rows} if video in clips}
        kept = tuple(row for row in rows if row.video in there_are)  # one look at the disk for each clip
        lost = {row.place for row in rows} - {row.place for row in kept}
        found.extend(Problem(row.place, f"{row.video} cannot be used") for row in rows if row.place in lost)
        return kept

    left = [replace(each, rows=joined(there(each.rows), settings.join)) for each in files]
    data = TrainingData(tuple(each for each in left if each.rows), there(evaluation), tuple(found))
    if write:
        with replacing(path) as temporary:
            temporary.write_text("".join(json_line(vars(each)) for each in found), encoding="utf-8")
    if not data.files:
        raise TrainingError("no_training_rows", reason=found[0].reason.rstrip("."), path=path)
    return data


def prepare_clips(
    clips: TrainingClips, videos: Sequence[str], accelerator: Accelerator, progress: Progress
) -> list[Problem]:
    """Make the features that are missing; the processes share them. Of all: the clips that cannot be used."""
    waiting = clips.missing(videos)  # before any process makes one, so that all share the same list
    accelerator.wait_for_everyone()
    mine = share_of(waiting, accelerator.process_index, accelerator.num_processes)
    problems: list[Problem] = []
    for number, problem in enumerate(clips.prepare(mine), 1):
        progress("encoding_clips", number / len(mine), done=number, total=len(mine))
        if problem:
            problems.append(problem)
    problems = gather_object(problems)
    clips.reload()
    return problems


def train(settings: TrainingSettings, resume: bool, command: str, progress: Progress) -> Outcome:
    """Everything, into the settings' folder. Raises ReelTalkError; what was reached by then stays usable."""
    folder = settings.folder
    folder.mkdir(parents=True, exist_ok=True)
    if resume != (folder / CHECKPOINT_FILE).exists():  # said before anything is loaded
        begun = f"{folder} holds a training already; --resume goes on with it"
        reason = f"there is nothing to resume in {folder}" if resume else begun
        raise TrainingError("training_setting", reason=reason)
    accelerator = new_accelerator()
    main, processes = accelerator.is_main_process, accelerator.num_processes
    files, evaluation, problems = read_rows(settings)
    model = load_model(settings, progress, accelerator)
    clips = clips_of(settings, model)
    wanted = [row.video for file in files for row in file.rows] + [row.video for row in evaluation]
    if resume:  # what could not be used then is not tried again: the rows stay the same
        told = {line["place"] for line in read_json_lines(folder / LEFT_OUT_FILE).lines}
        wanted = [video for video in wanted if video not in told]
    lost = prepare_clips(clips, wanted, accelerator, progress)
    if resume and lost:
        raise TrainingError("training_setting", reason=lost[0].reason.rstrip("."))
    data = usable(files, evaluation, problems + lost, clips, settings, write=main and not resume)
    if main and not resume:
        save_untrained(model, settings)
    student = Student(model, settings)
    order = order_of(model, data, settings, processes)
    run = fingerprint_of(settings, data, model, processes)

    def load(row: TrainingRow) -> Example:
        return example_of(row, clips)

    trainer = Trainer(student, load, data.rows, order, settings, accelerator, run)
    if resume:
        trainer.resume(load_checkpoint(folder, run))
    elif main:
        write_settings(settings, folder / SETTINGS_FILE)
    _run(trainer, data.evaluation, model, settings, accelerator)
    numbers = sum(each.numel() for each in student.trained().values())
    outcome = Outcome(trainer.step, trainer.step * order.size, numbers, *story_of(folder))
    if main:
        left_out = len(read_json_lines(folder / LEFT_OUT_FILE).lines)
        write_card(model, settings, data.files, left_out, outcome, command)
    return outcome


def clips_of(settings: TrainingSettings, model: ImageLLM) -> TrainingClips:
    """The clips of these settings, for the loaded model."""
    videos = Path(settings.videos) if settings.videos else None
    return TrainingClips(settings.feature_folder, model, settings.frames, videos)


def _run(
    trainer: Trainer,
    evaluation: Sequence[TrainingRow],
    model: ImageLLM,
    settings: TrainingSettings,
    accelerator: Accelerator,
) -> None:
    """The steps that are left, with their checkpoints and metrics, and the scores on other rows."""
    main = accelerator.is_main_process

    def save() -> None:
        state = trainer.state()
        if main:
            save_adapter(model, settings, state.trained)
            save_checkpoint(state, settings.folder)

    with metrics_in(settings.folder, trainer.step, trainer.steps) if main else nullcontext() as metrics:

        def measure() -> None:
            if evaluation:
                score = trainer.score(evaluation)
                if metrics:
                    metrics.evaluated(trainer.step, score)

        if trainer.step == 0:
            save()
            measure()
        try:
            for step in trainer.run():
                if metrics:
                    metrics.step(step)
                at_end = step.number == trainer.steps
                if at_end or (settings.eval_every and step.number % settings.eval_every == 0):
                    measure()
                if at_end or step.number % settings.checkpoint_every == 0:
                    save()
        except TrainingError as error:
            if error.key == "training_diverged":  # the step has changed nothing
                save()
            raise


def order_of(
    model: ImageLLM, data: TrainingData, settings: TrainingSettings, processes: int
) -> TrainingOrder:
    """The order of the rows, by the lengths of their texts."""
    lengths = [[text_tokens(model, row) for row in file.rows] for file in data.files]
    weights = [file.weight for file in data.files]
    return TrainingOrder(lengths, weights, settings.batch, settings.accumulate * processes, settings.seed)


def text_tokens(model: ImageLLM, row: TrainingRow) -> int:
    """Of questions and answers."""
    text = "\n".join(f"{turn.question}\n{turn.answer}" for turn in row.turns)
    return len(model.tokenizer(text, add_special_tokens=False)["input_ids"])


def example_of(row: TrainingRow, clips: TrainingClips) -> Example:
    """Raises TrainingError where the features are gone or damaged: they were there when training began."""
    features = clips.features(row.video)
    if features is None:
        reason = f"the features of {row.video} were damaged; --resume makes them again, from --videos"
        raise TrainingError("training_setting", reason=reason)
    return Example(row, features)


def fingerprint_of(settings: TrainingSettings, data: TrainingData, model: ImageLLM, processes: int) -> str:
    """Of what may not change while a training goes on. What is saved where and told when may, and how many
    processes share the passes of a step."""
    free = (
        *("model", "data", "out", "videos", "features", "eval_data", "checkpoint_every", "eval_every"),
        "gradient_checkpointing",  # which changes no number
    )
    fixed = {name: value for name, value in vars(settings).items() if name not in free}
    fixed |= {"accumulate": settings.accumulate * processes}
    fixed |= {"files": [[file.sha256, file.weight, len(file.rows)] for file in data.files]}
    fixed |= {"fingerprint": model.fingerprint}
    return hashlib.sha256(json.dumps(fixed, sort_keys=True).encode()).hexdigest()
