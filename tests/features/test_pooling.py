"""Pooling: mean over time, mean over space, and a coarse grid, against a direct formula."""

import math

import numpy as np
import pytest
import torch

from core.features.pooling import CELLS, PooledFeatures, pool

FRAMES, HEIGHT, BREADTH, WIDTH = 5, 7, 6, 3


def pooled(
    grid: tuple[int, int] = (HEIGHT, BREADTH), frames: int = FRAMES
) -> tuple[np.ndarray, PooledFeatures]:
    random = np.random.default_rng(0)
    x = random.normal(size=(frames, grid[0] * grid[1], WIDTH))
    seconds = torch.arange(frames, dtype=torch.float64)
    return x, pool(torch.from_numpy(x), grid, seconds)


def test_spatial_tokens_are_the_mean_over_time_and_temporal_tokens_the_mean_over_space() -> None:
    x, features = pooled()
    assert features.spatial.shape == (HEIGHT * BREADTH, WIDTH)
    assert features.temporal.shape == (FRAMES, WIDTH)
    np.testing.assert_allclose(features.spatial, sum(x[t] for t in range(FRAMES)) / FRAMES)
    patches = range(HEIGHT * BREADTH)
    np.testing.assert_allclose(features.temporal, sum(x[:, n] for n in patches) / len(patches))


@pytest.mark.parametrize("grid", [(HEIGHT, BREADTH), (3, 3), (1, 9), (8, 12)])
def test_cells_are_means_over_a_coarse_grid_row_by_row(grid: tuple[int, int]) -> None:
    x, features = pooled(grid)
    height, breadth = grid
    planes = x.reshape(FRAMES, height, breadth, WIDTH)
    expected = np.empty((FRAMES, CELLS * CELLS, WIDTH))
    for row in range(CELLS):
        for column in range(CELLS):
            rows = slice(row * height // CELLS, math.ceil((row + 1) * height / CELLS))
            columns = slice(column * breadth // CELLS, math.ceil((column + 1) * breadth / CELLS))
            expected[:, row * CELLS + column] = planes[:, rows, columns].mean(axis=(1, 2))
    assert features.cells.shape == expected.shape
    np.testing.assert_allclose(features.cells, expected)


def test_of_one_frame_the_spatial_tokens_are_its_patches() -> None:
    x, features = pooled(frames=1)
    assert torch.equal(features.spatial, torch.from_numpy(x[0]))
    assert features.temporal.shape == (1, WIDTH)


def test_of_one_patch_the_temporal_tokens_are_the_frames() -> None:
    x, features = pooled(grid=(1, 1))
    assert torch.equal(features.temporal, torch.from_numpy(x[:, 0]))
    assert features.spatial.shape == (1, WIDTH)


def test_the_order_of_frames_changes_only_what_keeps_time() -> None:
    x, features = pooled()
    backwards = pool(torch.from_numpy(x[::-1].copy()), (HEIGHT, BREADTH), features.seconds)
    torch.testing.assert_close(backwards.spatial, features.spatial)
    torch.testing.assert_close(backwards.temporal, features.temporal.flip(0))


def test_patches_that_do_not_fill_the_grid_are_refused() -> None:
    with pytest.raises(AssertionError, match="grid of 2 x 2"):
        pool(torch.zeros(1, 5, WIDTH), (2, 2), torch.zeros(1))
