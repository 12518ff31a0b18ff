"""Starting a run from another one's weights: g and g_t, the LLM's low-rank updates, its new words.

The run decides whether g and g_t are taken over: they belong to labels, which may have changed.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file

from core.compact.llm import lora
from core.compact.model import CompactImageLLM
from core.compact.trained_parts import TEMPORAL_FOLDER, WEIGHTS_FILE, below, word_rows
from core.errors import ModelError
from core.lab.training.tuned_model import TunedModel


def warm_start_alignment(model: CompactImageLLM, folder: Path) -> None:
    """Take g, the patches' places and g_t from `folder`, which is like `assets/compact`.

    What they do not have yet stays as it is. Raises ModelError where they have other labels, or g_t is of
    another kind.
    """
    state = load_file(folder / WEIGHTS_FILE)
    of_g_t = load_file(folder / TEMPORAL_FOLDER / WEIGHTS_FILE)
    for part, begun in (
        (model.alignment, below(state, "alignment")),
        (model.places, below(state, "places")),
        (model.temporal_module, of_g_t),
    ):
        now = part.state_dict()
        if any(name not in now or now[name].shape != value.shape for name, value in begun.items()):
            raise ModelError("adapter_mismatch", path=folder, reason="its heads have other labels")
        part.load_state_dict({**now, **begun})


@torch.no_grad()
def warm_start(tuned: TunedModel, words: list[str], folder: Path) -> None:
    """Copy the LLM's updates and words from `folder`, like `assets/compact`; words it lacks stay as they are.

    Raises ModelError where its updates have another rank.
    """
    state = load_file(folder / WEIGHTS_FILE)
    learned_rows = word_rows(folder)
    for row, word in enumerate(words):
        if word in learned_rows:
            tuned.words[row] = learned_rows[word]
    try:
        lora.begin_with(tuned.updates, below(state, "lora.model"))
    except ValueError as error:
        reason = "its low-rank updates have another rank"
        raise ModelError("adapter_mismatch", path=folder, reason=reason) from error
