"""Scores of texts against references, in both languages."""

import math

import pytest

from core.evaluation.metrics import bleu, exact_match, text_scores, token_f1, words

PAIRS = [
    ("a dog runs after a red ball in the park", "a dog runs after the red ball in a park"),
    ("two men play the guitar on a stage", "two men are playing guitars on the stage"),
    ("一只狗在公园里追着红色的球跑", "一只狗在公园里追红色的球"),
]


def test_chinese_is_segmented_into_words_and_english_keeps_its_own() -> None:
    assert words("The DOG's ball, 3.5 m!") == ["the", "dog's", "ball", "3.5", "m"]
    assert words("熊猫在吃竹子。") == ["熊猫", "在", "吃", "竹子"]
    assert words("这个logo是ＲｅｅｌＴａｌｋ") == ["这个", "logo", "是", "reeltalk"]


@pytest.mark.parametrize(
    ("answer", "reference", "same"),
    [
        ("The dog.", "dog", True),
        ("一只 猫！", "一只猫", True),
        ("dogs", "dog", False),
        ("a dog and a cat", "dog", False),
        ("", "", False),
        ("the", "a", False),
    ],
)
def test_an_exact_match_is_the_same_words_but_for_articles(answer: str, reference: str, same: bool) -> None:
    assert exact_match(answer, reference) is same


def test_token_f1_is_that_of_the_shared_words() -> None:
    assert token_f1("a red ball", "the ball") == pytest.approx(2 / 3)
    assert token_f1("红色的球", "红色的球") == 1.0
    assert token_f1("cat", "dog") == token_f1("", "dog") == token_f1("", "") == 0.0


def test_the_same_text_has_full_marks_in_both_languages() -> None:
    same = [(reference, reference) for _, reference in PAIRS]
    assert bleu(same) == pytest.approx(1.0)
    for scores in text_scores(same):
        assert (scores.exact, scores.f1, scores.rouge_l) == (1.0, 1.0, pytest.approx(1.0))
        assert scores.cider == pytest.approx(10.0)


def test_a_near_text_scores_between_another_and_the_same() -> None:
    near = text_scores(PAIRS)
    far = text_scores([(PAIRS[index - 1][0], PAIRS[index][1]) for index in range(len(PAIRS))])
    for better, worse in zip(near, far, strict=True):
        assert worse.rouge_l < better.rouge_l < 1.0
        assert worse.cider < better.cider < 10.0
    assert 0.0 < bleu(PAIRS) < 1.0


def test_bleu_is_what_its_definition_gives() -> None:
    """Precisions 4/4, 2/3, 1/2 and 0/1, which is smoothed to 1/2; a brevity penalty of exp(1 - 5/4)."""
    answer, reference = "the cat sat here", "the cat sat down here"
    precisions = [4 / 4, 2 / 3, 1 / 2, 1 / 2]
    expected = math.exp(1 - 5 / 4) * math.prod(precisions) ** (1 / 4)
    assert bleu([(answer, reference)]) == pytest.approx(expected)


def test_an_empty_answer_scores_nothing_and_breaks_nothing() -> None:
    scores = text_scores([("", "a dog"), ("。。。", "a cat")])
    assert [(each.exact, each.f1, each.rouge_l, each.cider) for each in scores] == [(0.0, 0.0, 0.0, 0.0)] * 2
    assert bleu([("", "a dog")]) == 0.0
    assert text_scores([]) == []
