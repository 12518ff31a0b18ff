"""How clearly visual tokens say the names of things."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from core.compact.llm.grounding_old import without_doubt
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from core.compact.llm.grounding import Grounding, NameGrounding
from core.compact.llm.vocabulary import Name, Vocabulary
from core.compact.trained_parts import ASSETS
from core.engine.video_chat import VideoChat
from core.lab.art.sprites import Sprite
from core.lab.clips.render import write_video
from core.lab.clips.scenes import sample_scene
from core.lab.questions.questions import answerable, make_question
from core.lab.questions.taught import taught_vocabulary
from core.lab.questions.words import LANGUAGES, concepts

WORDS = torch.eye(4)[:3]  # of a cat, a dog and a goose, K = 4
NAMES = [Name("cat", "cats", "猫"), Name("dog", "dogs", "狗"), Name("goose", "geese", "鹅")]
PHRASES = ["The video shows a", "有"]


@pytest.fixture(scope="module")
def tokenizer(compact_chat: VideoChat) -> PreTrainedTokenizerBase:
    return compact_chat.model.tokenizer


@pytest.fixture(scope="module")
def evidence_of(tokenizer: PreTrainedTokenizerBase) -> NameGrounding:
    return NameGrounding(WORDS, NAMES, PHRASES, tokenizer)


def prefix(spatial: Tensor, temporal: Tensor) -> dict[str, Tensor]:
    return {"spatial": spatial, "temporal": temporal}


def of(evidence: Grounding, tokenizer: PreTrainedTokenizerBase, text: str) -> list[float | None]:
    """How clearly each token of the text is shown; None for one that names nothing."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return [round(float(evidence.shown[token]), 3) if evidence.names[token] else None for token in ids]


def test_a_name_is_shown_as_clearly_as_the_token_says_it_that_says_it_most(
    evidence_of: NameGrounding, tokenizer
):
    tokens = torch.stack([3 * WORDS[0], WORDS[0] + WORDS[1]])
    evidence = evidence_of(prefix(tokens[1:], tokens), photograph=0.0)
    for cat, dog, goose in ((" cat", " dog", " goose"), ("猫", "狗", "鹅"), (" cats", " dogs", " geese")):
        assert of(evidence, tokenizer, cat)[0] == 1
        assert of(evidence, tokenizer, dog)[0] == pytest.approx(0.707)
        assert of(evidence, tokenizer, goose)[0] == 0


def test_phrases_and_the_end_of_an_answer_name_nothing(evidence_of: NameGrounding, tokenizer, compact_chat):
    evidence = evidence_of(prefix(WORDS, WORDS), photograph=0.0)
    assert {number for phrase in PHRASES for number in of(evidence, tokenizer, phrase)} == {None}
    assert not evidence.names[list(compact_chat.model.end_ids)].any()


def test_what_was_never_taught_is_a_name_of_nothing_shown(evidence_of: NameGrounding, tokenizer):
    evidence = evidence_of(prefix(WORDS, WORDS), photograph=0.0)
    assert of(evidence, tokenizer, " democracy") == [0]


def test_patches_of_a_photograph_are_not_believed(evidence_of: NameGrounding, tokenizer):
    tokens = prefix(WORDS[:1], WORDS[1:2])
    assert of(evidence_of(tokens, photograph=0.0), tokenizer, " cat dog") == [1, 1]
    assert of(evidence_of(tokens, photograph=1.0), tokenizer, " cat dog") == [0, 1]
    alone = {"spatial": WORDS[:1]}  # nobody else to ask
    assert of(evidence_of(alone, photograph=1.0), tokenizer, " cat dog") == [1, 0]


def test_the_shipped_vocabulary_is_the_one_that_was_taught():
    """Names in the order of the labels, which is that of the vocabulary's file."""
    assert Vocabulary.of(ASSETS) == taught_vocabulary()


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_answers_are_made_of_was_taught(tokenizer, language: str):
    taught = taught_vocabulary()
    words = torch.eye(len(taught.objects))
    evidence = NameGrounding(words, taught.objects, taught.phrases, tokenizer)({"temporal": words}, 0.0)
    casting = {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()}
    random = Random(0)
    for _ in range(400):
        scene = sample_scene(random, casting)
        for skill in answerable(scene):
            answer = make_question(scene, skill, language, random).answer
            assert 0 not in of(evidence, tokenizer, answer), answer


@pytest.mark.parametrize("question", ["What is in the video?", "视频里有什么？"])
def test_compact_doubts_a_name_for_what_is_no_thing_and_none_of_the_examples(
    compact_chat: VideoChat, tmp_path: Path, question: str
):
    grains = np.random.default_rng(0).integers(0, 256, (8, 6, 8, 3), dtype=np.uint8)
    write_video(tmp_path / "grains.mp4", grains.repeat(40, axis=1).repeat(40, axis=2), fps=8)
    doubted = {}
    for path in (tmp_path / "grains.mp4", *(ASSETS.parent / "examples").glob("*.mp4")):
        conversation = compact_chat.start(compact_chat.open(path))
        answer = "".join(compact_chat.ask(conversation, question))
        doubted[path.name] = without_doubt(answer) != answer
    assert doubted.pop("grains.mp4")
    assert doubted
    assert not any(doubted.values())
