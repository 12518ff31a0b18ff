"""What an answer adds that names something the clip hardly shows. Knows nothing of models or of pictures."""

from collections.abc import Collection, Sequence

from torch import Tensor

DOUBT = {"en": " I am not sure, though.", "zh": "不过我不太确定。"}


def is_doubtful(
    said: Sequence[int], named: Collection[int], evidence: Tensor | None, sure_from: float
) -> bool:
    """Whether one of the tokens that were said is a name without evidence.

    evidence: [V], how clearly the clip shows what each token names; 1 where it names nothing. None: nobody
    knows. named: tokens of the conversation so far, which are no new claims.
    """
    new = [token for token in said if token not in named]
    return evidence is not None and bool(new) and float(evidence[new].min()) < sure_from


def without_doubt(answer: str) -> str:
    """The answer as its model wrote it."""
    for addition in DOUBT.values():
        answer = answer.removesuffix(addition)
    return answer
