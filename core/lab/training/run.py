"""The training of compact's eyes, from nothing to a folder like `assets/eyes`: encoder, step 0, gates, crops.

No LLM is needed. Every stage writes its result to the run's folder and is skipped when that is already there,
so a run that was stopped continues.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.compact.eyes import load_encoder
from core.compact.trained_parts import save_eyes
from core.compact.vision.frame_encoder import class_head
from core.lab.clips.dataset import frames_of, make_features, workers_here
from core.lab.clips.still_features import make_still_features
from core.lab.clips.trunk_maps import Source, make_trunk_maps
from core.lab.clips.virtual_photos import photographs, virtual_photos
from core.lab.training.alignment import AlignmentSettings, align, sharpen
from core.lab.training.encoder import EncoderSettings, TuningStills, tune_encoder
from core.lab.training.initialisation import Sight, untrained
from core.lab.training.material import TrainingMaterial, joined, load_material
from core.lab.training.object_detector import DetectorSettings, fit_detector, located_pictures
from core.lab.training.photograph_gate import fit_photograph_gate

log = logging.getLogger(__name__)

CLIPS = {"train": 1000, "wild": 200}
STILLS = {  # of each picture: two and a half, one, two, one
    "stills": 9460,
    "drawings": 7101,
    "redrawn": 7568,
    "distant": 10885,
}
PHOTOS = {"photos": 8550}  # thirty pieces of each
HELD_OUT_CLIPS = {"validation": 300}
HELD_OUT_STILLS = {"style": 840}  # in a style that is not trained on
VIRTUAL_PHOTOS = 5000
MOST_PHOTOS = 480  # of one concept


@dataclass(frozen=True)
class TrainingSettings:
    """A whole run. Folders: `art` holds the pictures (`make art`), `features` and `out` are made."""

    art: Path
    features: Path
    out: Path
    share: float = 1.0  # of the usual clips and pictures: less for a trial
    encoder: EncoderSettings = field(default_factory=EncoderSettings)
    alignment: AlignmentSettings = field(default_factory=AlignmentSettings)
    detector: DetectorSettings = field(default_factory=DetectorSettings)

    def counts(self, usual: dict[str, int]) -> dict[str, int]:
        """How many of each split this run uses."""
        return {split: max(16, round(self.share * count)) for split, count in usual.items()}


def train_eyes(settings: TrainingSettings) -> None:
    """Make `settings.out`: what `Eyes` takes as its folder, beside the stages' own results."""
    started = time.monotonic()

    def stage(name: str, make: Callable[[], Any]) -> Any:
        """What this stage made, now or in an earlier run."""
        path = settings.out / f"{name}.pt"
        if not path.exists():
            torch.save(make(), path.with_suffix(".new"))
            path.with_suffix(".new").replace(path)
            log.info("%s is there after %.1f minutes", name, (time.monotonic() - started) / 60)
        return torch.load(path, weights_only=True)

    settings.out.mkdir(parents=True, exist_ok=True)
    sight = untrained(class_head(load_encoder()))
    tuned = stage("encoder", lambda: _tuned_encoder(settings, sight))
    _load(sight, tuned["sight"])
    aligned = stage("aligned", lambda: _aligned(settings, sight, tuned["updates"]))
    locator = stage("locator", lambda: _locator(settings, tuned["updates"]))
    save_eyes(settings.out, {"encoder": tuned["updates"], "locator": locator, **aligned})


def training_material(settings: TrainingSettings, updates: dict[str, Tensor]) -> TrainingMaterial:
    """The training data of the run, drawn and encoded where it is not there yet; updates: the encoder's."""
    counts = settings.counts({**CLIPS, **STILLS, **PHOTOS, **HELD_OUT_CLIPS})
    for split, count in counts.items():
        if frames_of(split) == 1:
            make_still_features(settings.features, split, _trunk_maps(settings, split, count), updates)
        else:
            make_features(settings.art, settings.features, split, count, workers_here(), updates)
    material = {
        split: load_material(settings.features, settings.art, split, count) for split, count in counts.items()
    }
    seed, real = settings.alignment.seed, material["photos"]
    count = settings.counts({"virtual": VIRTUAL_PHOTOS})["virtual"]
    virtual = virtual_photos(real, *class_head(load_encoder()), count, seed)
    return TrainingMaterial(
        clips=joined([material[split] for split in CLIPS], seed),
        stills=joined([material[split] for split in STILLS], seed),
        photos=photographs(real, virtual, MOST_PHOTOS, seed),
        held_out=material["validation"],
    )


def _tuned_encoder(settings: TrainingSettings, sight: Sight) -> dict[str, Any]:
    """The encoder's updates, beside g and g_t, whose heads were trained with them."""
    counts = settings.counts({**STILLS, **PHOTOS, **HELD_OUT_STILLS})
    maps = {split: _trunk_maps(settings, split, count) for split, count in counts.items()}
    stills = TuningStills([maps[split] for split in STILLS], maps["photos"], maps["style"])
    updates = tune_encoder(sight, stills, settings.encoder, settings.out / "encoder-checkpoint.pt")
    return {"updates": updates, "sight": _state(sight)}


def _aligned(settings: TrainingSettings, sight: Sight, updates: dict[str, Tensor]) -> dict[str, Any]:
    material = training_material(settings, updates)
    log.info("right on held-out clips: %s", align(sight, material, settings.alignment))
    sharpen(sight)
    fit_photograph_gate(sight, material, settings.alignment.seed)
    return _state(sight)


def _locator(settings: TrainingSettings, updates: dict[str, Tensor]) -> dict[str, Tensor]:
    """The state of the detector of things to crop, trained on what the tuned encoder sees."""
    pictures = located_pictures(settings.art, updates, settings.share)
    return fit_detector(pictures, settings.detector).state_dict()


def _trunk_maps(settings: TrainingSettings, split: str, count: int) -> Source:
    """The trunk maps of the first stills of a split, made where they are not there yet."""
    return make_trunk_maps(settings.art, settings.features, split, range(count), workers_here())


def _state(sight: Sight) -> dict[str, dict[str, Tensor]]:
    return {
        "alignment": sight.alignment.state_dict(),
        "temporal_module": sight.temporal_module.state_dict(),
    }


def _load(sight: Sight, state: dict[str, dict[str, Tensor]]) -> None:
    sight.alignment.load_state_dict(state["alignment"])
    sight.temporal_module.load_state_dict(state["temporal_module"])
