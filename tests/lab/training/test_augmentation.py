"""Claims about what makes more of the same clips."""

from random import Random

import pytest
import torch

from core.lab.questions.token_labels import GROUPS, TokenLabels
from core.lab.training.augmentation import chosen_frames
from core.lab.training.material import Lesson


def test_without_augmentation_all_frames_are_shown():
    assert chosen_frames(Random(0), 16, jitter=0.0, crop=0.0) == list(range(16))


@pytest.mark.parametrize("seed", range(20))
def test_a_crop_is_a_stretch_of_half_the_frames_or_more(seed: int):
    frames = chosen_frames(Random(seed), 16, jitter=0.0, crop=1.0)
    assert frames == list(range(frames[0], frames[-1] + 1))
    assert 8 <= len(frames) <= 16


@pytest.mark.parametrize("seed", range(20))
def test_jitter_keeps_the_order_of_time_and_moves_no_frame_by_more_than_one(seed: int):
    frames = chosen_frames(Random(seed), 16, jitter=1.0, crop=0.0)
    assert frames == sorted(frames)
    assert frames[0] >= 0
    assert frames[-1] <= 15
    assert all(abs(shown - place) <= 1 for place, shown in enumerate(frames))


def test_what_is_there_when_a_shortened_clip_begins_is_new():
    new, same = (GROUPS["change"].index(change) for change in ("new", "same"))
    change = torch.tensor([[new, same, same, new, same, same]])  # Shape: (B, T)
    lesson = Lesson(
        torch.zeros(1, 36, 2),
        torch.randn(1, 6, 2),
        torch.zeros(1, 6, 16, 2),
        TokenLabels({}, {"change": change}),
    )
    shown = lesson.shown([1, 2, 3, 4])
    assert shown.labels.temporal["change"].tolist() == [[new, same, new, same]]
    torch.testing.assert_close(shown.temporal, lesson.temporal[:, 1:5])
    assert change[0, 1] == same, "the whole clip's labels stay as they were"
