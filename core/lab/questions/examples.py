"""Scenes to token sequences: the LLM's input and the tokens that it is trained on.

A sequence is the visual prefix followed by several turns. *Independent* turns attend to the prefix but not to
each other, so that every answer must be found in the video; in a *dialogue* they follow each other, so that
pronouns and follow-ups are learned. Only answers are trained (the paper's prediction tokens).
"""

import math
from dataclasses import dataclass, replace
from functools import cache
from random import Random

import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from core.dialogue.prompt import ChatTemplate, VisualStretch, visual_prefix_parts
from core.lab.clips.scenes import Scene
from core.lab.questions.questions import (
    SKILLS,
    SMALL_TALK,
    Question,
    about_people,
    and_then,
    answerable,
    make_question,
    small_talk,
)
from core.lab.questions.wording import careless, in_language
from core.lab.questions.words import LANGUAGES
from core.language.script import common_script

SPATIAL, TEMPORAL = -1, -2  # ids of visual tokens, in order of the visual prefix
STRIDE = (
    32  # lengths are its multiples: memory and kernels are kept by shape, and few shapes mean little of both
)
IGNORED = -100  # label of tokens without loss
PREFIX = 0  # segment that every turn attends to

# How often a skill is asked, relative to the others; harder ones more.
WEIGHTS = {
    "name": 3.5,
    "motion": 3.5,
    "first": 1.8,
    "last": 1.8,
    "after": 2.5,
    "order": 2.0,
    "background": 1.8,
    "count": 2.5,
    "place": 3.5,
    "when": 2.5,
    "presence": 1.5,
    "describe": 3.0,
    "refuse": 3.5,  # it has by far the most phrasings
}
TWO_PLACES = 2.5  # factor on "place" for two things in different places, which needs two lookups
OBVIOUS = 0.35  # factor where the answer is the commonest one: it does not move, there is one


@dataclass(frozen=True)
class PrefixForm:
    """The parts of the visual prefix that a sequence has, and the skills that they suffice for."""

    spatial: bool  # whether its spatial tokens are there
    per_frame: int | None  # temporal tokens of a frame; None: all that the temporal module makes
    skills: tuple[str, ...]


_PICTURE = ("name", "background", "count", "place", "presence", "refuse")
_NAMES = ("name", "first", "last", "after", "order", "when", "background", "presence", "refuse")

# Trained on each part by itself, the model also answers about single pictures and with a temporal module of
# the paper's form; and each part can be measured without the others.
FORMS = {
    "whole": PrefixForm(spatial=True, per_frame=None, skills=SKILLS),
    "picture": PrefixForm(spatial=True, per_frame=0, skills=_PICTURE),
    "time": PrefixForm(spatial=False, per_frame=None, skills=SKILLS),
    "names": PrefixForm(spatial=True, per_frame=1, skills=_NAMES),
}


@dataclass
class Sequence:
    """One training sequence; four lists of one length L."""

    ids: list[int]
    labels: list[int]
    segments: list[int]  # PREFIX, or the number of the turn group a token belongs to
    positions: list[int]


class SequenceMaker:
    """Makes sequences with a model's own template and tokenizer."""

    def __init__(
        self, tokenizer: PreTrainedTokenizerBase, template: ChatTemplate, patches: int, per_frame: int
    ) -> None:
        self.template, self.patches, self.per_frame = template, patches, per_frame
        self.tokens = cache(lambda text: tuple(tokenizer(text, add_special_tokens=False)["input_ids"]))

    def make(
        self,
        scene: Scene,
        seconds: list[float],
        random: Random,
        turns: int,
        form: PrefixForm = FORMS["whole"],
    ) -> Sequence:
        """A sequence about a scene whose frames have these times."""
        dialogue = random.random() < 0.35
        questions = sample_questions(scene, random, turns, dialogue, form.skills)
        patches = self.patches if form.spatial else 0
        per_frame = self.per_frame if form.per_frame is None else form.per_frame
        sequence = Sequence([], [], [], [])
        parts = [
            self.template.before_visual,
            *visual_prefix_parts(patches, seconds if per_frame else [], timestamps=True, per_frame=per_frame),
            self.template.after_visual,
        ]
        for part in parts:
            if isinstance(part, VisualStretch):
                ids = [SPATIAL if part.name == "spatial" else TEMPORAL] * part.count
            else:
                ids = list(self.tokens(part))
            _extend(sequence, ids, said=False, segment=PREFIX)
        start = len(sequence.ids)
        for number, question in enumerate(questions):
            segment = 1 if dialogue else number + 1
            before = self.template.before_question if dialogue and number else ""
            text = common_script(question.text)  # as compact reads it
            asked = (*self.tokens(before), *self.tokens(text + self.template.after_question))
            said = self.tokens(question.answer + self.template.after_answer)
            position = None if dialogue else start
            _extend(sequence, list(asked), said=False, segment=segment, position=position)
            _extend(sequence, list(said), said=True, segment=segment)
        return sequence


