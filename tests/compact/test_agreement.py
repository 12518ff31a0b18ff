"""Claims about how the tokens of a clip agree on the names of what they show."""

import torch
import torch.nn.functional as F
from torch import Tensor

from core.compact.agreement import agreed, with_witness
from core.compact.eyes import PATCH_WIDTH
from core.features.pooling import CELLS
from tests.tiny_compact import WIDTH, telling, tiny_sight

LABELS = 3  # and none of these


def names(logits: Tensor) -> list[int]:
    return logits.argmax(dim=-1).tolist()


def seeing(*labels: int, sure: float = 4.0) -> Tensor:
    """Logits [n, LABELS + 1] of tokens that show these."""
    return sure * F.one_hot(torch.tensor(labels), LABELS + 1).float()


def test_a_token_alone_says_what_it_said():
    logits = torch.randn(1, LABELS + 1)
    torch.testing.assert_close(agreed(logits, torch.randn(1, WIDTH)), logits.log_softmax(dim=-1))


def test_tokens_that_look_alike_say_one_name():
    """The one frame of three that takes a bear for a sheep is heard, and outvoted."""
    tokens = torch.randn(1, WIDTH) + 0.01 * torch.randn(3, WIDTH)
    assert names(agreed(seeing(0, 1, 0), tokens)) == [0, 0, 0]


def test_who_is_sure_counts_most():
    tokens = torch.randn(1, WIDTH).expand(3, WIDTH)
    logits = torch.cat([seeing(0, 0, sure=1.0), seeing(1, sure=9.0)])
    assert names(agreed(logits, tokens)) == [1, 1, 1]


def test_tokens_that_look_different_keep_their_own_names():
    logits = seeing(0, 1, 2)
    said = agreed(logits, torch.eye(WIDTH)[:3]).softmax(dim=-1)
    torch.testing.assert_close(said, logits.softmax(dim=-1), atol=0.01, rtol=0)


def test_a_name_that_is_seen_nowhere_else_is_believed_less():
    """A patch that is as sure of a cat as of a bear follows the cells, which show a bear."""
    logits = torch.tensor([[2.0, 2.0, 0.0, 0.0]])
    seen = torch.tensor([[0.01, 0.9, 0.0]])
    assert names(with_witness(logits, seen)) == [1]


def test_a_witness_does_not_say_that_there_is_nothing():
    """However faintly the cells see it, what they see most is believed as before against nothing."""
    logits = torch.randn(2, LABELS + 1)
    told = with_witness(logits, torch.tensor([[1e-4, 2e-4, 1e-5]]))
    torch.testing.assert_close(told[:, [1, LABELS]], logits[:, [1, LABELS]])


@torch.no_grad()
def test_what_one_clip_shows_does_not_reach_another():
    g = tiny_sight().alignment
    tokens, cells = torch.rand(2, 5, PATCH_WIDTH), torch.rand(2, 4, CELLS * CELLS, PATCH_WIDTH)
    alone = [g.shares_of_places(each, its) for each, its in zip(tokens, cells, strict=True)]
    torch.testing.assert_close(g.shares_of_places(tokens, cells), torch.stack(alone))


@torch.no_grad()
def test_a_patch_is_named_by_what_the_cells_of_single_frames_show():
    """A thing that moves is blurred in the mean over time: its patches hardly know which of two it is."""
    g = tiny_sight().alignment
    words = telling(g)
    head = g.heads.by_group()["object"]
    head.classify.weight.zero_()
    head.classify.weight[:2, :2] = torch.eye(2)
    blurred, clear = torch.zeros(1, PATCH_WIDTH), torch.zeros(2, CELLS * CELLS, PATCH_WIDTH)
    blurred[0, 0], blurred[0, 1] = 13.0, 12.9
    clear[..., 1] = 19.0
    said = g.say(blurred, g.shares_of_places(blurred, clear))
    assert F.cosine_similarity(said, words[1:2]) > 0.95
