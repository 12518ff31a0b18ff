"""The ablation: the effect of each part of the recipe, on the same held-out clips, per skill and language.

The LLM and g are compact's own in every row; rows differ in what enters the prompt. Where a row has a
trained temporal module, that alone is trained, by alignment without the LLM and for every row alike, and
plugged in. All that a row needs is kept in its folder: a stopped run continues.
"""

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from core.compact.model import CompactImageLLM
from core.engine.video_chat import VideoChat
from core.features.adapter import load_temporal_module, save_temporal_module
from core.features.temporal_module import TemporalModule
from core.lab.clips.dataset import FRAMES
from core.lab.evaluation import held_out
from core.lab.evaluation.held_out import Outcome, Score
from core.lab.training.alignment import AlignmentSettings, align
from core.lab.training.material import TrainingMaterial
from core.lab.training.run import TrainingSettings, new_temporal_module

BOTH = ("spatial", "temporal")


@dataclass(frozen=True)
class Row:
    """One way from a clip to a visual prefix."""

    name: str  # of its folder
    title: str  # for people
    kind: str | None = None  # of its temporal module; None: a copy of g, untrained
    clips: int | None = None  # that its temporal module is trained on; None: all
    frames: int = FRAMES
    stretches: tuple[str, ...] = BOTH
    shipped: bool = False  # compact's own temporal module, which was trained together with g


ROWS = (
    Row("image", "(a) Image LLM, middle frame", frames=1, stretches=("spatial",)),
    Row("spatial", "(b) spatial tokens only", stretches=("spatial",)),
    Row("temporal", "(c) temporal tokens only, g_t = g", stretches=("temporal",)),
    Row("untrained", "(d) both, g_t = g, untrained"),
    Row("copy", "(e) both, g_t `copy` trained", kind="copy"),
    Row("attention", "(f) both, g_t `attention` trained", kind="attention"),
    Row("gru", "(g) both, g_t `gru` trained", kind="gru"),
    Row("shipped", "as shipped: `attention`, trained together with g", shipped=True),
)
# (f) trained on fewer clips; with `untrained` and `attention` itself they make the learning curve.
CURVE = tuple(
    Row(f"attention-{clips}", f"(f) on {clips} clips", kind="attention", clips=clips) for clips in (64, 256)
)
# Fewer steps than `train` takes: g is there already.
TRAINING = AlignmentSettings(steps=400)


@dataclass(frozen=True)
class Cost:
    """The cost of training a row's temporal module."""

    minutes: float
    clips: int  # different rendered clips
    samples: int  # clips and montages, with repeats
    parameters: int  # trained


@dataclass(frozen=True)
class Result:
    row: Row
    outcomes: list[Outcome]
    cost: Cost | None  # None where nothing was trained

    def scores(self) -> dict[tuple[str, str], Score]:
        return held_out.scores(self.outcomes)

    def pooled(self, *skills: str) -> Score:
        """Of these skills together, in both languages."""
        right = [outcome.right for outcome in self.outcomes if outcome.skill in skills]
        return Score(sum(right), len(right))


def of_rows(settings: TrainingSettings) -> TrainingSettings:
    """With a quarter of the single pictures that a whole run learns from, and all of its clips."""
    return replace(settings, stills=3000, drawings=2500, redrawn=1500, distant=1500, photos=2500)


def run_row(
    row: Row,
    model: CompactImageLLM,
    cache: Path,
    folder: Path,
    material: Callable[[], TrainingMaterial],
    art: Path,
    videos: Path,
    per_skill: int,
) -> Result:
    """Train what the row needs, ask, and keep both below `folder`; what is kept there is not done again.

    material: gives what to train on, called only if needed. videos: where held-out
    clips are written.
    """
    folder = folder / model.fingerprint / row.name  # answers of other weights are kept apart
    shipped, stretches = model.temporal_module, model.stretches
    try:
        if not row.shipped:
            model.temporal_module = _temporal_module(row, model, folder, material)
        model.stretches = row.stretches
        outcomes = _asked(row, VideoChat(model, cache), folder, art, videos, per_skill)
    finally:
        model.temporal_module, model.stretches = shipped, stretches
    cost_file = folder / "cost.json"
    cost = Cost(**json.loads(cost_file.read_text())) if cost_file.exists() else None
    return Result(row, outcomes, cost)


def _temporal_module(
    row: Row,
    model: CompactImageLLM,
    folder: Path,
    material: Callable[[], TrainingMaterial],
) -> TemporalModule:
    if row.kind is None:
        return new_temporal_module(model, "copy").eval()
    if not (folder / "cost.json").exists():
        temporal_module = new_temporal_module(model, row.kind)
        learned = material()
        clips = learned.clips.first(row.clips) if row.clips else learned.clips
        started = time.monotonic()
        align(model, temporal_module, replace(learned, clips=clips), TRAINING, with_g=False)
        cost = Cost(
            minutes=(time.monotonic() - started) / 60,
            clips=len(clips.scenes),
            samples=TRAINING.steps * (TRAINING.clips + TRAINING.montages + TRAINING.photo_montages),
            parameters=sum(p.numel() for p in temporal_module.parameters()),
        )
        save_temporal_module(temporal_module, folder)
        (folder / "cost.json").write_text(json.dumps(asdict(cost)))
    return load_temporal_module(folder, model.alignment, model.name, model.fingerprint)


def _asked(row: Row, chat: VideoChat, folder: Path, art: Path, videos: Path, per_skill: int) -> list[Outcome]:
    kept = folder / f"test-{per_skill}-{code_digest()}.jsonl"
    if kept.exists():
        return [Outcome(**json.loads(line)) for line in kept.read_text(encoding="utf-8").splitlines()]
    outcomes = list(held_out.evaluate(chat, art, videos, "test", per_skill, frames=row.frames))
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = kept.with_suffix(".tmp")
    unfinished.write_text("".join(map(held_out.as_json, outcomes)), encoding="utf-8")
    unfinished.replace(kept)
    return outcomes


def code_digest() -> str:
    """A hash of the engine's code: answers of an older version are not reused."""
    core = Path(__file__).parents[2]
    sources = [path for path in core.rglob("*.py") if not path.is_relative_to(core / "lab")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(sources))).hexdigest()[:8]
