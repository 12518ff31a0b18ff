"""What is done to the LLM's logits before a token is chosen."""

import torch
from torch import Tensor
from transformers import LogitsProcessor

from core.compact.llm.grounding import Grounding
from core.dialogue.conversation import Turn


class CompactLogits(LogitsProcessor):
    """Masks tokens of the other language and weighs names by their grounding, for one turn.

    Sets `turn.doubted` once the answer has a name that the clip hardly shows.
    """

    def __init__(self, suppressed: Tensor, grounding: Grounding | None, turn: Turn) -> None:
        """suppressed: bool [V]."""
        self._suppressed, self._grounding, self._turn = suppressed, grounding, turn

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """input_ids [1, n], the answer so far; scores [1, V]."""
        scores = scores.masked_fill(self._suppressed, -torch.inf)
        if self._grounding is None:
            return scores
        self._turn.doubted |= self._grounding.doubts(input_ids[0, -1:].tolist())
        return self._grounding.weigh(scores[0])[None]
