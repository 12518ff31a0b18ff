"""Talks written by hand: they hold together, and one that does not is named."""

import json
from pathlib import Path
from random import Random

import pytest

from core.dialogue.cues import nothing_text
from core.lab.talks.made_up import asked_of, notes_of
from core.lab.talks.sequences import Asked
from core.lab.talks.written import written_talks

GOOD = {"frames": 4, "duration": 4.0, "things": [["dog", {}]], "groups": [[["what is it", "A dog."]]]}


def is_chinese(text: str) -> bool:
    return any("一" <= letter <= "鿿" for letter in text)


def test_half_of_what_is_asked_is_chinese():
    asked = [turn.question for talk in written_talks() for group in talk.groups for turn in group]
    assert len(asked) > 4000
    assert 0.45 < sum(map(is_chinese, asked)) / len(asked) < 0.55


def test_no_two_talks_are_the_same():
    talks = [(notes_of(talk.situation), talk.groups) for talk in written_talks()]
    assert len(set(talks)) == len(talks)


def test_no_answer_is_much_used():
    """Stock answers would be learned by heart."""
    said = [turn.answer for talk in written_talks() for group in talk.groups for turn in group]
    often = {answer for answer in said if said.count(answer) > 8}
    assert not often


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"things": [["dogg", {}]]}, "dogg"),
        ({"things": [["dog", {"first": 3, "last": 4}]]}, "frames 3 to 4"),
        ({"things": [["dog", {"count": 2, "place": "left"}]]}, "several"),
        ({"things": [["dog", {"colours": ["beige"]}]]}, "beige"),
        ({"heard": [[3.0, 5.0, "too late"]]}, "cue"),
        ({"groups": [[["what is it", ""]]]}, "empty"),
        ({"frames": 0}, "0 frames"),
        ({"scene": ["moon"]}, "moon"),
    ],
)
def test_nonsense_is_named_with_its_file(tmp_path: Path, change: dict, named: str):
    (tmp_path / "pets.json").write_text(json.dumps([GOOD, {**GOOD, **change}]))
    with pytest.raises(ValueError, match=rf"pets.json, talk 1: .*{named}"):
        written_talks(folder=tmp_path)


def test_files_can_be_chosen(tmp_path: Path):
    for name in ("pets", "zoo"):
        (tmp_path / f"{name}.json").write_text(json.dumps([GOOD]))
    assert len(written_talks(folder=tmp_path)) == 2
    assert len(written_talks(("zoo",), tmp_path)) == 1


def test_notes_tell_the_scene():
    talks = [talk.situation for talk in written_talks(("scenes",))]
    assert all(label.en in notes_of(each) for each in talks for label in each.scene)
    assert sum(bool(each.scene) for each in talks) > 80


def test_notes_tell_what_was_heard_and_read():
    talks = [talk.situation for talk in written_talks()]
    spoken = Random(0).sample([each for each in talks if each.heard], 10)
    assert all(cue.text in notes_of(each) for each in spoken for cue in each.heard or ())


def test_that_nothing_is_said_stands_with_a_question_about_it():
    quiet = next(talk.situation for talk in written_talks() if talk.situation.heard == ())
    about_it, about_pictures = Asked("What does he say?", "Nothing."), Asked("What is it?", "A cat.")
    assert asked_of(quiet, about_it) == Asked(
        nothing_text(["heard"], about_it.question) + about_it.question, "Nothing."
    )
    assert asked_of(quiet, about_pictures) == about_pictures
    assert "Nothing is said" not in notes_of(quiet)


def test_notes_tell_colours_of_the_picture_and_what_is_close(tmp_path: Path):
    near = {"things": [["dog", {"close": True}]], "colours": {"top": ["blue"], "bottom": ["green", "brown"]}}
    (tmp_path / "pets.json").write_text(json.dumps([{**GOOD, **near}]))
    notes = notes_of(written_talks(folder=tmp_path)[0].situation)
    assert "dog 狗, close up 近景" in notes
    assert "Colours: top 上方 blue 蓝色; bottom 下方 green 绿色 and brown 棕色\n" in notes
