"""Beginning step 1 with what another run has learned: the LLM's low-rank updates and the rows of its words.

g and g_t are not taken over: they belong to features and labels, which may have changed.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file

from core.errors import ModelError
from core.image_llm.compact.model import WEIGHTS_FILE, WORDS_FILE
from core.training.instruction import TunedModel


@torch.no_grad()
def warm_start(tuned: TunedModel, words: list[str], folder: Path) -> None:
    """Copy from `folder`, which is like `assets/compact`; words that it does not have stay as they are.

    Raises ModelError where its updates have another rank.
    """
    state = load_file(folder / WEIGHTS_FILE)
    theirs = (folder / WORDS_FILE).read_text(encoding="utf-8").splitlines()
    row_of = {word: row for row, word in enumerate(theirs)}
    for row, word in enumerate(words):
        if word in row_of:
            tuned.words[row] = state["words.rows"][row_of[word]].float()
    for name, layer in tuned.updates.items():
        for part, values in (("a", layer.a), ("b", layer.b)):
            learned = state[f"lora.model.{name}.{part}"]
            if learned.shape != values.shape:
                raise ModelError(
                    "adapter_mismatch", path=folder, reason="its low-rank updates have another rank"
                )
            values.copy_(learned)
