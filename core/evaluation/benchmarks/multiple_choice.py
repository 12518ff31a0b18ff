"""Rows of the benchmarks that give candidates: MVBench, Video-MME, NExT-QA, and three of TGIF-QA's tasks.

Each function turns a record into a row; it raises SettingError where the record cannot be used.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from core.evaluation.benchmarks.choices import LETTERS
from core.evaluation.benchmarks.open_questions import IDS
from core.evaluation.benchmarks.records import Record
from core.evaluation.benchmarks.rows import BenchmarkRow


def _choice(
    record: Record,
    id: str,
    videos: tuple[str, ...],
    group: str,
    candidates: Iterable[str],
    right: int,
) -> BenchmarkRow:
    candidates = tuple(candidates)
    return BenchmarkRow(
        id=id,
        videos=videos,
        questions=(record.text("question"),),
        answer=candidates[right],
        group=group,
        candidates=candidates,
        right=right,
        start=record.seconds("start"),
        end=record.seconds("end"),
    )


def _index(record: Record, candidates: list[str]) -> int:
    """`answer` as an index from 0."""
    value = record.text("answer")
    if not value.isdecimal() or int(value) >= len(candidates):
        raise record.problem(f'its "answer" {value} is not an index of its candidates')
    return int(value)


# Where MVBench keeps the videos of each task: the same name stands for different videos in different folders.
_MVBENCH_FOLDERS = {
    "star/Charades_v1_480": ("action_sequence", "action_prediction", "object_interaction"),
    "ssv2_video": ("action_antonym",),
    "Moments_in_Time_Raw/videos": ("fine_grained_action",),
    "FunQA_test/test": ("unexpected_action",),
    "clevrer/video_validation": (
        "object_existence", "moving_direction", "moving_count", "moving_attribute",
        "counterfactual_inference",
    ),
    "perception/videos": ("object_shuffle", "action_count", "state_change", "character_order"),
    "sta/sta_video": ("action_localization",),
    "scene_qa/video": ("scene_transition",),
    "nturgbd": ("fine_grained_pose",),
    "vlnqa": ("egocentric_navigation",),
}  # fmt: skip
_MVBENCH_FOLDER_OF = {task: folder for folder, tasks in _MVBENCH_FOLDERS.items() for task in tasks}


def mvbench(record: Record) -> BenchmarkRow:
    """A file per task. Episodic Reasoning's videos are folders of pictures: no video file will be found."""
    task, name = record.file.stem, record.text("video")
    folder = _MVBENCH_FOLDER_OF.get(task)
    candidates, answer = record.texts("candidates", most=len(LETTERS)), record.text("answer")
    if candidates.count(answer) != 1:
        raise record.problem(f'its "answer" {answer} is not exactly one of its candidates')
    videos = (name,) if folder is None else (f"{folder}/{name}", name)
    return _choice(record, f"{task}-{record.number}", videos, task, candidates, candidates.index(answer))


def video_mme(record: Record) -> BenchmarkRow:
    """The files are named after the YouTube id. It may stand only in the address, or bare in its place."""
    options, letter = record.texts("options", "choices", most=len(LETTERS)), record.text("answer")
    marks = [re.match(rf"{mark}[.):]\s*", text) for mark, text in zip(LETTERS, options, strict=False)]
    if all(marks):  # "A. Apples": the letters are ours to write
        options = tuple(text[mark.end() :] for text, mark in zip(options, marks, strict=True) if mark)
    right = LETTERS.find(letter) if len(letter) == 1 else -1
    if not 0 <= right < len(options):
        raise record.problem(f'its "answer" {letter} is not the letter of an option')
    names = (_video_mme_name(record.get(field)) for field in ("videoID", "url", "video_id"))
    videos = tuple(dict.fromkeys(name for name in names if name))
    if not videos:
        raise record.problem('it names no video: neither "videoID" nor "video_id" nor an id in "url"')
    group = record.text("duration", "duration_category")
    return _choice(record, record.text("question_id"), videos, group, options, right)


def _video_mme_name(value: object) -> str | None:
    """The YouTube id in an address, or else the last part of what stands there: an id, or a file's name."""
    text = str(value or "").strip()
    address = re.search(r"(?:[?&]v=|youtu\.be/|shorts/|embed/|live/|/v/)([\w-]{11})(?![\w-])", text)
    return address[1] if address else urlsplit(text).path.rstrip("/").split("/")[-1] or None


def next_qa(record: Record) -> BenchmarkRow:
    video = record.text("video")
    candidates = [record.text(f"a{number}") for number in range(5)]
    id = f"{video}_{record.text('qid')}"
    return _choice(record, id, (video,), record.text("type"), candidates, _index(record, candidates))


def tgif_choice(record: Record) -> BenchmarkRow:
    """The tasks action and transition: the candidates are a1 to a5."""
    candidates = [record.text(f"a{number}") for number in range(1, 6) if f"a{number}" in record.fields]
    task = re.sub(r"^(Total|Train|Test)_|_question$", "", record.file.stem)
    videos = (record.text("gif_name"),)
    return _choice(record, record.text(*IDS), videos, task, candidates, _index(record, candidates))
