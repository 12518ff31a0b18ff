"""Drawn clips for teaching the LLM: their visual prefix and notes as the model makes them, and questions."""

import json
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from torch import Tensor

from core.compact.model import CompactImageLLM
from core.compact.vision.frame_encoder import GRID
from core.compact.words.names import Name
from core.features.pooling import PooledFeatures
from core.lab.clips.dataset import load_features, scene
from core.lab.clips.render import frame_times
from core.lab.clips.scenes import Scene
from core.lab.clips.variants import as_sampled, vary
from core.lab.questions.examples import sample_questions
from core.lab.questions.questions import SKILLS
from core.lab.talks.asking import general, refusal, small_talk, styled
from core.lab.talks.sequences import Asked
from core.lab.talks.situations import Situation, Thing
from core.lab.talks.wording import plural
from core.lab.training.material import tensors
from core.language.detection import LANGUAGES

ART = Path("data/art")  # what `make art` fetched
FURTHER = 0.3  # share of the questions that are not about what is shown


@dataclass(frozen=True)
class DrawnClip:
    prefix: dict[str, Tensor]
    notes: str
    seconds: list[float]
    scene: Scene


class DrawnClips:
    """The clips of a folder of features, varied anew each time."""

    def __init__(self, model: CompactImageLLM, folder: Path) -> None:
        self._model = model
        self._features = load_features(folder, "train")
        clips = json.loads((folder / "train" / "done.json").read_text())["clips"]
        self._scenes = [scene(ART, "train", number)[0] for number in range(clips)]

    def __len__(self) -> int:
        return len(self._scenes)

    @torch.inference_mode()
    def sample(self, random: Random) -> DrawnClip:
        """A clip as it is, backwards or mirrored, with all or every other of its frames."""
        number = random.randrange(len(self))
        pooled = tensors(self._features, np.array([number]))
        (clip,), (spatial, temporal, cells) = vary(random, [self._scenes[number]], pooled)
        seconds = torch.from_numpy(frame_times(clip.duration, temporal.shape[1]))
        if random.random() < 0.5:  # fewer tokens, and clips are sampled at many rates
            temporal, cells, seconds = temporal[:, ::2], cells[:, ::2], seconds[::2]

        def whole(part: Tensor) -> Tensor:
            """With no thing of the detector's, which knows no drawings."""
            return torch.cat([part[0], part.new_zeros(*part.shape[1:-1], 80)], dim=-1)

        features = PooledFeatures(whole(spatial), whole(temporal), whole(cells), seconds, GRID)
        prefix = {name: tokens.clone() for name, tokens in self._model.visual_prefix(features).items()}
        times = seconds.tolist()
        return DrawnClip(prefix, self._model.notes(features), times, as_sampled(clip, times))

    def ask(self, clip: DrawnClip, random: Random, turns: int) -> list[list[Asked]]:
        """Questions about what it shows, and some about what it cannot tell, and small talk."""
        skills = tuple(skill for skill in SKILLS if skill != "refuse")
        asked = sample_questions(clip.scene, random, round(turns * (1 - FURTHER)), False, skills)
        about = [Asked(question.text, question.answer) for question in asked]
        groups = [about[:3]] if random.random() < 0.3 else []
        groups += [[each] for each in about[3 * len(groups) :]]
        facts = _as_situation(clip)
        while sum(map(len, groups)) < turns:
            language, draw = random.choice(LANGUAGES), random.random()
            made = (
                refusal(facts, language, random)
                if draw < 0.5
                else small_talk(language, random)
                if draw < 0.75
                else general(random)
            )
            groups.append([styled(*made, random)])
        return groups


def _as_situation(clip: DrawnClip) -> Situation:
    """What is needed of it to refuse: what things there are."""
    things = tuple(
        Thing(_named(actor.concept.en, actor.concept.zh), 0, len(clip.seconds) - 1)
        for actor in clip.scene.order
    )
    return Situation(
        tuple(clip.seconds),
        clip.scene.duration,
        True,
        things,
        None,
        None,
        clip.scene.background.colour,
        None,
        None,
    )


def _named(en: str, zh: str) -> Name:
    return Name(en, plural(Name(en, en, zh)), zh)
