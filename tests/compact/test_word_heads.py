"""Claims about heads that answer in words."""

import torch

from core.compact.words.heads import WordHead
from core.features.over_time import Standardise

WIDTH, LABELS, EMBEDDING_WIDTH = 6, 3, 5


def head_with_words() -> WordHead:
    return WordHead(WIDTH, torch.randn(LABELS, EMBEDDING_WIDTH, generator=torch.Generator().manual_seed(0)))


def sure_of(label: int) -> WordHead:
    head = head_with_words()
    torch.nn.init.ones_(head.weight)
    torch.nn.init.constant_(head.classify.bias[label : label + 1], 100.0)
    return head


@torch.no_grad()
def test_a_new_head_is_silent():
    assert not head_with_words()(torch.randn(4, WIDTH)).any()


@torch.no_grad()
def test_a_sure_head_says_the_word_of_its_label():
    head = sure_of(1)
    torch.testing.assert_close(head(torch.randn(4, WIDTH)), head.words[1].expand(4, -1))


@torch.no_grad()
def test_a_head_that_finds_none_of_its_labels_says_nothing():
    said = sure_of(LABELS)(torch.randn(4, WIDTH))
    torch.testing.assert_close(said, torch.zeros(4, EMBEDDING_WIDTH))


def test_standardised_features_have_mean_zero_and_deviation_one():
    features = torch.randn(1000, WIDTH, generator=torch.Generator().manual_seed(1)) * 7 + 3
    standardise = Standardise(WIDTH)
    assert torch.equal(standardise(features), features)  # until it is told
    standardise.mean.copy_(features.mean(dim=0))
    standardise.deviation.copy_(features.std(dim=0))
    even = standardise(features)
    torch.testing.assert_close(even.mean(dim=0), torch.zeros(WIDTH), atol=1e-5, rtol=0)
    torch.testing.assert_close(even.std(dim=0), torch.ones(WIDTH))
