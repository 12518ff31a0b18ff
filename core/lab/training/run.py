"""One training run from nothing to a folder like `assets/compact`: encoder, clips, steps 0 and 1, detector.

Every stage writes its result to the run's folder and is skipped when that is already there, so a run that was
stopped continues.
"""

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from core.compact.eyes import load_encoder, load_llm
from core.compact.llm.words import add_words, first_rows
from core.compact.model import CompactImageLLM
from core.compact.temporal_module import CompactTemporalModule
from core.compact.trained_parts import (
    DETECTOR,
    TEMPORAL_FOLDER,
    WEIGHTS_FILE,
    CompactConfig,
    below,
    save_compact,
)
from core.compact.vision.frame_encoder import class_head
from core.features.adapter import save_temporal_module
from core.lab.clips.dataset import DRAWN_STILLS, frames_of, in_edition, make_features, workers_here
from core.lab.clips.still_features import make_still_features
from core.lab.clips.trunk_maps import Source, make_trunk_maps
from core.lab.clips.virtual_photos import class_labels, photographs, virtual_photos
from core.lab.experiments.averaging import between
from core.lab.experiments.warm_start import warm_start, warm_start_alignment
from core.lab.questions.new_words import new_words
from core.lab.questions.taught import taught_vocabulary
from core.lab.training.alignment import AlignmentSettings, align, sharpen
from core.lab.training.encoder import EncoderSettings, TuningStills, tune_encoder
from core.lab.training.initialisation import G_HEADS, OVER_TIME_HEADS, SECOND_TOKEN, label_counts
from core.lab.training.instruction import InstructionSettings, instruct
from core.lab.training.material import TrainingMaterial, joined, load_material
from core.lab.training.object_detector import DetectorSettings, fit_detector, located_pictures
from core.lab.training.photograph_gate import fit_photograph_gate
from core.lab.training.tuned_model import TunedModel
from core.progress import no_progress

log = logging.getLogger(__name__)


def compact_config(lora_rank: int = CompactConfig.lora_rank) -> CompactConfig:
    """The config of the compact model with the word heads that step 0 trains."""
    return CompactConfig(lora_rank, word_heads=label_counts(G_HEADS), class_labels=class_labels())


@dataclass(frozen=True)
class TrainingSettings:
    """A whole run. Folders: `art` holds the pictures (`make art`), `features` and `out` are made."""

    art: Path
    features: Path
    out: Path
    clips: int = 1000
    wild_clips: int = 200
    stills: int = 9460  # two and a half of each picture, if all are there
    drawings: int = 7101  # one of each
    clipart: int = 0  # three of each are 2070, with which photographs are named less often: see the card
    redrawn: int = 7568  # two of each
    distant: int = 10885  # one of each
    photos: int = 8550  # thirty of each photograph, if all are there
    most_photos: int = 480  # of one concept
    edition: int = 1  # of all that is drawn for training; see dataset.py
    virtual_photos: int = 5000
    validation_clips: int = 300
    held_out_stills: int = 840  # for measuring the tuning of the encoder, in a style that is not trained on
    start_from: Path | None = None  # a folder like `out`, whose updates of the LLM step 1 begins with
    keep_alignment: bool = False  # whether encoder and step 0 begin with its g and g_t
    keep_encoder: bool = False  # whether the encoder stays its encoder
    alignment_share: float = 0.5  # of a continued step 0, in its mean with the g and g_t before
    sharpness: float = 1.6  # factor on the logits of objects after step 0, see `sharpen`
    kept_back: float = 0.4  # share that step 0 does not see, so that step 1 gets tokens of unseen data
    temporal_module: str = "attention"
    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    compact: CompactConfig = field(default_factory=compact_config)
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    instruction: InstructionSettings = field(default_factory=InstructionSettings)


def untrained(settings: TrainingSettings) -> tuple[CompactImageLLM, list[str], torch.Tensor]:
    """The compact model with its new words, before any training; these words; their first rows [words, K]."""
    llm, tokenizer = load_llm(no_progress)
    model = CompactImageLLM(llm, tokenizer, settings.compact)
    words, english = new_words(tokenizer)
    rows = first_rows(llm, tokenizer, words, english)
    add_words(llm, tokenizer, words, rows)
    model.temporal_module = new_temporal_module(model, settings.temporal_module)
    return model, words, rows


def new_temporal_module(model: CompactImageLLM, kind: str) -> CompactTemporalModule:
    """An untrained temporal module (copy, attention or gru) with the heads that step 0 trains."""
    options = {"word_heads": label_counts(OVER_TIME_HEADS), "second_token": list(SECOND_TOKEN)}
    module = model.new_temporal_module(f"compact-{kind}", options={} if kind == "copy" else options)
    assert isinstance(module, CompactTemporalModule), "of compact's own kinds"
    return module


def still_splits(settings: TrainingSettings) -> dict[str, int]:
    """The splits of stills, with how many of each the run uses; photographs last."""
    counts = {in_edition(split, settings.edition): getattr(settings, split) for split in DRAWN_STILLS}
    return {split: count for split, count in {**counts, "photos": settings.photos}.items() if count}


def trunk_maps(settings: TrainingSettings, split: str, count: int) -> Source:
    """The trunk maps of the first stills of a split, made where they are not there yet."""
    return make_trunk_maps(settings.art, settings.features, split, range(count), workers_here())


