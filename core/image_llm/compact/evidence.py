"""How clearly a clip shows what can be named: is there a visual token that says the name?

A word head that is not sure mixes the words of several things, and such a mixture is near none of them; so
the cosine between a token and a name's word tells how much the token means it. Nothing here is trained.
Knows nothing of features, of questions or of answers.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedTokenizerBase


def name_ids(tokenizer: PreTrainedTokenizerBase, names: Sequence[tuple[str, str]]) -> list[list[int]]:
    """For each thing, called so in English and Chinese, the tokens that are a whole name of it."""
    texts = [text for en, zh in names for text in (f" {en}", zh)]
    spelled = tokenizer(texts, add_special_tokens=False)["input_ids"] if texts else []
    pairs = zip(spelled[::2], spelled[1::2], strict=True)
    return [[ids[0] for ids in pair if len(ids) == 1] for pair in pairs]


class NameEvidence:
    """words [n, K]: what visual tokens say of each thing; ids: the LLM's tokens that are names of each."""

    def __init__(self, words: Tensor, ids: Sequence[Sequence[int]], vocabulary: int) -> None:
        self._words = F.normalize(words.detach().float(), dim=-1)
        self._thing = torch.tensor([thing for thing, of_thing in enumerate(ids) for _ in of_thing])
        self._id = torch.tensor([token for of_thing in ids for token in of_thing])
        self._vocabulary = vocabulary

    def __call__(self, prefix: dict[str, Tensor], photograph: float) -> Tensor:
        """The stretches of a clip's visual prefix [.., K] each -> evidence for each of the LLM's tokens [V].

        It is 1 for a token that names nothing. photograph: how likely the clip shows photographs, whose
        patches one by one say all sorts of things; its frames are believed instead.
        """
        clear = torch.full((len(self._words),), -1.0)  # Shape: (n,)
        for name, tokens in prefix.items():
            cosines = F.normalize(tokens.float(), dim=-1) @ self._words.T  # Shape: (.., n)
            trust = 1 - photograph if name == "spatial" and len(prefix) > 1 else 1.0
            clear = torch.maximum(clear, trust * cosines.amax(dim=0))
        evidence = torch.ones(self._vocabulary)  # Shape: (V,)
        return evidence.scatter_reduce(0, self._id, clear[self._thing], "amax", include_self=False)
