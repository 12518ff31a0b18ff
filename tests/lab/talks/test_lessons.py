"""Lessons: what they teach is true of the situation, and answers are all that is learned."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
import torch
from safetensors.torch import load_file

from core.compact.words.names import class_kinds, class_names, object_names
from core.compact.words.notes import PEOPLE
from core.dialogue.prompt import ClipInPrompt
from core.lab.questions.nouns import indefinite
from core.lab.talks.answers import anyone, presence
from core.lab.talks.asking import ask_about
from core.lab.talks.sequences import CLIP, IGNORED, Asked, SequenceMaker, TrainingSequence, batch_of
from core.lab.talks.situations import Situation, Thing, sample_situation
from core.lab.talks.teach import Lessons, TeachingSettings, learn
from core.lab.talks.wording import quantity
from tests.tiny_compact import tiny_compact

NOTHING = Situation((0.5, 1.5), 2.0, False, (), None, None, None, None, None)
NAMES = {name.en: name for name in (*class_names(), *object_names())}


def showing(*names: str) -> Situation:
    return replace(NOTHING, things=tuple(Thing(NAMES[name], 0, 1) for name in names))


@pytest.mark.parametrize("name", sorted(PEOPLE & NAMES.keys()))
def test_whoever_is_there_is_somebody(name: str):
    made = anyone(showing(name), "en", Random(0))
    assert made
    assert made[1].startswith("Yes")


def test_a_kind_is_not_denied_beside_its_breed():
    terrier = next(name.en for name, kind in zip(class_names(), class_kinds(), strict=True) if kind == "dog")
    for seed in range(500):
        made = presence(showing(terrier), "en", Random(seed))
        assert made
        assert made[0]["a"] != "a dog" or not made[1].startswith("No")


@pytest.mark.parametrize(
    ("name", "count", "en", "zh"),
    [
        ("compass", 1, "a compass", None),
        ("bus", 3, "three buses", "三辆公交车"),
        ("scissors", 1, "scissors", "一把剪刀"),
        ("cat", 2, "two cats", "两只猫"),
    ],
)
def test_things_are_counted_as_people_do(name: str, count: int, en: str, zh: str | None):
    assert quantity(NAMES[name], count, "en") == en
    assert zh is None or quantity(NAMES[name], count, "zh") == zh


def test_nothing_that_is_there_is_denied():
    random = Random(0)
    for _ in range(300):
        situation = sample_situation(random)
        names = {thing.name.en for thing in situation.things}
        for group in ask_about(situation, random, 10):
            for turn in group:
                for name in names:
                    assert not turn.answer.startswith(f"No, I do not see {indefinite(name)}.")


def test_only_answers_are_learned():
    model = tiny_compact()
    maker = SequenceMaker(model.tokenizer, model.template)
    prefix = {"spatial": torch.zeros(0, 16)}
    groups = [[Asked("who?", "A man."), Asked("and?", "A dog.")], [Asked("where?", "Here.")]]
    sequence = maker.make([ClipInPrompt([])], [prefix], groups)
    learned = [label for label in sequence.labels if label != IGNORED]
    assert model.tokenizer.decode(learned) == "A man.<|im_end|>A dog.<|im_end|>Here.<|im_end|>"


def test_talks_that_are_not_one_dialogue_do_not_see_each_other():
    model = tiny_compact()
    maker = SequenceMaker(model.tokenizer, model.template)
    prefix = {"spatial": torch.zeros(0, 16)}
    sequence = maker.make([ClipInPrompt([])], [prefix], [[Asked("a", "b")], [Asked("c", "d")]])
    (seen,) = batch_of(sequence, 0).mask[:, 0]
    segments = torch.tensor(sequence.segments)
    first, second = (segments == 1).nonzero()[:, 0], (segments == 2).nonzero()[:, 0]
    assert not seen[second[0] :, :][:, first].any()
    assert seen[second[-1], (segments == CLIP).nonzero()[:, 0]].all()
    assert sequence.positions[int(first[0])] == sequence.positions[int(second[0])]


class Interrupted(Lessons):
    """Ends after two steps."""

    def of_step(self, step: int) -> Iterator[TrainingSequence]:
        if step == 2:
            raise KeyboardInterrupt
        return super().of_step(step)


@pytest.mark.slow
def test_a_stopped_run_ends_with_the_same_numbers(tmp_path: Path):
    settings = TeachingSettings(steps=4, drawn=0.0, rank=2, checkpoint_every=2)

    def run(lessons: type[Lessons], out: Path) -> None:
        model = tiny_compact()
        learn(model, lessons(model, None, settings), settings, out)

    run(Lessons, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(Interrupted, tmp_path / "stopped")
    run(Lessons, tmp_path / "stopped")
    whole, stopped = (load_file(tmp_path / out / "model.safetensors") for out in ("whole", "stopped"))
    assert any(value.any() for name, value in whole.items() if name.endswith(".b"))
    assert all(torch.equal(stopped[name], value) for name, value in whole.items())
