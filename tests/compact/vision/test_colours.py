"""Claims about colours, which are told by pixels."""

import numpy as np
import pytest
import torch

from core.compact.vision.colours import KEYS, THIRDS, colours_of, main_colours

NO_BOX = torch.tensor([[[-1.0, 0, 0, 0, 0, 0]]])
PAINTS = {
    "red": (200, 20, 25),
    "orange": (245, 140, 20),
    "yellow": (245, 225, 40),
    "green": (30, 150, 60),
    "blue": (30, 70, 200),
    "purple": (120, 40, 180),
    "pink": (245, 150, 170),
    "brown": (110, 65, 30),
    "black": (15, 15, 18),
    "white": (245, 245, 240),
    "gray": (128, 130, 128),
}


@pytest.mark.parametrize("colour", PAINTS)
def test_a_picture_of_one_paint_has_its_colour(colour: str):
    frames = np.full((1, 40, 60, 3), PAINTS[colour], np.uint8)
    shares = colours_of(frames, NO_BOX)
    assert shares.shape == (1, 1 + 1 + len(THIRDS), len(KEYS))
    assert all(main_colours(part) == [colour] for part in shares[0, 1:])
    assert shares[0, 0].sum() == 0, "where there is no box, there is no colour"


def test_a_box_has_the_colour_of_its_middle_and_not_of_what_is_around():
    frames = np.full((1, 100, 100, 3), PAINTS["green"], np.uint8)
    frames[0, 20:60, 10:50] = PAINTS["red"]
    box = torch.tensor([[[2.0, 0.9, 0.1, 0.2, 0.5, 0.6]]])
    assert main_colours(colours_of(frames, box)[0, 0]) == ["red"]


def test_two_halves_are_two_colours_and_many_are_none():
    frames = np.full((1, 80, 80, 3), PAINTS["black"], np.uint8)
    frames[0, :, 40:] = PAINTS["white"]
    assert set(main_colours(colours_of(frames, NO_BOX)[0, 1])) == {"black", "white"}
    stripes = np.array([PAINTS[key] for key in ("red", "green", "blue", "yellow")], np.uint8)
    motley = np.tile(stripes, (20, 1))[None, None].repeat(80, axis=1)
    assert main_colours(colours_of(motley, NO_BOX)[0, 1]) == []


def test_sky_and_ground_are_told_from_what_stands_before_them():
    frames = np.full((1, 90, 60, 3), PAINTS["gray"], np.uint8)
    frames[0, :30], frames[0, 60:] = PAINTS["blue"], PAINTS["green"]
    thirds = colours_of(frames, NO_BOX)[0, -3:]
    assert [main_colours(third) for third in thirds] == [["blue"], ["gray"], ["green"]]
