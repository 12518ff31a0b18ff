"""Two different things of a drawn clip are told apart by its places."""

import pytest
import torch
from torch import Tensor

from core.compact.apart import two_apart
from core.compact.vision.frame_encoder import GRID

ROWS, COLUMNS = GRID
NAMES = 8


def shares(**where: tuple[slice, slice]) -> Tensor:
    """[N, names]: 3, as a clear place has it, in these rows and columns for the name of that number."""
    grid = torch.zeros(ROWS, COLUMNS, NAMES)
    for name, (rows, columns) in where.items():
        grid[rows, columns, int(name[1:])] = 3.0
    return grid.flatten(0, 1)


ALL, FIRST, LAST = slice(None), slice(0, 2), slice(4, 6)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (shares(n3=(ALL, FIRST), n5=(slice(2, 5), LAST)), {(3, "left"), (5, "right")}),
        (shares(n3=(LAST, ALL), n5=(FIRST, slice(1, 3))), {(3, "bottom"), (5, "top")}),
        (shares(n3=(ALL, FIRST)) + shares(n3=(ALL, LAST)), set()),  # twice the same
        (shares(n3=(ALL, FIRST), n5=(slice(0, 1), slice(5, 6))), set()),  # a single place may be wrong
        (0.1 * shares(n3=(ALL, FIRST), n5=(ALL, LAST)), set()),  # nothing is clear
    ],
)
def test_each_of_two_is_named_with_where_it_lies_beside_the_other(seen: Tensor, told: set) -> None:
    assert set(two_apart(seen)) == told
