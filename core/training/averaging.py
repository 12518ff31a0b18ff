"""The weighted mean of two trained runs, of which one began where the other ended.

Such runs lie in one valley, and a point between them is often better than either: what both learned stays,
what each learned by heart fades (Wortsman et al., Model soups, arXiv 2203.05482). Knows nothing of clips or
of training.
"""

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from core.errors import ModelError
from core.image_llm.compact.model import (
    CONFIG_FILE,
    TEMPORAL_FOLDER,
    WEIGHTS_FILE,
    WORDS_FILE,
    CompactConfig,
    below,
    save_compact,
)

PARTS = ("lora", "alignment", "places")  # of WEIGHTS_FILE, with the rows of the words


def average(first: Path, second: Path, share: float, out: Path) -> None:
    """Make `out` of two folders like `assets/compact`: `share` of the second, the rest of the first.

    Settings and words are the second's; a word that the first does not have is as the second has it. Raises
    ModelError where a part of theirs has another shape.
    """
    mine, theirs = load_file(first / WEIGHTS_FILE), load_file(second / WEIGHTS_FILE)
    parts = {part: _mean(below(mine, part), below(theirs, part), share, first) for part in PARTS}
    words = (second / WORDS_FILE).read_text(encoding="utf-8").splitlines()
    row_of = {
        word: row for row, word in enumerate((first / WORDS_FILE).read_text(encoding="utf-8").splitlines())
    }
    rows = theirs["words.rows"].float()  # Shape: (words, K)
    for row, word in enumerate(words):
        if word in row_of:
            rows[row] = torch.lerp(mine["words.rows"][row_of[word]].float(), rows[row], share)
    config = CompactConfig(**json.loads((second / CONFIG_FILE).read_text(encoding="utf-8")))
    fingerprint = save_compact(out, config, words, {"words": {"rows": rows}, **parts})

    g_t = {folder: load_file(folder / TEMPORAL_FOLDER / WEIGHTS_FILE) for folder in (first, second)}
    of_g_t = json.loads((second / TEMPORAL_FOLDER / CONFIG_FILE).read_text(encoding="utf-8"))
    made = out / TEMPORAL_FOLDER
    made.mkdir(exist_ok=True)
    described = json.dumps({**of_g_t, "model_fingerprint": fingerprint}, indent=2)
    (made / CONFIG_FILE).write_text(described + "\n", encoding="utf-8")
    mean = _mean(g_t[first], g_t[second], share, first)
    save_file({name: value.to(torch.bfloat16) for name, value in mean.items()}, made / WEIGHTS_FILE)


def _mean(
    mine: dict[str, Tensor], theirs: dict[str, Tensor], share: float, folder: Path
) -> dict[str, Tensor]:
    if {name: value.shape for name, value in mine.items()} != {n: v.shape for n, v in theirs.items()}:
        raise ModelError("adapter_mismatch", path=folder, reason="its parts have other shapes")
    return {name: torch.lerp(mine[name].float(), theirs[name].float(), share) for name in mine}
