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

from core.image_llm.compact.vocabulary import Name


class NameEvidence:
    """words [n, K]: what visual tokens say of each thing; names: what each is called; phrases: what else the
    LLM was taught to say."""

    def __init__(
        self,
        words: Tensor,
        names: Sequence[Name],
        phrases: Sequence[str],
        tokenizer: PreTrainedTokenizerBase,
    ) -> None:
        self._words = F.normalize(words.detach().float(), dim=-1)
        # The tokenizer spells a name otherwise where it opens a sentence, or stands behind 有.
        said = [[f" {name.en}", f" {name.plural}", name.en, name.zh, f"有{name.zh}"] for name in names]
        ids = [tokenizer(texts, add_special_tokens=False)["input_ids"] for texts in said]
        taught = {token for texts in ids for spelled in texts for token in spelled}
        taught |= {token for spelled in tokenizer(list(phrases))["input_ids"] for token in spelled}
        whole = [(n, spelled[0]) for n, texts in enumerate(ids) for spelled in texts if len(spelled) == 1]
        self._thing, self._id = torch.tensor(whole).T
        self._unnamed = torch.zeros(len(tokenizer))  # Shape: (V,)
        self._unnamed[list(taught)] = 1.0

    def __call__(self, prefix: dict[str, Tensor], photograph: float) -> Tensor:
        """The stretches of a clip's visual prefix [.., K] each -> evidence for each of the LLM's tokens [V].

        It is 1 for what names nothing, and 0 for what the LLM was never taught to say. photograph: how likely
        the clip shows photographs, whose patches one by one say all sorts of things; its frames are believed
        instead.
        """
        clear = torch.zeros(len(self._words))  # Shape: (n,)
        for name, tokens in prefix.items():
            cosines = F.normalize(tokens.float(), dim=-1) @ self._words.T  # Shape: (.., n)
            trust = 1 - photograph if name == "spatial" and len(prefix) > 1 else 1.0
            clear = torch.maximum(clear, trust * cosines.amax(dim=0))
        return self._unnamed.scatter_reduce(0, self._id, clear[self._thing], "amax", include_self=False)
