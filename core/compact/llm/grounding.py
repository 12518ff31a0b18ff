"""Grounding: names in an answer are checked against what the clip shows.

A small LLM misreads its visual tokens at times. So the logits of names that the clip shows are raised, and an
answer with a name that it hardly shows is marked as doubted. The grounding score of a name is
the cosine between its word and the visual token that is nearest to it: the output of an uncertain word
head is a mixture of several words and near none of them. Nothing here is trained.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import PreTrainedTokenizerBase

from core.compact.llm.vocabulary import Name

# Both were chosen on split validation: a weight of 5 corrects less, one of 12 no more; of right answers one
# in fifty is doubted, of wrong ones a third.
WEIGHT = 8.0
SURE_FROM = 0.74


@dataclass(frozen=True)
class Grounding:
    """How clearly a clip shows what each of an LLM's tokens names."""

    scores: Tensor  # [V], 0 to 1
    names: Tensor  # bool [V], whether a token names anything
    weight: float = WEIGHT  # of the scores, against the LLM's own logits
    sure_from: float = SURE_FROM  # a name with a lower score is doubted

    def beside(self, named: Collection[int]) -> "Grounding":
        """Without these tokens: repeating a name from the prompt is no new claim."""
        names = self.names.clone()
        names[list(named)] = False
        return replace(self, names=names)

    def weigh(self, logits: Tensor) -> Tensor:
        """Logits [V] -> the same, with names that the clip shows raised against other names.

        The total probability of names is kept.
        """
        before = logits[self.names]  # Shape: (names,)
        after = before + self.weight * self.scores[self.names]
        as_likely = before.logsumexp(dim=0) - after.logsumexp(dim=0)
        return logits.masked_scatter(self.names, (after + as_likely).to(logits))

    def doubts(self, said: Sequence[int]) -> bool:
        """Whether one of these token ids is a name with a grounding score below `sure_from`."""
        tokens = torch.tensor(said, dtype=torch.long)
        return bool((self.names[tokens] & (self.scores[tokens] < self.sure_from)).any())


class NameGrounding:
    """Makes the grounding of a clip from its visual prefix.

    words [n, K]: the embedding that visual tokens have for each thing; names: what each is called; phrases:
    the other texts that the LLM was trained to say.
    """

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

    def __call__(self, prefix: dict[str, Tensor], photograph: float) -> Grounding:
        """Of a clip with this visual prefix, whose stretches are [.., K] each.

        What the LLM was never trained to say counts as a name of what is not shown. photograph: the
        probability that the clip shows photographs; their single patches are unreliable, so spatial scores
        are scaled down.
        """
        clear = torch.zeros(len(self._words))  # Shape: (n,)
        for name, tokens in prefix.items():
            cosines = F.normalize(tokens.float(), dim=-1) @ self._words.T  # Shape: (.., n)
            trust = 1 - photograph if name == "spatial" and len(prefix) > 1 else 1.0
            clear = torch.maximum(clear, trust * cosines.amax(dim=0))
        scores = torch.zeros(len(self._names)).scatter_reduce(0, self._id, clear[self._thing], "amax")
        return Grounding(scores, self._names)
