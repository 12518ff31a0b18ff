"""An answer that names what the clip hardly shows says that it is not sure."""

from pathlib import Path

import pytest
import torch
from torch import Tensor

from core.doubt import DOUBT, is_doubtful, without_doubt
from core.engine import ChatSettings, OpenedClip, VideoChat
from tests.demo_server import ANSWERS, ScriptedImageLLM

EVIDENCE = torch.tensor([1.0, 0.9, 0.2])  # of three tokens; the first names nothing


class Unsure(ScriptedImageLLM):
    """No clip shows it anything clearly."""

    sure_from = 0.5

    def evidence(self, features, prefix) -> Tensor:
        return torch.zeros(len(self.tokenizer))


@pytest.fixture
def unsure(own_cache: Path) -> VideoChat:
    return VideoChat(Unsure(ANSWERS), own_cache)


@pytest.fixture
def clip(unsure: VideoChat, clip_file: Path) -> OpenedClip:
    return unsure.open(clip_file)


@pytest.mark.parametrize(
    ("said", "doubtful"), [([0], False), ([0, 1], False), ([0, 1, 2], True), ([], False)]
)
def test_one_name_without_evidence_makes_an_answer_doubtful(said: list[int], doubtful: bool):
    assert is_doubtful(said, (), EVIDENCE, sure_from=0.5) == doubtful


def test_what_was_named_before_is_no_new_claim_and_so_is_doubted_once(unsure: VideoChat, clip: OpenedClip):
    conversation = unsure.start(clip)
    answers = ["".join(unsure.ask(conversation, "What?")) for _ in range(2)]
    assert answers == [ANSWERS["en"] + DOUBT["en"], ANSWERS["en"]]
    assert not is_doubtful([0, 2], {2}, EVIDENCE, sure_from=0.5)


def test_a_model_that_cannot_tell_never_doubts():
    assert not is_doubtful([2], (), None, sure_from=0.5)


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
