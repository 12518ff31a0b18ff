"""Rows of the benchmarks with open questions: MSVD-QA, MSRVTT-QA, TGIF-QA, ActivityNet-QA, Video-ChatGPT.

Each function turns a record into a row; it raises SettingError where the record cannot be used.
"""

from core.evaluation.benchmarks.records import Record
from core.evaluation.benchmarks.rows import BenchmarkRow

IDS = ("question_id", "id", "vid_id")
_QUESTION_WORDS = ("what", "who", "how", "when", "where")
_TGIF_TYPES = ("object", "number", "color", "location")
_ACTIVITYNET_TYPES = (
    "motion", "spatial", "temporal", "yes/no", "color", "object", "location", "number", "other",
)  # fmt: skip


def _open_question(record: Record, group: str, videos: tuple[str, ...]) -> BenchmarkRow:
    return BenchmarkRow(
        id=record.text(*IDS),
        videos=videos,
        questions=(record.text("question"),),
        answer=record.text("answer"),
        group=group,
        aspects=("answer",),
    )


def _by_question_word(record: Record) -> str:
    word = record.text("question").split()[0].lower()
    return word if word in _QUESTION_WORDS else "other"


def _numbered_type(record: Record, types: tuple[str, ...]) -> str:
    value = str(record.get("type"))
    return types[int(value)] if value.isdecimal() and int(value) < len(types) else "other"


def msvd(record: Record) -> BenchmarkRow:
    return _open_question(record, _by_question_word(record), (_numbered_video(record, "vid"),))


def msrvtt(record: Record) -> BenchmarkRow:
    return _open_question(record, _by_question_word(record), (_numbered_video(record, "video"),))


def _numbered_video(record: Record, prefix: str) -> str:
    """The joined lists have a `video_name`, the first release numbers its videos."""
    number = record.get("video_id")
    return record.text("video_name") if number is None else f"{prefix}{number}"


def tgif(record: Record) -> BenchmarkRow:
    group = "count" if "count" in record.file.stem else _numbered_type(record, _TGIF_TYPES)
    return _open_question(record, group, (record.text("gif_name", "video_name"),))


def activitynet(record: Record) -> BenchmarkRow:
    """The lists name a YouTube id; the dataset's files have `v_` before it."""
    group, name = _numbered_type(record, _ACTIVITYNET_TYPES), record.text("video_name")
    return _open_question(record, group, (f"v_{name}", name))


def video_chatgpt(record: Record) -> BenchmarkRow:
    """Three files: generic_qa.json is rated in three aspects, the other two in one."""
    stem = record.file.stem
    name = record.text("video_name")
    group = "generic"
    aspects: tuple[str, ...] = ("correctness", "detail", "context")
    questions: tuple[str, ...] = ()
    if record.get("Q1", "Q2") is not None:
        group, aspects = "consistency", ("consistency",)
        questions = (record.text("Q1"), record.text("Q2"))
    elif "temporal" in stem:
        group, aspects = "temporal", ("temporal",)
    elif "generic" not in stem:  # generic and temporal rows look alike
        raise record.problem("the file's name says neither generic nor temporal")
    return BenchmarkRow(
        id=f"{stem}-{record.number}",
        videos=(name, name.removeprefix("v_")),
        questions=questions or (record.text("Q"),),
        answer=record.text("A"),
        group=group,
        aspects=aspects,
    )
