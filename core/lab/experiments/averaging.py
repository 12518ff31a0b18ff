"""The weighted mean of two trained runs, of which one began where the other ended.

Such runs lie in one basin of the loss, and a point between them is often better than either: the overfitting
of each averages out (Wortsman et al., Model soups, arXiv 2203.05482).
"""

from collections.abc import Collection
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from core.compact.llm.vocabulary import Vocabulary
from core.compact.trained_parts import (
    DETECTOR,
    TEMPORAL_FOLDER,
    WEIGHTS_FILE,
    below,
    config_of,
    save_compact,
    word_rows,
)
from core.errors import ModelError
from core.lab.experiments.trained_folder import save_g_t


def average(
    first: Path,
    second: Path,
    share: float,
    out: Path,
    keep_alignment: bool = False,
    spelled: Collection[str] = (),
) -> None:
    """Make `out` of two folders like `assets/compact`: `share` of the second, the rest of the first.

    Settings are the second's. A word that only one of them has keeps its row; `spelled` words get no row, so
    that the tokenizer spells them. With keep_alignment g and g_t stay the first's, and
    only the LLM's updates and words are mixed. The object detector, if there is one, is the first's: a mixed
    encoder needs one of its own (`python -m core.lab teach-detector`). Raises ModelError where a part has
    another shape in one of them.
    """
    mine, theirs = load_file(first / WEIGHTS_FILE), load_file(second / WEIGHTS_FILE)
    of_g = 0.0 if keep_alignment else share  # of the second, in g and g_t
    shares = {"encoder": of_g, "lora": share, "alignment": of_g, "places": of_g}
    parts = {
        part: _mean(below(mine, part), below(theirs, part), each, first) for part, each in shares.items()
    }
    parts[DETECTOR] = below(mine, DETECTOR)
    of_first, of_second = word_rows(first), word_rows(second)
    words = between(of_second | of_first, of_first | of_second, share)
    words = {word: row for word, row in words.items() if word not in spelled}
    rows = torch.stack(list(words.values()))  # Shape: (words, K)
    fingerprint = save_compact(
        out, config_of(second), list(words), {"words": {"rows": rows}, **parts}, Vocabulary.of(second)
    )

    mine, theirs = (load_file(folder / TEMPORAL_FOLDER / WEIGHTS_FILE) for folder in (first, second))
    save_g_t(second, _mean(mine, theirs, of_g, first), fingerprint, out)


def _mean(
    mine: dict[str, Tensor], theirs: dict[str, Tensor], share: float, folder: Path
) -> dict[str, Tensor]:
    if {name: value.shape for name, value in mine.items()} != {n: v.shape for n, v in theirs.items()}:
        raise ModelError("adapter_mismatch", path=folder, reason="its parts have other shapes")
    return between(mine, theirs, share)


def between(mine: dict[str, Tensor], theirs: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    """Of two states of one part: `share` of theirs, the rest of mine, in float32."""
    return {name: torch.lerp(mine[name].float(), theirs[name].float(), share) for name in mine}
