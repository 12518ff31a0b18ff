"""The effect of each option of the training loop: short runs that differ in one thing.

Runs of step 0 are scored by the accuracy of token labels, on clips of three held-out splits; runs of step 1,
all from compact's own g and g_t, by their loss on held-out clips. A short run cannot show what only a long
one would. Results are kept: a stopped measurement continues.
"""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.compact.model import CompactImageLLM
from core.compact.vision.frame_encoder import GRID
from core.lab.clips.dataset import in_edition, make_features, workers_here
from core.lab.questions.examples import SequenceMaker
from core.lab.training.alignment import AlignmentSettings, align, measure
from core.lab.training.instruction import InstructionSettings, held_out_loss, instruct
from core.lab.training.material import Material, TrainingMaterial, load_material
from core.lab.training.run import TrainingSettings, untrained
from core.lab.training.tuned_model import TunedModel

log = logging.getLogger(__name__)

HELD_OUT = {"validation": "as in training", "style": "unseen style", "outdoors": "filmed badly"}
HELD_OUT_CLIPS = 120
SHOWN = {  # of what `measure` gives, and the name for people
    "temporal object": "object",
    "over time motion": "motion",
}
STEP_0 = AlignmentSettings(steps=80)
STEP_1 = InstructionSettings(steps=24, clips=4, montages=2, photo_montages=1, warm_up=6)
AS_TRAINED = "as trained"
ANOTHER_SEED = "as trained, another seed"  # how large differences by chance are


@dataclass(frozen=True)
class Variant:
    """One run, and its difference from the training of compact."""

    title: str
    alignment: AlignmentSettings | None = None  # of step 0
    instruction: InstructionSettings | None = None  # of step 1
    lora_rank: int | None = None
    without: tuple[str, str] | None = None  # (kind of material, the one split of it that is left)


VARIANTS = (
    Variant(AS_TRAINED, STEP_0),
    Variant(ANOTHER_SEED, replace(STEP_0, seed=1)),
    Variant("no noise on features", replace(STEP_0, feature_noise=0.0)),
    Variant("frame jitter 0.2", replace(STEP_0, frame_jitter=0.2)),
    Variant("temporal crop 0.5", replace(STEP_0, temporal_crop=0.5)),
    Variant("easy first 0.3", replace(STEP_0, easy_first=0.3)),
    Variant("without the further styles", STEP_0, without=("stills", "stills")),
    Variant("without clips filmed badly", STEP_0, without=("clips", "train")),
    Variant(AS_TRAINED, instruction=STEP_1),
    Variant(ANOTHER_SEED, instruction=replace(STEP_1, seed=1)),
    Variant("LoRA rank 8", instruction=STEP_1, lora_rank=8),
    Variant("LoRA rank 64", instruction=STEP_1, lora_rank=64),
    Variant("g and g_t trained, rate 2e-4", instruction=replace(STEP_1, visual_rate=2e-4)),
    Variant("no noise on features", instruction=replace(STEP_1, feature_noise=0.0)),
    Variant("frame jitter 0.2", instruction=replace(STEP_1, frame_jitter=0.2)),
    Variant("easy first 0.3", instruction=replace(STEP_1, easy_first=0.3)),
)

Scores = dict[str, float]


def run_variants(
    trained: CompactImageLLM,
    settings: TrainingSettings,
    material: Callable[[], TrainingMaterial],
) -> dict[str, dict[str, Scores]]:
    """Scores by step ("0" or "1") and title; those that are there already are kept."""
    kept = settings.out / trained.fingerprint / "effects.json"
    results: dict[str, dict[str, Scores]] = {"0": {}, "1": {}}
    if kept.exists():
        results = json.loads(kept.read_text(encoding="utf-8"))
    for variant in VARIANTS:
        step = "0" if variant.alignment else "1"
        if variant.title in results[step]:
            continue
        run = _step_0 if variant.alignment else _step_1
        results[step][variant.title] = run(variant, trained, settings, material())
        log.info("step %s, %s: %s", step, variant.title, results[step][variant.title])
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_suffix(".tmp")
        unfinished.write_text(json.dumps(results, indent=1), encoding="utf-8")
        unfinished.replace(kept)
    return results


def _step_0(
    variant: Variant,
    trained: CompactImageLLM,
    settings: TrainingSettings,
    material: TrainingMaterial,
) -> Scores:
    assert variant.alignment is not None
    if variant.without:
        kind, split = variant.without
        count = {"stills": settings.stills, "train": settings.clips}[split]
        left = load_material(settings.features, settings.art, in_edition(split, settings.edition), count)
        material = replace(material, **{kind: left})
    model, _, _ = untrained(settings)
    align(model, model.own_temporal_module, material, variant.alignment, settings.kept_back)
    scores: Scores = {}
    for split, name in HELD_OUT.items():
        clips = _held_out_clips(settings, trained, split)
        found = measure(model, model.own_temporal_module, clips)
        scores |= {f"{told}, {name}": found[key] for key, told in SHOWN.items()}
    return scores


def _held_out_clips(settings: TrainingSettings, trained: CompactImageLLM, split: str) -> Material:
    workers = workers_here()
    make_features(settings.art, settings.features, split, HELD_OUT_CLIPS, workers, trained.encoder_updates)
    return load_material(settings.features, settings.art, split, HELD_OUT_CLIPS)


def _step_1(
    variant: Variant,
    trained: CompactImageLLM,
    settings: TrainingSettings,
    material: TrainingMaterial,
) -> Scores:
    assert variant.instruction is not None
    model, _, rows = untrained(settings)
    for mine, theirs in (
        (model.alignment, trained.alignment),
        (model.places, trained.places),
        (model.temporal_module, trained.temporal_module),
    ):
        mine.load_state_dict(theirs.state_dict())
    rank = variant.lora_rank or settings.compact.lora_rank
    tuned = TunedModel(model, model.own_temporal_module, rows, rank, settings.compact.lora_scale)
    checkpoint = settings.out / "effects.pt"  # of this variant alone: it was stopped if there is one
    instruct(tuned, model, material, settings.kept_back, variant.instruction, checkpoint)
    checkpoint.unlink()
    maker = SequenceMaker(
        model.tokenizer, model.template, GRID[0] * GRID[1], model.temporal_module.tokens_per_frame
    )
    return {"loss on held-out clips": held_out_loss(tuned, maker, material.held_out)}


def as_markdown(results: dict[str, dict[str, Scores]]) -> str:
    """A table for each step: a row per variant, a column per score."""
    tables = []
    for step, variants in results.items():
        columns = list(next(iter(variants.values())))
        lines = [f"| step {step} | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
        for title, scores in variants.items():
            cells = (f"{score:.3f}" if "loss" in name else f"{score:.1%}" for name, score in scores.items())
            lines.append(f"| {title} | {' | '.join(cells)} |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)
