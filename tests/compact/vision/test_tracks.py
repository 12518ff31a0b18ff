"""Claims about tracks: what is one thing, how many there are, where they are and where they go."""

import pytest
import torch

from core.compact.vision.coco import COCO
from core.compact.vision.detections import MOST
from core.compact.vision.tracks import Box, Track, together, tracks_of

PERSON, DOG = 0, 16
Seen = tuple[int, float, Box]


def boxes_of(*frames: list[Seen]) -> torch.Tensor:
    """[T, M, 6], of what each frame shows: class, score, box."""
    boxes = torch.zeros(len(frames), MOST, 6)
    boxes[..., 0] = -1
    for frame, things in enumerate(frames):
        for row, (number, score, box) in enumerate(things):
            boxes[frame, row] = torch.tensor([number, score, *box])
    return boxes


def someone(x: float, score: float = 0.8, y: float = 0.5, high: float = 0.5) -> Seen:
    """A person of usual proportions whose middle is at (x, y)."""
    return PERSON, score, (x - high / 6, y - high / 2, x + high / 6, y + high / 2)


def only(*frames: list[Seen]) -> Track:
    (track,) = tracks_of(boxes_of(*frames))
    return track


def test_two_people_side_by_side_are_two():
    tracks = tracks_of(boxes_of(*[[someone(0.4), someone(0.6)]] * 4))
    assert [track.frames for track in tracks] == [(0, 1, 2, 3)] * 2
    assert together(tracks) == {PERSON: 2}


def test_two_people_one_after_the_other_are_never_together():
    tracks = tracks_of(boxes_of([someone(0.1)], [someone(0.1)], [], [], [someone(0.9)], [someone(0.9)]))
    assert len(tracks) == 2
    assert together(tracks) == {PERSON: 1}


def test_a_thing_missed_in_one_frame_stays_the_same_thing():
    assert only([someone(0.5)], [], [someone(0.52)]).frames == (0, 2)


def test_a_thing_missed_in_two_frames_is_another():
    assert len(tracks_of(boxes_of([someone(0.5)], [], [], [someone(0.5)]))) == 2


def test_a_person_and_a_dog_in_one_place_are_no_track_together():
    number, score, box = someone(0.5)
    tracks = tracks_of(boxes_of([(number, score, box)], [(DOG, score, box)]))
    assert {track.number for track in tracks} == {PERSON, DOG}


def test_the_nearer_person_is_the_same_one():
    tracks = tracks_of(boxes_of([someone(0.3), someone(0.6)], [someone(0.62), someone(0.33)]))
    ways = sorted((track.boxes[0][0], track.boxes[1][0]) for track in tracks)
    assert ways[0][1] < ways[1][1]


def test_what_is_seen_once_needs_a_higher_score():
    sure = COCO[PERSON].sure
    once, twice = boxes_of([someone(0.5, sure + 0.01)], []), boxes_of(*[[someone(0.5, sure + 0.01)]] * 2)
    assert tracks_of(once) == []
    assert len(tracks_of(twice)) == 1


def test_faint_frames_prolong_a_track_but_make_none():
    sure = COCO[PERSON].sure
    assert only([someone(0.5, 0.8)], [someone(0.5, sure - 0.1)]).frames == (0, 1)
    assert tracks_of(boxes_of(*[[someone(0.5, sure - 0.1)]] * 8)) == []


def test_one_frame_with_more_boxes_does_not_count():
    frames = [[someone(0.3)]] * 12
    frames[5] = [someone(0.3), someone(0.8)]
    assert together(tracks_of(boxes_of(*frames))) == {PERSON: 1}


def test_of_a_clip_that_is_one_picture_all_of_it_counts():
    assert together(tracks_of(boxes_of([someone(0.2), someone(0.5), someone(0.8)]))) == {PERSON: 3}


@pytest.mark.parametrize(
    ("x", "y", "place"),
    [(0.2, 0.5, ("left", "middle")), (0.5, 0.2, ("middle", "top")), (0.9, 0.8, ("right", "bottom"))],
)
def test_a_thing_is_in_the_third_that_its_middle_is_in(x: float, y: float, place: tuple[str, str]):
    assert only([someone(x, y=y, high=0.3)], [someone(x, y=y, high=0.3)]).place() == place


@pytest.mark.parametrize(
    ("last", "direction"),
    [
        (someone(0.7), "right"),
        (someone(0.3), "left"),
        (someone(0.5, y=0.3), "up"),
        (someone(0.5, y=0.7), "down"),
        (someone(0.5, high=0.8), "closer"),
        (someone(0.5, high=0.3), "away"),
        (someone(0.53, y=0.51, high=0.53), None),
    ],
)
def test_a_thing_goes_where_its_last_frames_are(last: Seen, direction: str | None):
    assert only([someone(0.5)], [last]).direction() == direction


def test_coming_into_the_picture_is_not_coming_closer():
    cut = (PERSON, 0.8, (0.0, 0.1, 0.1, 0.9))
    whole = (PERSON, 0.8, (0.0, 0.1, 0.25, 0.9))
    assert only([cut], [whole]).direction() is None
