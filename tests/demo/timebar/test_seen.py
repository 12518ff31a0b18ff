"""The rows of what is seen when."""

import re

from core import Sighting
from demo.timebar.seen import MOST, seen_html


def seen(start: float, end: float, en: str, zh: str = "物") -> Sighting:
    return Sighting(start, end, {"en": en, "zh": zh})


def names(made: str) -> list[list[str]]:
    """Of each row."""
    return [re.findall(r"<span>(.*?)</span>", row) for row in made.split("</li>")[:-1]]


def test_the_things_that_are_seen_longest_are_shown_the_first_to_come_first():
    short = [seen(7, 8, f"thing {number}") for number in range(5)]
    made = seen_html([seen(3, 9, "dog"), *short, seen(0, 2, "cat"), seen(5, 6, "cat")], 10.0, "en")
    assert len(names(made)) == MOST
    assert names(made)[:2] == [["cat"], ["dog"]]


def test_things_that_follow_one_another_share_a_row_if_their_names_have_room():
    sightings = [seen(0, 4, "cat"), seen(4, 8, "cup"), seen(3, 8, "coffee"), seen(8, 12, "bee")]
    assert names(seen_html(sightings, 12.0, "en")) == [["cat", "cup", "bee"], ["coffee"]]
    assert names(seen_html(sightings, 120.0, "en")) == [["cat"], ["coffee"], ["cup"], ["bee"]]


def test_a_stretch_stands_at_its_time_and_jumps_to_its_beginning():
    made = seen_html([seen(2, 4, "cat", "猫")], 8.0, "zh")
    assert 'data-seek="2.000"' in made
    assert "left:25.00%;width:25.00%" in made
    assert 'aria-label="猫，0:02 至 0:04"' in made


def test_stretches_of_one_thing_that_touch_are_one():
    made = seen_html([seen(0, 2, "man"), seen(1, 3, "man"), seen(5, 9, "man")], 8.0, "en")
    assert re.findall(r'data-seek="([\d.]+)"', made) == ["0.000", "5.000"]
    assert "0:05 to 0:08" in made
    assert names(made) == [["man"]]


def test_nothing_is_shown_where_nothing_was_recognised_and_a_name_is_no_markup():
    assert seen_html([], 8.0, "en") == ""
    assert seen_html([seen(9, 10, "cat")], 8.0, "en") == ""
    assert "<b>" not in seen_html([seen(0, 1, "<b>cat")], 8.0, "en")
