"""What a training would take, told before it starts: rows, clips, tokens, hours, disk, memory.

Hours and memory are measured and not guessed: one clip is encoded, and a pass of typical rows and one of the
longest go forwards and backwards, all about that clip. Nothing is trained; what is written is that clip's
features and the list of what was left out. Of several processes the first one measures, and tells the hours
that all together would take.
"""

import re
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import torch

from core.errors import TrainingError
from core.features.pooling import PooledFeatures
from core.progress import Progress
from core.training.data.clips import TrainingClips, bytes_in
from core.training.processes import new_accelerator
from core.training.run import LEFT_OUT_FILE, clips_of, load_model, order_of, read_rows, text_tokens, usable
from core.training.sequences import Example, sequence_of
from core.training.settings import TrainingSettings
from core.training.student import Student


@dataclass(frozen=True)
class Needs:
    """What a training on this machine would take."""

    rows: int
    left_out: int  # rows without a clip, damaged rows, clips without a file
    clips: int
    clips_to_encode: int
    steps: int
    tokens_per_row: float  # with visual ones
    longest_row: int  # tokens
    trained_numbers: int
    disk: int  # bytes of features that are still to be made
    memory: int  # bytes of a process, or of its fullest GPU: the peak
    encoding_hours: float
    training_hours: float


def needs_of(settings: TrainingSettings, progress: Progress) -> Needs | None:
    """None from all processes but the first.

    Raises ReelTalkError as a training would, also where the longest rows do not fit into memory.
    """
    accelerator = new_accelerator()
    if accelerator.distributed_type.value == "FSDP":
        raise TrainingError("training_setting", reason="--check measures no model that processes share")
    if not accelerator.is_main_process:
        return None
    processes = accelerator.num_processes
    settings.folder.mkdir(parents=True, exist_ok=True)
    files, evaluation, problems = read_rows(settings)
    model = load_model(settings, progress, accelerator)
    clips = clips_of(settings, model)
    wanted = {row.video for row in [*evaluation, *(row for file in files for row in file.rows)]}
    lost = clips.not_found(wanted)
    there = wanted - {problem.place for problem in lost}
    data = usable(files, evaluation, [*problems, *lost], there, settings)
    waiting = clips.missing(sorted(there))
    some, seconds_a_clip = _one_clip(clips, waiting, sorted(there), settings)
    features, seconds_to_load = _loaded(clips, some)
    rows = sorted(data.rows, key=lambda row: text_tokens(model, row))
    middle, batch = len(rows) // 2, settings.batch
    typical = [Example(row, features) for row in rows[middle : middle + batch]]
    longest = [Example(row, features) for row in rows[-batch:]]
    lengths = [len(sequence_of(model, Example(row, features)).labels) for row in (rows[middle], rows[-1])]
    visual = lengths[0] - text_tokens(model, rows[middle])  # and the template's own
    student = Student(model, settings)
    _seconds(student, longest)
    # While a pass is computed, the features of the next are read.
    seconds = max(median(_seconds(student, typical) for _ in range(3)), batch * seconds_to_load)
    order = order_of(model, data, settings, processes)
    steps = settings.steps or max(1, round(settings.epochs * order.steps))
    clip_bytes = bytes_in(settings.feature_folder) / max(1, len(there) - len(waiting) + (some in waiting))
    to_encode = [video for video in waiting if video != some]
    return Needs(
        rows=len(rows),
        left_out=len(data.problems),
        clips=len(there),
        clips_to_encode=len(to_encode),
        steps=steps,
        tokens_per_row=mean(text_tokens(model, row) for row in rows) + visual,
        longest_row=lengths[1],
        trained_numbers=sum(each.numel() for each in student.trained().values()),
        disk=round(clip_bytes * len(to_encode)),
        memory=_peak_memory(),
        encoding_hours=seconds_a_clip * len(to_encode) / processes / 3600,
        training_hours=seconds * settings.accumulate * steps / 3600,
    )


def _one_clip(
    clips: TrainingClips, waiting: list[str], there: list[str], settings: TrainingSettings
) -> tuple[str, float]:
    """A clip whose features are kept, and the seconds that making them took; 0 where none is to be made."""
    reason = "no clip can be read"
    for video in waiting:
        started = time.monotonic()
        (problem,) = clips.prepare([video])
        if problem is None:
            return video, time.monotonic() - started
        reason = problem.reason.rstrip(".")
    kept = [video for video in there if video not in waiting]
    if not kept:
        path = settings.folder / LEFT_OUT_FILE
        raise TrainingError("no_training_rows", reason=reason, path=path)
    return kept[0], 0.0


def _loaded(clips: TrainingClips, video: str) -> tuple[PooledFeatures, float]:
    """What is kept of a clip, and the seconds that reading it took."""
    started = time.monotonic()
    features = clips.features(video)
    if features is None:
        reason = f"the features of {video} were damaged; another --check makes them again, from --videos"
        raise TrainingError("training_setting", reason=reason)
    return features, time.monotonic() - started


def _seconds(student: Student, examples: list[Example]) -> float:
    """Of one pass forwards and backwards."""
    started = time.monotonic()
    try:
        loss, _, _ = student(examples)
        loss.backward()
        student.zero_grad()
        if torch.cuda.is_available():
            torch.cuda.synchronize()
    except torch.OutOfMemoryError as error:
        reason = f"the longest rows do not fit into memory with --batch {len(examples)}"
        raise TrainingError("training_setting", reason=reason) from error
    return time.monotonic() - started


def _peak_memory() -> int:
    """Bytes: of the fullest GPU where there are any, else of this process, where its system tells."""
    if torch.cuda.is_available():
        return max(torch.cuda.max_memory_allocated(index) for index in range(torch.cuda.device_count()))
    status = Path("/proc/self/status")
    told = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(told[1]) * 1024 if told else 0
