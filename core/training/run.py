"""One training run from nothing to a folder like `assets/compact`: clips, step 0, step 1, files.

Every stage leaves what it made in the run's folder and is skipped when that is already there, so
a run that was stopped goes on where it was. Knows nothing of the command line.
"""

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch

from core.image_llm.compact.base_weights import load_encoder, load_llm
from core.image_llm.compact.encoding import class_head
from core.image_llm.compact.model import (
    TEMPORAL_FOLDER,
    CompactConfig,
    CompactImageLLM,
    save_compact,
)
from core.image_llm.compact.words import add_words, first_rows
from core.temporal_module import CopyTemporalModule, save_temporal_module
from core.training.alignment import (
    G_HEADS,
    OVER_TIME_HEADS,
    SECOND_TOKEN,
    AlignmentSettings,
    align,
    label_counts,
    sharpen,
)
from core.training.clips import make_features, workers_here
from core.training.instruction import InstructionSettings, TunedModel, instruct
from core.training.joined import joined
from core.training.material import TrainingMaterial, load_material
from core.training.new_words import new_words
from core.training.virtual_photos import photographs, virtual_photos
from core.training.warm_start import warm_start, warm_start_alignment

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingSettings:
    """A whole run. Folders: `art` holds the pictures (`make art`), `features` and `out` are made."""

    art: Path
    features: Path
    out: Path
    clips: int = 2600
    wild_clips: int = 450
    stills: int = 56000
    drawings: int = 15625  # five of each, if all are there
    photos: int = 9000  # forty-seven of each photograph, if all are there
    most_photos: int = 240  # of one concept
    virtual_photos: int = 5000
    validation_clips: int = 300
    start_from: Path | None = None  # a folder like `out`, whose updates of the LLM step 1 begins with
    keep_alignment: bool = False  # whether step 0, be it of no steps, begins with its g and g_t
    sharpness: float = 1.6  # of the names that step 1 is told, against those that step 0 learned
    kept_back: float = 0.4  # share of clips and stills that only step 1 sees, so that it reads honest tokens
    temporal_module: str = "attention"
    compact: CompactConfig = field(default_factory=lambda: CompactConfig(word_heads=label_counts(G_HEADS)))
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    instruction: InstructionSettings = field(default_factory=InstructionSettings)


def untrained(cache: Path, settings: TrainingSettings) -> tuple[CompactImageLLM, list[str], torch.Tensor]:
    """The compact model with its new words, before any training; and these words with their first rows."""
    llm, tokenizer = load_llm(cache, lambda key, fraction: None)
    model = CompactImageLLM(llm, tokenizer, settings.compact)
    words, english = new_words(tokenizer)
    rows = first_rows(llm, tokenizer, words, english)
    add_words(llm, tokenizer, words, rows)
    model.temporal_module = new_temporal_module(model, settings.temporal_module)
    return model, words, rows


def new_temporal_module(model: CompactImageLLM, kind: str) -> CopyTemporalModule:
    """An untrained temporal module with the heads that step 0 trains."""
    if kind == "copy":
        return model.new_temporal_module(kind)
    return model.new_temporal_module(
        kind, word_heads=label_counts(OVER_TIME_HEADS), second_token=list(SECOND_TOKEN)
    )


def training_material(settings: TrainingSettings) -> TrainingMaterial:
    """All that the run learns from, drawn and encoded where it is not there yet."""
    seed = settings.alignment.seed
    counts = {
        "train": settings.clips,
        "wild": settings.wild_clips,
        "stills": settings.stills,
        "drawings": settings.drawings,
        "photos": settings.photos,
        "validation": settings.validation_clips,
    }
    for split, count in counts.items():
        make_features(settings.art, settings.features, split, count, workers_here())
    material = {
        split: load_material(settings.features, settings.art, split, counts[split]) for split in counts
    }
    real = material["photos"]
    weight, bias = class_head(load_encoder())
    virtual = virtual_photos(real, weight, bias, settings.virtual_photos, seed)
    return TrainingMaterial(
        clips=joined([material["train"], material["wild"]], seed),
        stills=joined([material["stills"], material["drawings"]], seed),
        photos=photographs(real, virtual, settings.most_photos, seed),
        held_out=material["validation"],
    )


def train(cache: Path, settings: TrainingSettings) -> None:
    """Make `settings.out`: what `load_compact` takes as its assets."""
    started = time.monotonic()
    material = training_material(settings)
    log.info("clips are there after %.1f minutes", (time.monotonic() - started) / 60)
    model, words, rows = untrained(cache, settings)
    g_t = model.temporal_module
    aligned = settings.out / "aligned.pt"
    parts = {"alignment": model.alignment, "places": model.places, "temporal_module": g_t}
    if not aligned.exists():
        kept = settings.start_from if settings.keep_alignment else None
        if kept:
            warm_start_alignment(model, kept)
        if settings.alignment.steps:
            begun = kept is not None
            scores = align(model, g_t, material, settings.alignment, settings.kept_back, begun=begun)
            log.info("aligned after %.1f minutes: %s", (time.monotonic() - started) / 60, scores)
        sharpen(model, g_t, settings.sharpness)
        settings.out.mkdir(parents=True, exist_ok=True)
        torch.save({name: part.state_dict() for name, part in parts.items()}, aligned)
    state = torch.load(aligned, weights_only=True)
    for name, part in parts.items():
        part.load_state_dict(state[name])
    tuned = TunedModel(model, g_t, rows, settings.compact.lora_rank, settings.compact.lora_scale)
    if settings.start_from:
        warm_start(tuned, words, settings.start_from)
    checkpoint = settings.out / "instruction.pt"
    instruct(tuned, model, material, settings.kept_back, settings.instruction, checkpoint)
    save(settings, words, tuned, g_t)
    log.info("all done after %.1f minutes", (time.monotonic() - started) / 60)


def save(settings: TrainingSettings, words: list[str], tuned: TunedModel, g_t: CopyTemporalModule) -> None:
    """Write the trained parts; g_t is marked as made for exactly these weights of the Image LLM."""
    fingerprint = save_compact(settings.out, settings.compact, words, tuned.trained_state())
    g_t.config = type(g_t.config)(**{**vars(g_t.config), "model_fingerprint": fingerprint})
    save_temporal_module(g_t, settings.out / TEMPORAL_FOLDER)
