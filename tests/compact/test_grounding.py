"""What an answer names is held against what the clip shows."""

from pathlib import Path

import pytest
import torch
from core.compact.llm.grounding_old import DOUBT, without_doubt

from core.compact.llm.grounding import Grounding
from core.engine.settings import ChatSettings
from core.engine.video_chat import OpenedClip, VideoChat
from tests.demo_server import ANSWERS, ScriptedImageLLM

# Of three tokens, of which the first names nothing.
EVIDENCE = Grounding(
    torch.tensor([0.0, 0.9, 0.2]), torch.tensor([False, True, True]), weight=8.0, sure_from=0.5
)


class Unsure(ScriptedImageLLM):
    """No clip shows it anything clearly."""

    def evidence(self, features, prefix) -> Grounding:
        tokens = len(self.tokenizer)
        names = torch.ones(tokens, dtype=torch.bool)
        names[list(self.end_ids)] = False
        return Grounding(torch.zeros(tokens), names, weight=8.0, sure_from=0.5)


@pytest.fixture
def unsure(own_cache: Path) -> VideoChat:
    return VideoChat(Unsure(ANSWERS), own_cache)


@pytest.fixture
def clip(unsure: VideoChat, clip_file: Path) -> OpenedClip:
    return unsure.open(clip_file)


@pytest.mark.parametrize(
    ("said", "doubted"), [([0], False), ([0, 1], False), ([0, 1, 2], True), ([2], True), ([], False)]
)
def test_one_name_without_evidence_makes_an_answer_doubtful(said: list[int], doubted: bool):
    assert EVIDENCE.doubts(said) == doubted


def test_of_two_names_the_one_that_is_shown_is_chosen():
    assert EVIDENCE.weigh(torch.tensor([0.0, 1.0, 2.0])).argmax() == 1
    assert EVIDENCE.weigh(torch.tensor([0.0, 1.0, 9.0])).argmax() == 2, "an LLM that is sure has its way"


def test_that_a_name_is_said_at_all_is_as_likely_as_before():
    logits = torch.tensor([0.5, 1.0, 2.0])
    before, after = logits.softmax(0), EVIDENCE.weigh(logits).softmax(0)
    torch.testing.assert_close(after[0], before[0])
    torch.testing.assert_close(after[1:].sum(), before[1:].sum())
    assert after[1] > before[1]


def test_what_an_answer_never_holds_stays_impossible():
    weighed = EVIDENCE.weigh(torch.tensor([0.0, -torch.inf, 2.0]))
    assert weighed[1] == -torch.inf
    torch.testing.assert_close(weighed[2], torch.tensor(2.0))


def test_what_was_named_before_is_no_new_claim():
    asked = EVIDENCE.beside([2])
    logits = torch.tensor([0.0, 1.0, 2.0])
    assert not asked.doubts([2])
    torch.testing.assert_close(asked.weigh(logits), logits)
    assert EVIDENCE.doubts([2]), "of another question nothing was said"


def test_a_name_is_doubted_once(unsure: VideoChat, clip: OpenedClip):
    conversation = unsure.start(clip)
    answers = ["".join(unsure.ask(conversation, "What?")) for _ in range(2)]
    assert answers == [ANSWERS["en"] + DOUBT["en"], ANSWERS["en"]]


@pytest.mark.parametrize(("question", "language"), [("What?", "en"), ("什么？", "zh")])
def test_a_doubt_is_the_end_of_an_answer_in_its_language(
    unsure: VideoChat, clip: OpenedClip, question: str, language: str
):
    conversation = unsure.start(clip)
    pieces = list(unsure.ask(conversation, question))
    assert "".join(pieces) == ANSWERS[language] + DOUBT[language] == conversation.turns[0].answer


def test_a_doubt_is_not_told_where_nobody_wants_it(unsure: VideoChat, clip: OpenedClip):
    answer = "".join(unsure.ask(unsure.start(clip), "What?", ChatSettings(doubts=False)))
    assert answer == ANSWERS["en"]


def test_an_answer_that_was_cut_off_tells_no_doubt(unsure: VideoChat, clip: OpenedClip):
    answer = "".join(unsure.ask(unsure.start(clip), "What?", ChatSettings(max_new_tokens=20)))
    assert ANSWERS["en"].startswith(answer)


@pytest.mark.parametrize("question", ["What?", "什么？"])
def test_the_model_reads_its_answer_without_the_doubt(unsure: VideoChat, clip: OpenedClip, question: str):
    conversation = unsure.start(clip)
    answers = ["".join(unsure.ask(conversation, question)) for _ in range(2)]
    assert answers[0].endswith(tuple(DOUBT.values()))
    prompt = unsure.model.prompts[-1]
    assert any(answer in prompt for answer in ANSWERS.values())
    assert not any(doubt in prompt for doubt in DOUBT.values())


@pytest.mark.parametrize("doubt", DOUBT.values())
def test_an_answer_can_be_had_without_its_doubt(doubt: str):
    assert without_doubt("A cat." + doubt) == "A cat."
