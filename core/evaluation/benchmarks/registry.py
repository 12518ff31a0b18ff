"""The official files of eight video benchmarks -> rows of one type.

* A benchmark is a function that reads records from its files and one that turns a record into a row.
* A record that cannot be used is listed in `BenchmarkRows.problems` with its place: none is dropped silently.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from core.errors import EvaluationError, SettingError
from core.evaluation.benchmarks.multiple_choice import mvbench, next_qa, tgif_choice, video_mme
from core.evaluation.benchmarks.open_questions import IDS, activitynet, msrvtt, msvd, tgif, video_chatgpt
from core.evaluation.benchmarks.records import SUFFIXES, Record, load_records
from core.evaluation.benchmarks.rows import BenchmarkRow


@dataclass(frozen=True)
class BenchmarkRows:
    rows: list[BenchmarkRow]
    problems: list[str]  # rows of the files that cannot be used, and why


@dataclass(frozen=True)
class Benchmark:
    files: str  # for people: which files it is read from
    records: Callable[[list[Path], list[str]], Iterable[Record]]
    row: Callable[[Record], BenchmarkRow]


def read_benchmark(name: str, paths: list[Path]) -> BenchmarkRows:
    """The rows of the benchmark of this name. A folder stands for all data files in it."""
    benchmark = BENCHMARKS[name]
    rows: dict[str, BenchmarkRow] = {}
    problems: list[str] = []
    for record in benchmark.records(_files(paths), problems):
        try:
            row = benchmark.row(record)
            if row.id in rows:
                raise record.problem(f"its id {row.id} was there before")
        except SettingError as error:
            problems.append(str(error))
        else:
            rows[row.id] = row
    if not rows:
        names = ", ".join(path.name for path in paths)
        reason = " ".join([f"it has no usable row of {name}.", *problems[:1]]).rstrip(".")
        raise EvaluationError("benchmark_unreadable", name=names, reason=reason)
    return BenchmarkRows(list(rows.values()), problems)


def _files(paths: list[Path]) -> list[Path]:
    files = []
    for path in paths:
        inside = path.iterdir() if path.is_dir() else [path]
        files += sorted(each for each in inside if each == path or each.suffix.lower() in SUFFIXES)
    return files


# Ways to get records


def _plain(paths: list[Path], problems: list[str]) -> Iterable[Record]:
    for path in paths:
        yield from load_records(path, problems)


def _joined(paths: list[Path], problems: list[str]) -> Iterable[Record]:
    """Question and answer lists as one: rows of different files with the same id are merged."""
    joined: dict[str, Record] = {}
    for path in paths:
        seen: set[str] = set()
        for record in load_records(path, problems):
            try:
                key = record.text(*IDS)
                if key in seen:
                    raise record.problem(f"its id {key} was there before")
            except SettingError as error:
                problems.append(str(error))
                continue
            seen.add(key)
            first = joined.get(key, record)
            joined[key] = Record(first.file, first.number, first.fields | record.fields)
    return joined.values()


def _unnested(paths: list[Path], problems: list[str]) -> Iterable[Record]:
    """Video-MME's JSON has videos with their questions inside, its Parquet has a row per question."""
    for record in _plain(paths, problems):
        questions = record.fields.get("questions")
        if questions is None:
            yield record
            continue
        video = {name: value for name, value in record.fields.items() if name != "questions"}
        for question in questions if isinstance(questions, list) else [questions]:
            if isinstance(question, dict):
                yield Record(record.file, record.number, video | question)
            else:
                problems.append(str(record.problem('its "questions" are not JSON objects')))


def _tgif(record: Record) -> BenchmarkRow:
    return tgif(record) if record.get("a1") is None else tgif_choice(record)


BENCHMARKS: dict[str, Benchmark] = {
    "msvd-qa": Benchmark("test_q.json test_a.json, or test_qa.json", _joined, msvd),
    "msrvtt-qa": Benchmark("test_q.json test_a.json, or test_qa.json", _joined, msrvtt),
    "tgif-qa": Benchmark("test_q.json test_a.json, or Test_*_question.csv", _joined, _tgif),
    "activitynet-qa": Benchmark("test_q.json test_a.json", _joined, activitynet),
    "video-chatgpt": Benchmark("generic_qa.json temporal_qa.json consistency_qa.json", _plain, video_chatgpt),
    "mvbench": Benchmark("the folder json, or some of its files", _plain, mvbench),
    "video-mme": Benchmark("test-00000-of-00001.parquet, or a JSON file", _unnested, video_mme),
    "next-qa": Benchmark("test.csv or val.csv", _plain, next_qa),
}
