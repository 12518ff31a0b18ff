"""Claims about grounding: how clearly a clip shows what is named, and what becomes of an answer."""

from pathlib import Path
from random import Random

import numpy as np
import pytest
import torch
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from core.compact.llm.grounding import Grounding, NameGrounding
from core.compact.llm.logits import CompactLogits
from core.compact.llm.vocabulary import Name, Vocabulary
from core.compact.trained_parts import ASSETS
from core.dialogue.conversation import Turn
from core.engine.settings import ChatSettings
from core.engine.video_chat import OpenedClip, VideoChat
from core.image_llm.base import EmbeddedPrompt
from core.lab.art.sprites import Sprite
from core.lab.clips.render import write_video
from core.lab.clips.scenes import sample_scene
from core.lab.questions.questions import answerable, make_question
from core.lab.questions.taught import taught_vocabulary
from core.lab.questions.words import LANGUAGES, concepts
from tests.tiny_model import TinyImageLLM

WORDS = torch.eye(4)[:3]  # of a cat, a dog and a goose, K = 4
NAMES = [Name("cat", "cats", "猫"), Name("dog", "dogs", "狗"), Name("goose", "geese", "鹅")]
PHRASES = ["The video shows a", "有"]
ANSWER = "A cat."
# Of three tokens, of which the first names nothing.
GROUNDING = Grounding(
    torch.tensor([0.0, 0.9, 0.2]), torch.tensor([False, True, True]), weight=8.0, sure_from=0.5
)


@pytest.mark.parametrize(
    ("said", "doubted"), [([0], False), ([0, 1], False), ([0, 1, 2], True), ([2], True), ([], False)]
)
def test_one_name_without_grounding_makes_an_answer_doubtful(said: list[int], doubted: bool):
    assert GROUNDING.doubts(said) == doubted


def test_of_two_names_the_one_that_is_shown_is_chosen():
    assert GROUNDING.weigh(torch.tensor([0.0, 1.0, 2.0])).argmax() == 1
    assert GROUNDING.weigh(torch.tensor([0.0, 1.0, 9.0])).argmax() == 2, "an LLM that is sure has its way"


def test_that_a_name_is_said_at_all_is_as_likely_as_before():
    logits = torch.tensor([0.5, 1.0, 2.0])
    before, after = logits.softmax(0), GROUNDING.weigh(logits).softmax(0)
    torch.testing.assert_close(after[0], before[0])
    torch.testing.assert_close(after[1:].sum(), before[1:].sum())
    assert after[1] > before[1]


def test_what_an_answer_never_holds_stays_impossible():
    weighed = GROUNDING.weigh(torch.tensor([0.0, -torch.inf, 2.0]))
    assert weighed[1] == -torch.inf
    torch.testing.assert_close(weighed[2], torch.tensor(2.0))


def test_what_was_named_before_is_no_new_claim():
    asked = GROUNDING.beside([2])
    logits = torch.tensor([0.0, 1.0, 2.0])
    assert not asked.doubts([2])
    torch.testing.assert_close(asked.weigh(logits), logits)
    assert GROUNDING.doubts([2]), "of another question nothing was said"


class Unsure(TinyImageLLM):
    """Spells one answer, every token of which is a name, and no clip shows it anything."""

    def __init__(self) -> None:
        super().__init__()
        self.prompts: list[str] = []  # the words of each

    def embed(self, parts, prefix):
        self.prompts.append("".join(part for part in parts if isinstance(part, str)))
        self._script = [*self.tokenizer(ANSWER)["input_ids"], self.tokenizer.eos_token_id]
        return super().embed(parts, prefix)

    def forward(self, embeds, cache):
        logits = torch.full_like(super().forward(embeds, cache), -1000.0)
        logits[self._script.pop(0)] = 1000.0
        return logits

    def logits_processor(self, turn: Turn, prompt: EmbeddedPrompt) -> CompactLogits:
        """As compact makes it."""
        tokens = len(self.tokenizer)
        names = torch.ones(tokens, dtype=torch.bool)
        names[list(self.end_ids)] = False
        grounding = Grounding(torch.zeros(tokens), names, weight=8.0, sure_from=0.5)
        named = {number for number in prompt.ids if number >= 0}
        return CompactLogits(torch.zeros(tokens, dtype=torch.bool), grounding.beside(named), turn)


@pytest.fixture
def unsure(own_cache: Path) -> VideoChat:
    return VideoChat(Unsure(), own_cache)


@pytest.fixture
def clip(unsure: VideoChat, clip_file: Path) -> OpenedClip:
    return unsure.open(clip_file)


def test_a_name_is_doubted_once(unsure: VideoChat, clip: OpenedClip):
    """Of two turns the second repeats what the first one said."""
    conversation = unsure.start(clip)
    for _ in range(2):
        assert "".join(unsure.ask(conversation, "?")) == ANSWER
    assert [turn.doubted for turn in conversation.turns] == [True, False]


def test_a_doubt_is_no_part_of_the_answer_nor_of_what_is_read_later(unsure: VideoChat, clip: OpenedClip):
    conversation = unsure.start(clip)
    pieces = list(unsure.ask(conversation, "?"))
    assert "".join(pieces) == ANSWER == conversation.turns[0].answer
    assert conversation.turns[0].doubted
    list(unsure.ask(conversation, "?"))
    template = unsure.model.template
    assert f"{template.after_question}{ANSWER}{template.after_answer}" in unsure.model.prompts[-1]


