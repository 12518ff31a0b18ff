"""Other ways in which a conversation went, kept and gone back to."""

from core import Turn
from demo.chat.forks import Forks, branched, gone
from demo.keep.transcripts import Transcript, from_dict, to_dict


def turns(*questions: str) -> list[Turn]:
    return [Turn(question, "Yes.", finished=True, seconds=1.0) for question in questions]


def questions(said: list[Turn]) -> list[str]:
    return [turn.question for turn in said]


def test_a_way_that_was_left_comes_back_with_all_that_followed():
    old = turns("a", "b", "c")
    forks = branched(old, {}, 1)
    new = [*old[:1], *turns("B")]
    back = gone(new, forks, 1, -1)
    assert back is not None
    assert questions(back[0]) == ["a", "b", "c"]
    forth = gone(*back, 1, 1)
    assert forth is not None
    assert questions(forth[0]) == ["a", "B"]
    assert (forth[1][1].at, len(forth[1][1].ways)) == (1, 2)


def test_there_is_no_way_before_the_first_and_after_the_last_and_none_where_nothing_forked():
    old = turns("a")
    forks = branched(old, {}, 0)
    assert gone(turns("A"), forks, 0, 1) is None
    assert gone(turns("A"), forks, 0, -2) is None
    assert gone(old, {}, 0, -1) is None


def test_forks_within_a_way_go_and_come_back_with_it():
    old = turns("a", "b")
    within = branched(old, {}, 1)
    changed = [*old[:1], *turns("B")]
    outer = branched(changed, within, 0)
    assert set(outer) == {0}
    back = gone(turns("A"), outer, 0, -1)
    assert back is not None
    assert questions(back[0]) == ["a", "B"]
    assert set(back[1]) == {0, 1}
    inner = gone(*back, 1, -1)
    assert inner is not None
    assert questions(inner[0]) == ["a", "b"]


def test_a_third_answer_takes_nothing_from_the_first_two():
    said, forks = turns("1"), Forks()
    for number in ("2", "3"):
        forks = branched(said, forks, 0)
        said = turns(number)
    seen = []
    for _ in range(2):
        there = gone(said, forks, 0, -1)
        assert there is not None
        said, forks = there
        seen += questions(said)
    assert seen == ["2", "1"]


def test_ways_outlive_a_file():
    old = turns("a", "b")
    within = branched(old, {}, 1)
    forks = branched([*old[:1], *turns("B")], within, 0)
    kept = from_dict(to_dict(Transcript(turns("A"), forks=forks)))
    assert kept.forks == forks
