"""Step 1 of training: instruction tuning through the LLM, on the answers alone.

Trained: low-rank updates of the LLM, the rows of its new words, g and g_t. The vision encoder and the
LLM's own weights stay as they are. Features are precomputed, so a step costs one pass through the LLM.
"""

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor, nn

from core.compact.model import CompactImageLLM
from core.compact.vision.frame_encoder import GRID
from core.lab.clips.dataset import FRAMES
from core.lab.clips.montage import montage_features, montage_of, sample_montage
from core.lab.clips.render import frame_times
from core.lab.clips.scenes import Scene
from core.lab.clips.variants import as_sampled, vary
from core.lab.experiments.drill import drill_batches
from core.lab.questions.examples import FORMS, Batch, SequenceMaker, collate
from core.lab.training.augmentation import chosen_frames, with_noise
from core.lab.training.material import (
    Material,
    TrainingMaterial,
    easy_clips,
    pairs,
    tensors,
    unit_seconds,
)
from core.lab.training.tuned_model import TunedModel

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InstructionSettings:
    steps: int = 950
    clips: int = 6  # rendered clips in a step
    montages: int = 4  # clips cut together from stills in a step
    photo_montages: int = 5  # and from photographs
    lone_photos: float = 0.85  # share of these that show one only, as films of real things mostly do
    pairs: float = 0.5  # share of the montages that show two things side by side, and nothing else
    turns: int = 8  # questions about each
    variants: bool = True  # whether rendered clips are also run backwards and mirrored
    lora_rate: float = 6e-4  # learning rate of the low-rank updates
    words_rate: float = 1e-3  # of the new words' rows
    visual_rate: float = 0.0  # of g and g_t; 0: they stay as step 0 left them
    warm_up: int = 60  # steps, and at most a quarter of all
    feature_noise: float = 0.1  # share of each feature's own spread
    few_frames: float = 0.15  # share of batches with every other frame only
    frame_jitter: float = 0.0  # probability that a frame is replaced by its neighbour
    easy_first: float = 0.0  # share of the steps that show one thing at a time, before all else
    drill: str | None = None  # the one skill that is asked, about two things side by side; see drill.py
    forms: dict[str, float] = field(  # share of the sequences that have each of FORMS
        default_factory=lambda: {"whole": 0.78, "picture": 0.1, "time": 0.05, "names": 0.07}
    )
    checkpoint_every: int = 100  # steps
    seed: int = 0


Inputs = tuple[Batch, Tensor, Tensor, Tensor, Tensor]  # what TunedModel takes


def batches(
    maker: SequenceMaker,
    material: TrainingMaterial,
    numbers: tuple[range, range, range],
    settings: InstructionSettings,
    first_step: int,
) -> Iterator[Inputs]:
    """Endless batches; the step's number seeds each, so that a resumed run gets the same ones.

    numbers: of the clips, stills and photos that are used.
    """
    of_clips, of_stills, of_photos = numbers
    easy = easy_clips(material.clips, of_clips)
    of_pairs = pairs(material.stills, of_stills)
    step = first_step
    while True:
        random = Random(f"{settings.seed}-{step}")
        begins = step < settings.easy_first * settings.steps
        chosen = np.array(sorted(random.sample(easy if begins else of_clips, settings.clips)))
        scenes = [material.clips.scenes[number] for number in chosen]
        features = tensors(material.clips.features, chosen)
        if settings.variants:
            scenes, features = vary(random, scenes, features)
        for stills, those, count in (
            (material.stills, of_stills, settings.montages),
            (material.photos, of_photos, settings.photo_montages),
        ):
            if not count:
                continue
            lone = settings.lone_photos if stills is material.photos else 0.0
            montages = [
                montage_of(random, stills.scenes, [random.choice(of_pairs)])
                if stills is material.stills and of_pairs and random.random() < settings.pairs
                else sample_montage(
                    random, stills.scenes, those, most=1 if begins or random.random() < lone else 3
                )
                for _ in range(count)
            ]
            of_montages = montage_features(stills.features, montages)
            features = tuple(torch.cat(both) for both in zip(features, of_montages, strict=True))  # type: ignore[assignment]
            scenes = [*scenes, *(montage.scene for montage in montages)]
        yield _inputs(maker, scenes, features, random, settings)
        step += 1


