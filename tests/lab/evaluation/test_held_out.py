"""Claims about the scores of our own held-out questions."""

from core.lab.evaluation.held_out import Outcome, doubted


def outcome(right: bool, doubted: bool = False) -> Outcome:
    return Outcome(0, "name", "en", "?", "!", "A cat.", right, doubted)


def test_doubts_of_right_and_of_wrong_answers_are_counted_apart():
    outcomes = [outcome(True), outcome(True), outcome(False), outcome(False, doubted=True)]
    wrong, right = doubted(outcomes, right=False), doubted(outcomes, right=True)
    assert wrong is not None
    assert right is not None
    assert (wrong.right, wrong.asked) == (1, 2)
    assert (right.right, right.asked) == (0, 2)
    assert doubted(outcomes[:2], right=False) is None
