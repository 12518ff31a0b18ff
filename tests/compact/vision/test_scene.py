"""Claims about scenes: what is said of where a photograph was taken and what is around."""

import torch

from core.compact.seen import clear_labels
from core.compact.vision.efficientnet import FEATURES
from core.compact.vision.scene import SceneHead
from core.compact.words.names import scene_labels
from core.compact.words.notes import scene_text

KEYS = [label.key for label in scene_labels()]
FRAMES = 4


def likely(**of_keys: float) -> torch.Tensor:
    """How likely each label is in each frame, [T, labels]: these, and no other."""
    row = torch.tensor([of_keys.get(key, 0.0) for key in KEYS])
    return row.expand(FRAMES, -1)


def said(likelihoods: torch.Tensor) -> list[str]:
    return [label.key for label in clear_labels(likelihoods)]


def test_an_untrained_head_says_nothing():
    assert said(SceneHead()(torch.randn(FRAMES, FEATURES))) == []


def test_what_is_likely_in_the_mean_of_the_frames_is_said():
    sometimes = likely(outdoors=0.9, sky=0.9)
    sometimes = torch.cat([sometimes[:1], likely(outdoors=0.9)[1:]])
    assert said(sometimes) == ["outdoors"]


def test_a_picture_is_taken_indoors_or_outdoors_never_both():
    assert said(likely(indoors=0.6, outdoors=0.8)) == ["outdoors"]


def test_the_likeliest_stand_first_and_a_line_is_short():
    many = {key: 0.6 + 0.01 * number for number, key in enumerate(KEYS)}
    found = clear_labels(likely(**many))
    for group, most in (("place", 3), ("stuff", 5)):
        of_group = [label.key for label in found if label.group == group]
        assert len(of_group) == most
    assert found[-5:][0].key == next(
        label.key for label in reversed(scene_labels()) if label.group == "stuff"
    )


def test_a_scene_is_told_in_both_languages():
    text = scene_text(clear_labels(likely(outdoors=0.9, street=0.8, sky=0.7)))
    assert text == "Where: outdoors 室外, on a street 街上; Around: sky 天空"
    assert scene_text([]) == ""
