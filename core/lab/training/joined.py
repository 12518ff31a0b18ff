"""Several materials as one, shuffled, without reading or copying what they hold.

Knows nothing of what the rows are.
"""

from random import Random

import numpy as np

from core.lab.clips.dataset import ClipFeatures
from core.lab.training.material import Material


class JoinedRows:
    """The rows of several arrays, in an order of their own; read like an array, by row numbers."""

    def __init__(self, arrays: list[np.ndarray], source: np.ndarray, row: np.ndarray) -> None:
        """source, row: [n], for each row of this one the array and the row of it."""
        self.arrays, self.source, self.row = arrays, source, row

    def __getitem__(self, numbers: np.ndarray) -> np.ndarray:
        """Rows [B, ...] of these numbers [B]."""
        found = np.empty((len(numbers), *self.arrays[0].shape[1:]), self.arrays[0].dtype)
        for which, array in enumerate(self.arrays):
            here = self.source[numbers] == which  # Shape: (B,)
            found[here] = array[self.row[numbers][here]]
        return found


def joined(parts: list[Material], seed: int) -> Material:
    """All of the parts' clips (of one number of frames), shuffled."""
    places = [(which, row) for which, part in enumerate(parts) for row in range(len(part.scenes))]
    Random(seed).shuffle(places)
    source, row = np.array(places).T  # Shape: (n,) each
    features = {
        name: JoinedRows([getattr(part.features, name) for part in parts], source, row)
        for name in ("spatial", "temporal", "cells")
    }
    scenes = [parts[which].scenes[row] for which, row in places]
    return Material(ClipFeatures(**features), scenes, parts[0].frames)
