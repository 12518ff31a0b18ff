"""The one type of row that every benchmark's files become."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BenchmarkRow:
    """One question, or two with the same meaning, and the reference answer."""

    id: str  # unique within the benchmark
    videos: tuple[str, ...]  # the names that its video file may have, likeliest first
    questions: tuple[str, ...]  # one; two where the benchmark asks the same thing in two ways
    answer: str  # the reference; of a choice, the text of the right candidate
    group: str  # the benchmark's own kind of question
    candidates: tuple[str, ...] = ()  # what can be chosen; empty for an open question
    right: int | None = None  # index of the right candidate
    start: float | None = None  # seconds; the question is about this part of the video
    end: float | None = None
    aspects: tuple[str, ...] = ()  # what a judge rates; names of `judge.ASPECTS`
