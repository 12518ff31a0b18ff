"""Two clips that are asked about together show nothing in common, and only the right one's things count."""

import pytest

from core.lab.real_life.joined import KINDS, asked
from core.lab.real_life.truth import named, truths

BY_ID = {truth.id: truth for truth in truths()}


def test_the_same_questions_each_time_as_many_of_each_kind_and_language() -> None:
    questions = list(asked(per=10))
    assert questions == list(asked(per=10))
    assert len(questions) == 2 * 10 * len(KINDS)
    assert {BY_ID[clip].split for each in questions for clip in each.clips} == {"test"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_is_in_the_other_clip_makes_an_answer_wrong(language: str) -> None:
    for each in asked(per=10):
        if each.kind == "which clip" or each.question.language != language:
            continue
        here, other = BY_ID[each.clips[each.which]], BY_ID[each.clips[1 - each.which]]
        (name, *_), (mixed_up, *_) = (
            named("thing", truth.things[:1], language)[0] for truth in (here, other)
        )
        right = {"en": f"A {name}.", "zh": f"一个{name}。"}[language]
        wrong = {"en": f"A {name} and a {mixed_up}.", "zh": f"{name}和{mixed_up}。"}[language]
        assert each.is_right(right), (each, right)
        assert not each.is_right(wrong), (each, wrong)


def test_which_clip_is_answered_by_one_number() -> None:
    for each in asked(per=4):
        if each.kind == "which clip":
            en, zh = ("The first clip.", "第一个视频。"), ("The second one.", "是第二个。")
            answers = [one[each.question.language == "zh"] for one in (en, zh)]
            assert [each.is_right(answer) for answer in answers] == [each.which == 0, each.which == 1]
            assert not each.is_right(" ".join(answers))