def _inputs(
    maker: SequenceMaker,
    scenes: list[Scene],
    features: tuple[Tensor, Tensor, Tensor],
    random: Random,
    settings: InstructionSettings,
) -> Inputs:
    """Questions about these scenes, beside their features; sometimes every other frame only."""
    shown = chosen_frames(random, FRAMES, settings.frame_jitter, crop=0.0)
    kept = slice(1, None, 2) if random.random() < settings.few_frames else slice(None)
    spatial, temporal, cells = (with_noise(part, settings.feature_noise) for part in features)
    sequences = []
    for scene in scenes:
        form = FORMS[random.choices(list(settings.forms), list(settings.forms.values()))[0]]
        times = list(frame_times(scene.duration, FRAMES)[kept])
        sequences.append(maker.make(as_sampled(scene, times), times, random, settings.turns, form))
    seconds = unit_seconds(len(scenes))[:, kept]
    shown = shown[kept]
    return collate(sequences, padding=0), spatial, temporal[:, shown], cells[:, shown], seconds


def instruct(
    tuned: TunedModel,
    model: CompactImageLLM,
    material: TrainingMaterial,
    kept_back: float,
    settings: InstructionSettings,
    checkpoint: Path,
) -> None:
    """Train in place; resumes from `checkpoint` where there is one.

    kept_back: the share of the material, from the end, that step 0 has not seen and this one uses.
    """
    torch.manual_seed(settings.seed)
    groups = tuned.groups(settings.lora_rate, settings.words_rate, settings.visual_rate)
    optimiser = torch.optim.AdamW(groups, weight_decay=0.01, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, settings))
    first = 0
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        tuned.load_state_dict(saved["model"], strict=False)
        optimiser.load_state_dict(saved["optimiser"])
        schedule.load_state_dict(saved["schedule"])
        first = saved["step"]
        log.info("instruction tuning goes on at step %d", first)
    per_frame = tuned.temporal_module.tokens_per_frame
    maker = SequenceMaker(model.tokenizer, model.template, GRID[0] * GRID[1], per_frame)
    started, losses = time.monotonic(), []
    trained = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    numbers = material.ranges(1 - kept_back, 1)
    if settings.drill:
        noise, seed = settings.feature_noise, settings.seed
        source = drill_batches(maker, material.stills, numbers[1], settings.drill, noise, seed, first)
    else:
        source = batches(maker, material, numbers, settings, first)
    for step, inputs in zip(range(first, settings.steps), source, strict=False):
        loss = tuned(*inputs)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % 20 == 0:
            pace = (time.monotonic() - started) / (step + 1 - first)
            log.info("step %d: loss %.3f, %.2f s a step", step + 1, sum(losses[-20:]) / 20, pace)
        if (step + 1) % settings.checkpoint_every == 0 or step + 1 == settings.steps:
            _save_checkpoint(checkpoint, tuned, optimiser, schedule, step + 1)
            log.info("step %d: held-out loss %.3f", step + 1, held_out_loss(tuned, maker, material.held_out))


@torch.no_grad()
def held_out_loss(tuned: TunedModel, maker: SequenceMaker, held_out: Material) -> float:
    """Mean loss over eight fixed batches of held-out clips."""
    settings = InstructionSettings(
        clips=12,
        montages=0,
        photo_montages=0,
        variants=False,
        feature_noise=0.0,
        few_frames=0.0,
        forms={"whole": 1.0},
    )
    material = TrainingMaterial(held_out, held_out, held_out, held_out)
    source = batches(maker, material, material.ranges(0, 1), settings, 0)
    return sum(tuned(*next(source)).item() for _ in range(8)) / 8


def _rate(step: int, settings: InstructionSettings) -> float:
    """Linear warm-up, then half a cosine down to 2 %."""
    warm_up = min(settings.warm_up, settings.steps // 4)
    if step < warm_up:
        return (step + 1) / warm_up
    done = (step - warm_up) / max(1, settings.steps - warm_up)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, done)))


def _save_checkpoint(path: Path, tuned: TunedModel, optimiser, schedule, step: int) -> None:
    trained = {name for name, parameter in tuned.named_parameters() if parameter.requires_grad}
    state = {name: value for name, value in tuned.state_dict().items() if name in trained}
    content = {
        "model": state,
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "step": step,
    }
    temporary = path.with_suffix(".tmp")
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(content, temporary)
    temporary.replace(path)
