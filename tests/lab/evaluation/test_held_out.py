"""Claims about the scores of our own held-out questions."""

from core.compact.llm.grounding_old import DOUBT

from core.lab.evaluation.held_out import Outcome, doubted
from core.language.script import traditional


def outcome(answer: str, right: bool) -> Outcome:
    return Outcome(0, "name", "en", "?", "!", answer, right)


def test_doubts_of_right_and_of_wrong_answers_are_counted_apart():
    sure, unsure = "A cat.", "A cat." + DOUBT["en"]
    outcomes = [outcome(sure, True), outcome(sure, True), outcome(sure, False), outcome(unsure, False)]
    wrong, right = doubted(outcomes, right=False), doubted(outcomes, right=True)
    assert wrong is not None
    assert right is not None
    assert (wrong.right, wrong.asked) == (1, 2)
    assert (right.right, right.asked) == (0, 2)
    assert doubted(outcomes[:2], right=False) is None


def test_a_doubt_counts_in_traditional_characters_too():
    score = doubted([outcome(traditional("视频里有一只猫。" + DOUBT["zh"]), True)], right=True)
    assert score is not None
    assert score.share == 1
