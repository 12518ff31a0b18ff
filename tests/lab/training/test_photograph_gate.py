"""Claims about photographs: when the ImageNet head is believed, and which frames are seen whole."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from core.compact.alignment import WordSpaceAlignment
from core.compact.eyes import PATCH_WIDTH
from core.compact.vision.efficientnet import FEATURES
from core.compact.words.names import name_table
from core.features.pooling import CELLS
from core.lab.clips.dataset import ClipFeatures
from core.lab.training.material import Material, TrainingMaterial
from core.lab.training.photograph_gate import fit_photograph_gate
from tests.tiny_compact import telling, tiny_sight

SURE = 30.0  # a logit that leaves no doubt
CLASS = 20  # of ImageNet's


@torch.no_grad()
def speaking(photograph: float) -> WordSpaceAlignment:
    """A g whose ImageNet head is sure of CLASS and whose head of objects is sure of object 0."""
    g = tiny_sight().alignment
    telling(g, photograph)
    g.class_weight.fill_(1.0)
    g.heads.by_group()["object"].classify.weight.zero_()
    g.heads.by_group()["object"].classify.bias[0] = SURE
    g.head_weight.zero_()
    g.head_bias[CLASS] = SURE
    return g


def likeliest(shares: torch.Tensor) -> list[int]:
    return shares.argmax(dim=-1).flatten().tolist()


@pytest.mark.parametrize("is_one", [True, False])
@torch.no_grad()
def test_the_imagenet_head_is_believed_about_photographs_alone(is_one: bool):
    said = speaking(SURE if is_one else -SURE).shares(torch.zeros(3, PATCH_WIDTH))
    assert likeliest(said) == [int(name_table().of_classes[CLASS]) if is_one else 0] * 3
    torch.testing.assert_close(said.amax(dim=-1), torch.ones(3), atol=1e-4, rtol=0)


@torch.no_grad()
def test_every_place_of_a_photograph_is_what_its_mean_shows():
    """The head is sure of CLASS in the mean of two places, of classes 300 and 400 in these themselves."""
    g = speaking(SURE)
    g.head_weight[[300, 400], [0, 1]] = 4 * SURE
    g.head_bias[CLASS] = 3 * SURE
    places, cells = torch.zeros(1, 2, PATCH_WIDTH), torch.zeros(1, 1, CELLS * CELLS, PATCH_WIDTH)
    places[0, [0, 1], [0, 1]] = 1.0
    of_classes = name_table().of_classes
    assert likeliest(g.shares_of_places(places, cells)) == [int(of_classes[CLASS])] * 2
    assert likeliest(g.shares_of_places(places[:, :1], cells)) == [int(of_classes[300])]


@torch.no_grad()
def test_classes_of_one_name_are_as_sure_as_one():
    """Half believed each, or wholly believed in one: what is said of a photograph is the same."""
    of_classes = name_table().of_classes.tolist()
    first, second = next(
        (a, b) for a in range(1000) for b in range(a + 1, min(1000, a + 9)) if of_classes[a] == of_classes[b]
    )
    said = []
    for classes in ([first], [first, second]):
        g = speaking(SURE)
        g.head_bias.zero_()
        g.head_bias[classes] = SURE
        said.append(g.shares(torch.zeros(1, PATCH_WIDTH)))
    torch.testing.assert_close(*said)


def test_photographs_come_to_be_known_as_such():
    sight = tiny_sight()

    def material(shift: float) -> Material:
        """Forty stills whose features lie on one side."""
        spatial, cells = (np.random.default_rng(0).normal(shift, 1, (40, n, FEATURES)) for n in (4, CELLS**2))
        features = ClipFeatures(spatial, spatial.mean(axis=1)[:, None], cells[:, None])
        return Material(features, [None] * 40, frames=1)  # type: ignore[list-item]

    drawings, photos = material(-3.0), material(3.0)
    fit_photograph_gate(sight, TrainingMaterial(drawings, drawings, photos, drawings), seed=0)
    whole = SimpleNamespace(photograph=sight.temporal_module.whole, standardise=sight.copy.standardise)
    for part in (sight.alignment, whole):
        for shown, is_one in ((drawings, False), (photos, True)):
            tokens = torch.from_numpy(shown.features.temporal[20:, 0]).float()
            said = part.photograph(part.standardise(tokens))[:, 0] > 0
            assert said.float().mean() > 0.9 if is_one else said.float().mean() < 0.1
    assert sight.alignment.class_weight == sight.alignment.heads.by_group()["object"].weight
