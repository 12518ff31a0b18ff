"""Two different drawn things at once: a frame's own token names the clearer one, its places name both."""

import torch
from torch import Tensor

from core.compact.vision.frame_encoder import GRID

CLEAR = 0.45  # share of the names of a frame, or of a place, from which on one is clear
FEWEST = 2  # places in which a thing is clear


def relative_to_all(shares: Tensor) -> Tensor:
    """Shares of names [..., names] as parts of all that is said, where much is."""
    return shares / shares.sum(dim=-1, keepdim=True).clamp(min=1.0)


def two_apart(shares: Tensor) -> list[tuple[int, str]]:
    """Shares of names in the places of a clip [N, names] -> the two things that most of them show, each with
    the key of where it lies beside the other; empty where there are no two."""
    relative = relative_to_all(shares)
    best, which = relative.max(dim=-1)  # Shape: (N,) each
    clear = torch.bincount(which[best >= CLEAR], minlength=shares.shape[-1])  # Shape: (names,)
    places, two = clear.topk(2)
    if places[1] < FEWEST:
        return []
    rows, columns = GRID
    middles = []
    for name in two.tolist():
        those = ((which == name) & (best >= CLEAR)).nonzero().flatten()  # Shape: (places,)
        middles.append(((those % columns).float().mean() / columns, (those // columns).float().mean() / rows))
    (x, y), (other_x, other_y) = middles
    if abs(x - other_x) > abs(y - other_y):
        sides = ("left", "right") if x < other_x else ("right", "left")
    else:
        sides = ("top", "bottom") if y < other_y else ("bottom", "top")
    return list(zip(two.tolist(), sides, strict=True))
