"""Scores of a model on held-out clips: real mp4 files, asked through the engine.

Clips, backgrounds and phrasings are held out; in split `style` also the art. Each answer is scored by the
facts that it states, per skill and language, with 95 % Wilson intervals.
"""

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

from core.engine.settings import ChatSettings
from core.engine.video_chat import VideoChat
from core.lab.clips.dataset import PHOTO_SPLITS, library, photo, scene, scene_digest
from core.lab.clips.render import frame_times, picture_size, render, write_video
from core.lab.evaluation.slots import EITHER, is_right
from core.lab.questions.questions import SKILLS, Question, answerable, make_question
from core.lab.questions.words import LANGUAGES
from core.video.sampling import SamplingPlan

FPS = 8
MOST_TOKENS = 96  # of an answer
AREA = 2 * 260 * 260  # pixels of the files: a little less than the encoder's larger scale


@dataclass(frozen=True)
class Outcome:
    """One question with its answer and score."""

    clip: int
    skill: str
    language: str
    question: str
    wanted: str
    answer: str
    right: bool


@dataclass(frozen=True)
class Score:
    right: int
    asked: int

    @property
    def share(self) -> float:
        return self.right / self.asked

    def interval(self) -> tuple[float, float]:
        """95 % Wilson score interval."""
        z, n, p = 1.96, self.asked, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def as_text(self) -> str:
        low, high = self.interval()
        return f"{self.share:.0%} ({low:.0%} to {high:.0%}, n = {self.asked})"


def table_rows_of(
    found: Mapping[tuple[str, str], Score], kinds: Iterable[str], languages: Sequence[str]
) -> list[str]:
    """A Markdown table's head and a row for each kind that was asked, of (kind, language) -> score."""
    lines = [f"| kind | {' | '.join(languages)} |", "|---" * (1 + len(languages)) + "|"]
    for kind in kinds:
        cells = [found.get((kind, language)) for language in languages]
        if any(cells):
            lines.append(f"| {kind} | {' | '.join(cell.as_text() if cell else '' for cell in cells)} |")
    return lines


def write_clip(art: Path, split: str, number: int, path: Path) -> None:
    """The clip of this number as an mp4 file."""
    clip, random = scene(art, split, number)
    height, width = (side // 2 * 2 for side in picture_size(clip.aspect, AREA))
    frames = render(
        clip, library(art), frame_times(clip.duration, round(clip.duration * FPS)), (height, width), random
    )
    write_video(path, frames, FPS)


def questions(art: Path, split: str, number: int, wanted: dict[tuple[str, str], int]) -> list[Question]:
    """The questions to ask about a clip: of every skill and language with some left in `wanted`."""
    clip, _ = scene(art, split, number)
    random = Random(f"questions-{split}-{number}")
    asked = [
        make_question(clip, skill, language, random, held_out=True)
        for skill in answerable(clip)
        for language in LANGUAGES
        if wanted.get((skill, language), 0) > 0
    ]
    if split not in PHOTO_SPLITS:
        return asked
    shown = photo(art, split, number)  # a photograph has more than one right name
    names = EITHER.join((shown.concept.id, *shown.also))
    return [replace(question, slot=(names,)) for question in asked if question.skill == "name"]


def evaluate(
    chat: VideoChat,
    art: Path,
    folder: Path,
    split: str,
    per_skill: int,
    skills: tuple[str, ...] = SKILLS,
    frames: int = SamplingPlan().frames,
    known: Sequence[Outcome] = (),
) -> Iterator[Outcome]:
    """Ask `per_skill` questions of each skill and language.

    A clip's questions share a conversation for the sake of its KV cache, but none knows of another.
    known: outcomes of a run that was stopped; what they answer is not asked again.
    """
    answered = {(outcome.clip, outcome.question): outcome for outcome in known}
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {(skill, language): per_skill for skill in skills for language in LANGUAGES}
    number = 0
    while any(left > 0 for left in wanted.values()):
        asked = questions(art, split, number, wanted)
        if any((number, question.text) not in answered for question in asked):
            path = folder / f"{split}-{number:05}-{scene_digest(art, split, number)}.mp4"
            if not path.exists():
                write_clip(art, split, number, path)
            conversation = chat.start(chat.open(path, SamplingPlan(frames=frames)))
        for question in asked:
            wanted[question.skill, question.language] -= 1
            if outcome := answered.get((number, question.text)):
                yield outcome
                continue
            conversation.turns.clear()
            answer = "".join(chat.ask(conversation, question.text, ChatSettings(max_new_tokens=MOST_TOKENS)))
            asked_for = (number, question.skill, question.language, question.text, question.answer)
            yield Outcome(*asked_for, answer, is_right(question, answer))
        number += 1


def scores(outcomes: list[Outcome]) -> dict[tuple[str, str], Score]:
    """(skill, language) -> score."""
    counted: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for outcome in outcomes:
        counted[outcome.skill, outcome.language].append(outcome.right)
    return {key: Score(sum(results), len(results)) for key, results in counted.items()}


def table(columns: dict[str, dict[tuple[str, str], Score]]) -> str:
    """A Markdown table: a row per skill and language, a column per evaluated model or split."""
    lines = [f"| skill | language | {' | '.join(columns)} |", "|---|---|" + "---|" * len(columns)]
    for skill in SKILLS:
        for language in LANGUAGES:
            found = [results.get((skill, language)) for results in columns.values()]
            if any(found):
                cells = " | ".join(score.as_text() if score else "" for score in found)
                lines.append(f"| {skill} | {language} | {cells} |")
    return "\n".join(lines)


def as_json(outcome: Outcome) -> str:
    """One line of a file of outcomes."""
    return json.dumps(asdict(outcome), ensure_ascii=False) + "\n"


def read(path: Path) -> list[Outcome]:
    """The outcomes of a file of them."""
    return [Outcome(**json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines()]
