"""Which letter an answer states: what is claimed counts, and nothing is guessed."""

import pytest

from core.evaluation.benchmarks.choices import choice_question, chosen

STATED = {
    "A": ["A", "(A) a cup", "A is correct.", "A, because he runs", "The answer is A because he runs"],
    "B": [
        "B", "b", " (B) ", "**B**", "B.", "B)", "b) a cat", "B. a cat", "B: a cat", "(b)", "（Ｂ）",
        "The answer is B", "The answer is (B).", "The answer is **B**.", "Answer: B", "answer: b",
        "The answer is:\n\nB",
        "The answer would be B.", "B - a cat", "The correct answer is option B.", "It is the cat (B).",
        "Option B", "I choose B", "B is the right answer", "\\boxed{B}", "B\nThe man is not in the kitchen.",
        "The answer is B, not A", "Between (A) and (C), the answer is B.", "<think>(A)? (C)?</think>B",
        "答案是B", "答案：Ｂ", "答案应该是 (B)", "选B。", "我选择B，因为它在动",
        "B选项正确", "B是正确的", "选项B", "B. No",
    ],
    "C": ["C. Not sure", "C) It is false", "Best option: (C)"],
}  # fmt: skip

NOT_STATED = [
    "", "...", "a cat", "A man is walking", "The answer is A man walking", "The answer is a dog",
    "I do not know", "I. e. nothing", "He drinks vitamin C.", "他喝维生素C", "Grade A meat", "plan B works",
    "i am not sure",
    "A or B", "The answer is A or B", "A, B", "A/B", "(A) (B)", "A和B", "选A或B", "A. a cup\nB. a box",
    "The answer is A. No, the answer is B.", "A: wrong, B: right", "Not A", "It is not (C)",
    "The answer is not A", "Option A is wrong", "Is the answer A? No.", "Plan A is right",
    "B isn't right", "答案不是A", "不选A", "A不对", "选项B不正确",
    "E", "The answer is E", "(J)", "K",
]  # fmt: skip


@pytest.mark.parametrize(("letter", "answer"), [(each, text) for each in STATED for text in STATED[each]])
def test_a_letter_that_is_claimed_counts(letter: str, answer: str) -> None:
    assert chosen(answer, 4) == "ABCD".index(letter)


@pytest.mark.parametrize("answer", NOT_STATED)
def test_an_answer_that_claims_no_single_letter_states_nothing(answer: str) -> None:
    assert chosen(answer, 4) is None


def test_a_letter_counts_only_where_there_is_such_an_option() -> None:
    assert chosen("C", 3) == 2
    assert chosen("C", 2) is None


def test_the_options_stand_on_lines_of_their_own_and_the_request_is_in_the_questions_language() -> None:
    assert choice_question("What moves?", ("a cup", "a box")).splitlines() == [
        "What moves?",
        "A. a cup",
        "B. a box",
        "Answer with the letter of the right option only.",
    ]
    assert choice_question("什么在动？", ("杯子", "盒子")).endswith("请只回答正确选项的字母。")
