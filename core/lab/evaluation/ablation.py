"""The ablation: what each part of what the LLM reads brings, on the same held-out clips.

Nothing is trained here: it is the shipped model in every row, with parts left out. Notes alone tell most of
what there is to tell, so visual tokens are compared without them. Answers are kept as they come: a stopped
run continues.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from core.compact.loading import load
from core.compact.model import CompactImageLLM, CompactMini
from core.compact.trained_parts import ASSETS, LanguageParts
from core.engine.video_chat import VideoChat
from core.features.pooling import PooledFeatures
from core.lab.clips.dataset import FRAMES
from core.lab.evaluation import held_out
from core.lab.evaluation.held_out import Outcome, Score
from core.progress import no_progress

BOTH = ("spatial", "temporal")


@dataclass(frozen=True)
class Row:
    """What enters the prompt."""

    name: str  # of its file
    title: str  # for people
    stretches: tuple[str, ...] = BOTH
    own_temporal_module: bool = True  # the trained one; else g_t = g
    notes: bool = False
    frames: int = FRAMES


ROWS = (
    Row("middle-frame", "(a) middle frame only", ("spatial",), frames=1),
    Row("spatial", "(b) spatial tokens only", ("spatial",)),
    Row("temporal", "(c) temporal tokens only", ("temporal",)),
    Row("untrained", "(d) both, g_t = g", own_temporal_module=False),
    Row("tokens", "(e) both, g_t trained"),
    Row("notes", "(f) notes only, no visual tokens", (), notes=True),
    Row("shipped", "(g) both, and notes: as shipped", notes=True),
)


class NotesSwitch(CompactImageLLM):
    """Compact, whose notes can be left out."""

    with_notes = True

    def notes(self, features: PooledFeatures) -> str:
        return super().notes(features) if self.with_notes else ""


class MiniNotesSwitch(NotesSwitch, CompactMini):
    """The same of the smaller one."""


@dataclass(frozen=True)
class Result:
    row: Row
    outcomes: list[Outcome]

    def scores(self) -> dict[tuple[str, str], Score]:
        return held_out.scores(self.outcomes)

    def pooled(self, *skills: str) -> Score:
        """Of these skills together, in both languages."""
        right = [outcome.right for outcome in self.outcomes if outcome.skill in skills]
        return Score(sum(right), len(right))


def load_switchable(size: str, language: Path | None) -> tuple[NotesSwitch, str]:
    """The model of this size, and the name of all its weights."""
    kind = MiniNotesSwitch if size == "compact-mini" else NotesSwitch
    parts = LanguageParts.of(language or ASSETS / size)
    model = load(kind, no_progress, parts=parts)
    assert isinstance(model, NotesSwitch)
    return model, f"{size}-{model.fingerprint}-{parts.fingerprint}"


def run_row(
    row: Row,
    model: NotesSwitch,
    weights: str,
    cache: Path,
    folder: Path,
    art: Path,
    videos: Path,
    per_skill: int,
) -> Result:
    """Ask what is not yet answered below `folder`.

    weights: their name; videos: where held-out clips are written.
    """
    path = folder / weights / code_digest() / f"{row.name}.jsonl"  # answers of other weights are kept apart
    path.parent.mkdir(parents=True, exist_ok=True)
    known = held_out.read(path) if path.exists() else []
    shipped = model.temporal_module, model.stretches
    try:
        if not row.own_temporal_module:
            model.temporal_module = model.new_temporal_module("compact-copy").eval()
        model.stretches, model.with_notes = row.stretches, row.notes
        outcomes = []
        with path.open("a", encoding="utf-8") as kept:
            for outcome in held_out.evaluate(
                VideoChat(model, cache), art, videos, "test", per_skill, frames=row.frames, known=known
            ):
                outcomes.append(outcome)
                if outcome not in known:
                    kept.write(held_out.as_json(outcome))
                    kept.flush()
    finally:
        model.temporal_module, model.stretches = shipped
        model.with_notes = True
    return Result(row, outcomes)


def code_digest() -> str:
    """A hash of the engine's code: answers of an older version are not reused."""
    core = Path(__file__).parents[2]
    sources = [path for path in core.rglob("*.py") if not path.is_relative_to(core / "lab")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:8]
