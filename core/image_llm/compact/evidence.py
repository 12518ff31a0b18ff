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

from core.evidence import Evidence
from core.image_llm.compact.vocabulary import Name

# Both were chosen on split validation: a weight of 5 mends less, one of 12 no more; of right answers one in
# fifty is doubted, of wrong ones a third.
WEIGHT = 8.0
SURE_FROM = 0.74


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
        # Behind 有 the tokenizer spells some names otherwise.
        said = [[f" {name.en}", f" {name.plural}", name.zh, f"有{name.zh}"] for name in names]
        around = {
            token
            for spelled in tokenizer(list(phrases), add_special_tokens=False)["input_ids"]
            for token in spelled
        }
        ids = [tokenizer(texts, add_special_tokens=False)["input_ids"] for texts in said]
        names_of = {(n, token) for n, texts in enumerate(ids) for spelled in texts for token in spelled}
        self._thing, self._id = torch.tensor([pair for pair in names_of if pair[1] not in around]).T
        self._names = torch.ones(len(tokenizer), dtype=torch.bool)  # Shape: (V,)
        self._names[list(around | set(tokenizer.all_special_ids))] = False

    def __call__(self, prefix: dict[str, Tensor], photograph: float) -> Evidence:
        """Of a clip with this visual prefix, whose stretches are [.., K] each.

        What the LLM was never taught to say counts as a name of what is not shown. photograph: how likely the
        clip shows photographs, whose patches one by one say all sorts of things; its frames are believed
        instead.
        """
        clear = torch.zeros(len(self._words))  # Shape: (n,)
        for name, tokens in prefix.items():
            cosines = F.normalize(tokens.float(), dim=-1) @ self._words.T  # Shape: (.., n)
            trust = 1 - photograph if name == "spatial" and len(prefix) > 1 else 1.0
            clear = torch.maximum(clear, trust * cosines.amax(dim=0))
        shown = torch.zeros(len(self._names)).scatter_reduce(0, self._id, clear[self._thing], "amax")
        return Evidence(shown, self._names, WEIGHT, SURE_FROM)