def test_an_answer_that_was_cut_off_is_doubted_for_what_it_has_said(unsure: VideoChat, clip: OpenedClip):
    conversation = unsure.start(clip)
    answer = "".join(unsure.ask(conversation, "?", ChatSettings(max_new_tokens=5)))
    assert ANSWER.startswith(answer)
    assert conversation.turns[0].doubted


def test_an_answer_whose_names_are_all_shown_is_not_doubted():
    turn = Turn("?")
    process = CompactLogits(torch.zeros(3, dtype=torch.bool), GROUNDING, turn)
    for said in ([], [0], [0, 1]):
        process(torch.tensor([said], dtype=torch.long), torch.zeros(1, 3))
    assert not turn.doubted
    process(torch.tensor([[0, 1, 2]]), torch.zeros(1, 3))
    assert turn.doubted


def test_suppressed_tokens_are_impossible_with_and_without_grounding():
    suppressed = torch.tensor([False, False, True])
    for grounding in (GROUNDING, None):
        scores = CompactLogits(suppressed, grounding, Turn("?"))(torch.zeros(1, 0).long(), torch.ones(1, 3))
        assert scores[0].isinf().tolist() == suppressed.tolist()


# How clearly visual tokens say the names of things


@pytest.fixture(scope="module")
def tokenizer(compact_chat: VideoChat) -> PreTrainedTokenizerBase:
    return compact_chat.model.tokenizer


@pytest.fixture(scope="module")
def grounding_of(tokenizer: PreTrainedTokenizerBase) -> NameGrounding:
    return NameGrounding(WORDS, NAMES, PHRASES, tokenizer)


def prefix(spatial: Tensor, temporal: Tensor) -> dict[str, Tensor]:
    return {"spatial": spatial, "temporal": temporal}


def of(grounding: Grounding, tokenizer: PreTrainedTokenizerBase, text: str) -> list[float | None]:
    """How clearly each token of the text is shown; None for one that names nothing."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return [round(float(grounding.scores[token]), 3) if grounding.names[token] else None for token in ids]


def test_a_name_is_shown_as_clearly_as_the_token_says_it_that_says_it_most(
    grounding_of: NameGrounding, tokenizer
):
    tokens = torch.stack([3 * WORDS[0], WORDS[0] + WORDS[1]])
    grounding = grounding_of(prefix(tokens[1:], tokens), photograph=0.0)
    for cat, dog, goose in ((" cat", " dog", " goose"), ("猫", "狗", "鹅"), (" cats", " dogs", " geese")):
        assert of(grounding, tokenizer, cat)[0] == 1
        assert of(grounding, tokenizer, dog)[0] == pytest.approx(0.707)
        assert of(grounding, tokenizer, goose)[0] == 0


def test_phrases_and_the_end_of_an_answer_name_nothing(grounding_of: NameGrounding, tokenizer, compact_chat):
    grounding = grounding_of(prefix(WORDS, WORDS), photograph=0.0)
    assert {number for phrase in PHRASES for number in of(grounding, tokenizer, phrase)} == {None}
    assert not grounding.names[list(compact_chat.model.end_ids)].any()


def test_what_was_never_taught_is_a_name_of_nothing_shown(grounding_of: NameGrounding, tokenizer):
    grounding = grounding_of(prefix(WORDS, WORDS), photograph=0.0)
    assert of(grounding, tokenizer, " democracy") == [0]


def test_patches_of_a_photograph_are_not_believed(grounding_of: NameGrounding, tokenizer):
    tokens = prefix(WORDS[:1], WORDS[1:2])
    assert of(grounding_of(tokens, photograph=0.0), tokenizer, " cat dog") == [1, 1]
    assert of(grounding_of(tokens, photograph=1.0), tokenizer, " cat dog") == [0, 1]
    alone = {"spatial": WORDS[:1]}  # nobody else to ask
    assert of(grounding_of(alone, photograph=1.0), tokenizer, " cat dog") == [1, 0]


def test_the_shipped_vocabulary_is_the_one_that_was_taught():
    """Names in the order of the labels, which is that of the vocabulary's file."""
    assert Vocabulary.of(ASSETS) == taught_vocabulary()


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_answers_are_made_of_was_taught(tokenizer, language: str):
    taught = taught_vocabulary()
    words = torch.eye(len(taught.objects))
    grounding = NameGrounding(words, taught.objects, taught.phrases, tokenizer)({"temporal": words}, 0.0)
    casting = {concept.id: (concept, [Sprite("noto", "x")]) for concept in concepts()}
    random = Random(0)
    for _ in range(400):
        scene = sample_scene(random, casting)
        for skill in answerable(scene):
            answer = make_question(scene, skill, language, random).answer
            assert 0 not in of(grounding, tokenizer, answer), answer


@pytest.mark.parametrize("question", ["What is in the video?", "视频里有什么？"])
def test_compact_doubts_a_name_for_what_is_no_thing_and_none_of_the_examples(
    compact_chat: VideoChat, tmp_path: Path, question: str
):
    grains = np.random.default_rng(0).integers(0, 256, (8, 6, 8, 3), dtype=np.uint8)
    write_video(tmp_path / "grains.mp4", grains.repeat(40, axis=1).repeat(40, axis=2), fps=8)
    doubted = {}
    for path in (tmp_path / "grains.mp4", *(ASSETS.parent / "examples").glob("*.mp4")):
        conversation = compact_chat.start(compact_chat.open(path))
        assert "".join(compact_chat.ask(conversation, question))
        doubted[path.name] = conversation.turns[0].doubted
    assert doubted.pop("grains.mp4")
    assert doubted
    assert not any(doubted.values())
