"""What an answer names is held against what the clip shows.

A small LLM misreads its visual tokens at times. So of all the names that it might say, those that the clip
shows are likelier; and an answer that names what the clip hardly shows says that it is not sure. Knows
nothing of models or of how the evidence comes about.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

DOUBT = {"en": " I am not sure, though.", "zh": "不过我不太确定。"}  # the end of an answer


@dataclass(frozen=True)
class Evidence:
    """How clearly a clip shows what each of an LLM's tokens names."""

    shown: Tensor  # [V], 0 to 1
    names: Tensor  # bool [V], whether a token names anything
    weight: float  # of what is shown, against the LLM's own logits
    sure_from: float  # what is shown less is doubted

    def beside(self, named: Collection[int]) -> "Evidence":
        """Without these tokens: to repeat what was named before is no new claim."""
        names = self.names.clone()
        names[list(named)] = False
        return replace(self, names=names)

    def weigh(self, logits: Tensor) -> Tensor:
        """Logits [V] -> the same, where names that are shown count for more against other names.

        That a name is said at all is as likely as it was.
        """
        before = logits[self.names]  # Shape: (names,)
        after = before + self.weight * self.shown[self.names]
        as_likely = before.logsumexp(dim=0) - after.logsumexp(dim=0)
        return logits.masked_scatter(self.names, (after + as_likely).to(logits))

    def doubts(self, said: Sequence[int]) -> bool:
        """Whether one of these tokens is a name of what is hardly shown."""
        tokens = torch.tensor(said, dtype=torch.long)
        return bool((self.names[tokens] & (self.shown[tokens] < self.sure_from)).any())


def without_doubt(answer: str) -> str:
    """The answer as its model wrote it."""
    for doubt in DOUBT.values():
        answer = answer.removesuffix(doubt)
    return answer