def sample_questions(
    scene: Scene, random: Random, turns: int, dialogue: bool, skills: tuple[str, ...] = SKILLS
) -> list[Question]:
    """Different questions about one scene, of these skills, mostly in one language."""
    pool = {skill: WEIGHTS[skill] for skill in answerable(scene) if skill in skills}
    for skill, obvious in (("motion", scene.actors[0].motion == "still"), ("count", scene.count == 1)):
        if skill in pool and obvious:
            pool[skill] *= OBVIOUS
    if scene.kind == "pair" and "place" in pool:
        pool["place"] *= TWO_PLACES
    language = random.choice(LANGUAGES)
    questions: list[Question] = []
    while len(questions) < turns and pool:
        skill = random.choices(list(pool), list(pool.values()))[0]
        if dialogue or random.random() < 0.5:
            del pool[skill]
        if random.random() < (0.1 if dialogue else 0.5):
            language = random.choice(LANGUAGES)
        questions.append(_ask(scene, skill, language, random))
        if dialogue and skill in ("first", "after") and random.random() < 0.5:
            while further := and_then(scene, questions[-1], random):
                questions.append(replace(further, text=careless(further.text, further.language, random)))
    people = "presence" in skills and random.random() < 0.12
    if people and (asked := about_people(scene, language, random)):
        text = careless(asked.text, language, random)
        questions.insert(random.randrange(len(questions) + 1), replace(asked, text=text))
    if random.random() < 0.1:
        questions.insert(
            random.randrange(len(questions) + 1), small_talk(random.choice(SMALL_TALK), language, random)
        )
    return questions


def _ask(scene: Scene, skill: str, language: str, random: Random) -> Question:
    state = random.getstate()
    question = make_question(scene, skill, language, random)
    if random.random() < 0.06:
        other = LANGUAGES[1 - LANGUAGES.index(language)]
        after = random.getstate()
        random.setstate(state)  # the same choices, in the other language
        question = in_language(question, make_question(scene, skill, other, random))
        random.setstate(after)
        return question
    text = careless(question.text, language, random)
    return Question(question.skill, language, text, question.answer, question.slot)


def _extend(
    sequence: Sequence, ids: list[int], said: bool, segment: int, position: int | None = None
) -> None:
    if position is None:
        position = sequence.positions[-1] + 1 if sequence.positions else 0
    sequence.ids += ids
    sequence.labels += ids if said else [IGNORED] * len(ids)
    sequence.segments += [segment] * len(ids)
    sequence.positions += range(position, position + len(ids))


@dataclass(frozen=True)
class Batch:
    """B sequences, padded on the right to length L."""

    ids: Tensor  # [B, L]
    labels: Tensor  # [B, L], already shifted: labels[:, i] is what comes after ids[:, i]
    positions: Tensor  # [B, L]
    mask: Tensor  # bool [B, 1, L, L]: attention


def collate(sequences: list[Sequence], padding: int) -> Batch:
    """The sequences as one batch; padding: the id that fills them up."""
    longest = max(len(sequence.ids) for sequence in sequences)
    length = math.ceil(longest / STRIDE) * STRIDE

    def padded(rows: list[list[int]], value: int) -> Tensor:
        return torch.tensor([row + [value] * (length - len(row)) for row in rows])

    ids = padded([sequence.ids for sequence in sequences], padding)  # Shape: (B, L)
    labels = padded([sequence.labels[1:] for sequence in sequences], IGNORED)  # Shape: (B, L)
    segments = padded([sequence.segments for sequence in sequences], -1)  # Shape: (B, L)
    positions = padded([sequence.positions for sequence in sequences], 0)  # Shape: (B, L)
    causal = torch.ones(length, length, dtype=torch.bool).tril()  # Shape: (L, L)
    seen = segments[:, None, :]  # Shape: (B, 1, L)
    allowed = causal & ((seen == PREFIX) | (seen == segments[:, :, None]))  # Shape: (B, L, L)
    return Batch(ids, labels, positions, allowed[:, None])
