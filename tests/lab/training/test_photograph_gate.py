"""Claims about photographs: when the ImageNet head is believed, and which frames are seen whole."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.compact.alignment import WordSpaceAlignment, class_names
from core.features.pooling import CELLS
from core.lab.clips.dataset import ClipFeatures
from core.lab.clips.virtual_photos import class_labels
from core.lab.questions.words import concepts
from core.lab.training.material import Material, TrainingMaterial
from core.lab.training.photograph_gate import fit_photograph_gate
from tests.tiny_compact import WIDTH, tiny_compact

SURE = 30.0  # a logit that leaves no doubt
OBJECT_WORD, CLASS_WORD = torch.eye(WIDTH)[0], torch.eye(WIDTH)[1]


def speaking(photograph: float, class_labels: tuple[int, ...] = ()) -> WordSpaceAlignment:
    """A g whose ImageNet head is sure of class 2 and whose only object head is sure of object 0."""
    bias = torch.tensor([0.0, 0.0, SURE, 0.0, 0.0])
    words = torch.eye(WIDTH)[[2, 3, 1, 4, 5]]
    g = WordSpaceAlignment(torch.zeros(5, WIDTH), bias, words, {"object": 1}, class_labels)
    head = g.heads.by_group()["object"]
    head.words.copy_(OBJECT_WORD[None])
    with torch.no_grad():
        head.weight.fill_(1.0)
        head.classify.bias.copy_(torch.tensor([SURE, 0.0]))
        g.photograph.bias.fill_(photograph)
    return g


@pytest.mark.parametrize(("photograph", "said"), [(SURE, CLASS_WORD), (-SURE, OBJECT_WORD)])
def test_the_imagenet_head_is_believed_about_photographs_alone(photograph: float, said: Tensor):
    tokens = speaking(photograph)(torch.randn(3, WIDTH))
    torch.testing.assert_close(F.normalize(tokens, dim=-1), said.expand(3, WIDTH), atol=1e-4, rtol=0)


def test_a_class_with_an_objects_name_says_that_objects_word():
    tokens = speaking(SURE, class_labels=(-1, -1, 0, -1, -1))(torch.randn(3, WIDTH))
    torch.testing.assert_close(F.normalize(tokens, dim=-1), OBJECT_WORD.expand(3, WIDTH), atol=1e-4, rtol=0)


def test_every_place_of_a_photograph_is_what_its_mean_shows():
    """The head is sure of class 2 in the mean of two places, of classes 0 and 1 in these themselves."""
    g = speaking(SURE)
    g.head_weight[:2, :2] = 2 * SURE * torch.eye(2)
    places, cells = torch.eye(2, WIDTH)[None], torch.zeros(1, 1, CELLS * CELLS, WIDTH)
    g.head_bias[2] = 1.5 * SURE
    said = F.normalize(g.of_places(places, cells), dim=-1)  # Shape: (1, 2, K)
    torch.testing.assert_close(said, CLASS_WORD.expand(1, 2, WIDTH), atol=1e-4, rtol=0)
    alone = F.normalize(g.of_places(places[:, :1], cells), dim=-1)  # Shape: (1, 1, K)
    assert F.cosine_similarity(alone[0, 0], CLASS_WORD, dim=0) < 0.1


def test_two_classes_of_one_name_are_as_sure_as_one():
    """Half believed each, or wholly believed in one: what is said of a photograph is the same."""
    words = torch.eye(WIDTH)[[1, 1, 2, 3, 4]]
    said = []
    for bias in ([SURE, SURE, 0.0, 0.0, 0.0], [SURE, 0.0, 0.0, 0.0, 0.0]):
        g = WordSpaceAlignment(torch.zeros(5, WIDTH), torch.tensor(bias), words, {"object": 1})
        head = g.heads.by_group()["object"]
        head.words.copy_(OBJECT_WORD[None])
        with torch.no_grad():
            head.weight.fill_(1.0)
        said.append(g(torch.zeros(1, WIDTH)))
    torch.testing.assert_close(*said)


@pytest.mark.parametrize("whole", [True, False])
def test_a_frame_that_is_a_picture_is_seen_whole_by_g_itself(whole: bool):
    model = tiny_compact(labels=3)
    g, g_t = model.alignment, model.temporal_module
    nn.init.zeros_(g_t.whole.weight)
    nn.init.constant_(g_t.whole.bias, SURE if whole else -SURE)
    temporal, cells = torch.randn(1, 4, WIDTH), torch.randn(1, 4, CELLS * CELLS, WIDTH)
    focus = torch.randn(1, 4, WIDTH)
    seen = g.of_pictures(temporal, cells) if whole else g_t.copy(focus, g.names_in(cells))
    said = g_t.of_frames(focus, temporal, cells)
    torch.testing.assert_close(F.normalize(said, dim=-1), F.normalize(seen, dim=-1))


def test_g_is_not_a_part_of_g_t():
    """It would be saved twice, and trained with it."""
    model = tiny_compact(labels=3)
    of_g = {id(parameter) for parameter in model.alignment.parameters()}
    assert not of_g & {id(parameter) for parameter in model.temporal_module.parameters()}


def test_photographs_come_to_be_known_as_such():
    torch.manual_seed(0)
    model = tiny_compact(labels=3)

    def material(shift: float) -> Material:
        """Forty stills whose features lie on one side."""
        spatial, cells = (np.random.default_rng(0).normal(shift, 1, (40, n, WIDTH)) for n in (4, CELLS**2))
        features = ClipFeatures(spatial, spatial.mean(axis=1)[:, None], cells[:, None])
        return Material(features, [None] * 40, frames=1)  # type: ignore[list-item]

    drawings, photos = material(-3.0), material(3.0)
    fit_photograph_gate(
        model,  # type: ignore[arg-type]
        model.temporal_module,
        TrainingMaterial(clips=drawings, stills=drawings, photos=photos, held_out=drawings),
        kept_back=0.5,
        seed=0,
    )
    copy: WordSpaceAlignment = model.temporal_module.copy
    for part in (
        model.alignment,
        SimpleNamespace(photograph=model.temporal_module.whole, standardise=copy.standardise),
    ):
        for shown, is_one in ((drawings, False), (photos, True)):
            tokens = torch.from_numpy(shown.features.temporal[20:, 0]).float()  # what it has not seen
            said = part.photograph(part.standardise(tokens))[:, 0] > 0
            assert said.float().mean() > 0.9 if is_one else said.float().mean() < 0.1


def test_a_class_and_its_object_share_their_name():
    labels = class_labels()
    assert len(labels) == len(class_names("en"))
    named = {
        en: concepts()[label].id for en, label in zip(class_names("en"), labels, strict=True) if label >= 0
    }
    assert named["T-shirt"] == "t_shirt"
    assert named["dog"] == "dog"
    assert "yurt" in class_names("en")
    assert "yurt" not in named