def training_material(settings: TrainingSettings, updates: dict[str, Tensor]) -> TrainingMaterial:
    """The training data of the run, drawn and encoded where it is not there yet; updates: the encoder's."""
    seed = settings.alignment.seed
    train, wild = (in_edition(split, settings.edition) for split in ("train", "wild"))
    counts = {
        train: settings.clips,
        wild: settings.wild_clips,
        **still_splits(settings),
        "validation": settings.validation_clips,
    }
    for split, count in counts.items():
        if frames_of(split) == 1:
            make_still_features(settings.features, split, trunk_maps(settings, split, count), updates)
        else:
            make_features(settings.art, settings.features, split, count, workers_here(), updates)
    material = {
        split: load_material(settings.features, settings.art, split, counts[split]) for split in counts
    }
    real = material["photos"]
    weight, bias = class_head(load_encoder())
    virtual = virtual_photos(real, weight, bias, settings.virtual_photos, seed)
    return TrainingMaterial(
        clips=joined([material[train], material[wild]], seed),
        stills=joined([material[split] for split in still_splits(settings) if split != "photos"], seed),
        photos=photographs(real, virtual, settings.most_photos, seed),
        held_out=material["validation"],
    )


def train(settings: TrainingSettings) -> None:
    """Make `settings.out`: what `load_compact` takes as its assets."""
    started = time.monotonic()
    settings.out.mkdir(parents=True, exist_ok=True)
    model, words, rows = untrained(settings)
    g_t = model.own_temporal_module
    parts = {"alignment": model.alignment, "places": model.places, "temporal_module": g_t}
    if settings.keep_alignment and settings.start_from:
        warm_start_alignment(model, settings.start_from)

    seeing = settings.out / "encoder.pt"
    if not seeing.exists():
        updates = encoder_updates(settings, model)
        log.info("the encoder is tuned after %.1f minutes", (time.monotonic() - started) / 60)
        states = {name: part.state_dict() for name, part in parts.items()}
        torch.save({"updates": updates, "parts": states}, seeing)
    saved = torch.load(seeing, weights_only=True)
    _load(parts, saved["parts"])

    material = training_material(settings, saved["updates"])
    log.info("clips are there after %.1f minutes", (time.monotonic() - started) / 60)
    aligned = settings.out / "aligned.pt"
    if not aligned.exists():
        if settings.alignment.steps:
            begun = settings.keep_alignment
            scores = align(model, g_t, material, settings.alignment, settings.kept_back, begun=begun)
            log.info("aligned after %.1f minutes: %s", (time.monotonic() - started) / 60, scores)
            if begun:
                for name, part in parts.items():
                    state = saved["parts"][name], part.state_dict()
                    part.load_state_dict(between(*state, settings.alignment_share))
        sharpen(model, g_t, settings.sharpness)
        fit_photograph_gate(model, g_t, material, settings.kept_back, settings.alignment.seed)
        torch.save({name: part.state_dict() for name, part in parts.items()}, aligned)
    _load(parts, torch.load(aligned, weights_only=True))
    tuned = TunedModel(model, g_t, rows, settings.compact.lora_rank, settings.compact.lora_scale)
    if settings.start_from:
        warm_start(tuned, words, settings.start_from)
    checkpoint = settings.out / "instruction.pt"
    instruct(tuned, model, material, settings.kept_back, settings.instruction, checkpoint)
    of_encoder = {"encoder": saved["updates"], DETECTOR: detector(settings, saved["updates"])}
    save(settings, words, {**of_encoder, **tuned.trained_state()}, g_t)
    log.info("all done after %.1f minutes", (time.monotonic() - started) / 60)


def encoder_updates(settings: TrainingSettings, model: CompactImageLLM) -> dict[str, Tensor]:
    """The encoder's low-rank updates: of the folder that the run starts from, kept or tuned further, or new
    ones.

    Where they are tuned, the heads of g and g_t are trained with them.
    """
    begun = None
    if settings.start_from and (settings.keep_encoder or settings.keep_alignment):
        begun = below(load_file(settings.start_from / WEIGHTS_FILE), "encoder")
        if settings.keep_encoder:
            return begun
    maps = {split: trunk_maps(settings, split, count) for split, count in still_splits(settings).items()}
    photos = maps.pop("photos")
    held_out = trunk_maps(settings, "style", settings.held_out_stills)
    stills = TuningStills(list(maps.values()), photos, held_out)
    checkpoint = settings.out / "encoder-checkpoint.pt"
    return tune_encoder(model, model.own_temporal_module, stills, settings.encoder, checkpoint, begun)


def detector(settings: TrainingSettings, updates: dict[str, Tensor]) -> dict[str, Tensor]:
    """The object detector's state: of the folder whose encoder the run keeps, or else of a new one."""
    begun = settings.start_from if settings.keep_encoder else None
    if begun and (state := below(load_file(begun / WEIGHTS_FILE), DETECTOR)):
        return state
    fitted = settings.out / f"{DETECTOR}.pt"
    if not fitted.exists():
        pictures = located_pictures(settings.art, updates)
        of_seed = DetectorSettings(seed=settings.alignment.seed)
        torch.save(fit_detector(pictures, of_seed).state_dict(), fitted)
    return torch.load(fitted, weights_only=True)


def _load(parts: dict[str, torch.nn.Module], states: dict[str, dict[str, Tensor]]) -> None:
    for name, part in parts.items():
        part.load_state_dict(states[name])


def save(
    settings: TrainingSettings,
    words: list[str],
    parts: dict[str, dict[str, Tensor]],
    g_t: CompactTemporalModule,
) -> None:
    """Write the trained parts; g_t is marked as made for exactly these weights of the Image LLM."""
    fingerprint = save_compact(settings.out, settings.compact, words, parts, taught_vocabulary())
    g_t.config = type(g_t.config)(**{**vars(g_t.config), "model_fingerprint": fingerprint})
    save_temporal_module(g_t, settings.out / TEMPORAL_FOLDER)
