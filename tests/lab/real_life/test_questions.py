"""The footage's tables and the questions that are made of them."""

from collections import Counter
from typing import get_args

import pytest

from core.lab.questions.words import LANGUAGES, table_rows
from core.lab.real_life.footage import TABLES, footage
from core.lab.real_life.questions import KINDS, careless, questions
from core.lab.real_life.truth import BACKGROUND, Split, truths, words

SPLITS: tuple[Split, ...] = get_args(Split)


def test_all_footage_has_a_truth_and_a_licence() -> None:
    assert set(footage()) == {truth.id for truth in truths()}
    assert all(shot.licence for shot in footage().values())


def test_every_key_of_a_truth_has_words() -> None:
    for language in LANGUAGES:
        thing, place, colour, action = (
            words(group, language) for group in ("thing", "place", "colour", "action")
        )
        for truth in truths():
            assert {*truth.things, *truth.wrong} <= set(thing)
            assert set(truth.places) <= set(place)
            assert set(truth.colours) <= {BACKGROUND, *thing}
            assert set(truth.colours.values()) <= set(colour)
            assert set(truth.doing) <= set(action)
            assert not set(truth.things) & set(truth.wrong)


def test_all_shots_of_one_film_are_on_one_side() -> None:
    sides: dict[str, set[str]] = {}
    for truth in truths():
        shot = footage()[truth.id]
        sides.setdefault(f"{shot.package}/{shot.path}", set()).add(truth.split)
    assert all(len(side) == 1 for side in sides.values())


def test_no_footage_is_a_photograph_of_training() -> None:
    table = table_rows(TABLES.parent.parent / "art" / "photos.tsv")
    trained = {(row["package"], row["path"]) for row in table if row["split"] != "test"}
    assert not trained & {(shot.package, shot.path) for shot in footage().values()}


@pytest.mark.parametrize("split", SPLITS)
def test_every_kind_is_asked_in_both_languages(split: Split) -> None:
    asked = Counter((question.kind, question.language) for question in questions(split))
    share = 1 if split == "test" else 2
    assert asked == {(kind, language): KINDS[kind] // share for kind in KINDS for language in LANGUAGES}


def test_no_clip_and_no_question_of_practice_is_in_the_test() -> None:
    practice, test = questions("practice"), questions("test")
    assert not {question.clip for question in practice} & {question.clip for question in test}
    assert not {question.text for question in practice} & {question.text for question in test}
    everything = [*practice, *test]
    assert len({question.id for question in everything}) == len(everything)


@pytest.mark.parametrize("kind", ["people", "presence"])
def test_yes_is_right_for_about_half_of_the_questions(kind: str) -> None:
    for language in LANGUAGES:
        asked = [
            question
            for question in questions("test")
            if (question.kind, question.language) == (kind, language)
        ]
        assert abs(2 * sum(bool(question.yes) for question in asked) - len(asked)) <= 2


def test_a_true_word_is_never_forbidden() -> None:
    for question in (*questions("practice"), *questions("test")):
        right = {name for group in question.right for name in group}
        assert not right & {name for group in question.wrong for name in group}


def test_careless_questions_are_many_and_all_different() -> None:
    asked = careless()
    assert len(set(asked)) == len(asked) >= 300
    assert {language for language, _ in asked} == set(LANGUAGES)
