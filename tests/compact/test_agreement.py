"""Claims about how the tokens of a clip agree on the names of what they show."""

from types import SimpleNamespace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.agreement import agreed, with_witness
from core.features.pooling import CELLS
from tests.tiny_compact import WIDTH, tiny_compact

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


def test_what_one_clip_shows_does_not_reach_another():
    model = telling()
    tokens, cells = torch.randn(2, 5, WIDTH), torch.randn(2, 4, CELLS * CELLS, WIDTH)
    g = model.alignment
    alone = [g.of_places(each, its) for each, its in zip(tokens, cells, strict=True)]
    torch.testing.assert_close(g.of_places(tokens, cells), torch.stack(alone))


def test_a_patch_is_named_by_what_the_cells_of_single_frames_show():
    """A thing that moves is blurred in the mean over time: its patches hardly know which of two it is."""
    model = telling()
    head = model.alignment.heads.by_group()["object"]
    with torch.no_grad():
        head.classify.weight.copy_(torch.eye(LABELS + 1, WIDTH))
        blurred, clear = torch.zeros(1, WIDTH), torch.zeros(2, CELLS * CELLS, WIDTH)
        blurred[0, 0], blurred[0, 1] = 3.0, 2.9
        clear[..., 1] = 9.0
        said = model.alignment.of_places(blurred, clear)
    assert F.cosine_similarity(said, head.words[1:2]) > 0.95


def telling() -> SimpleNamespace:
    """A tiny model whose g says the words of its objects, and nothing else."""
    model = tiny_compact(labels=LABELS)
    g = model.alignment
    head = g.heads.by_group()["object"]
    for silent in (g.down.weight, g.down.bias, g.class_weight):
        nn.init.zeros_(silent)
    nn.init.constant_(g.photograph.bias, -30.0)
    with torch.no_grad():
        head.weight.fill_(1.0)
        head.words.copy_(torch.eye(WIDTH)[-LABELS:])
        head.classify.weight.normal_()
    return model
