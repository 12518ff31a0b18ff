"""Claims about the names that compact's eyes know, and what an LLM makes of them."""

import re

import pytest
import torch

from core.compact.vision.frame_encoder import GRID
from core.compact.words.embeddings import PLACE_CENTRES, name_words
from core.compact.words.names import (
    CLOSED_GROUPS,
    class_names,
    closed_labels,
    name_table,
    object_names,
    thing_names,
)
from core.lab.questions.words import concepts

LISTS = {"objects": (object_names, 847), "classes": (class_names, 1000), "things": (thing_names, 80)}


@pytest.mark.parametrize("name", LISTS)
def test_everything_that_is_told_apart_has_a_name_in_both_languages(name: str):
    names, count = LISTS[name]
    assert len(names()) == count
    for each in names():
        assert each.en
        assert each.plural
        assert re.search("[一-鿿]", each.zh) or each.zh == each.zh.upper()


def test_a_name_stands_in_the_table_once_and_our_objects_stand_first():
    table = name_table()
    english = [name.en for name in table.names]
    assert len(set(english)) == len(english)
    assert table.names[: len(object_names())] == object_names()
    for names, numbers in ((class_names(), table.of_classes), (thing_names(), table.of_things)):
        assert [table.names[number].en for number in numbers] == [name.en for name in names]


def test_labels_of_a_closed_list_are_unique():
    for group in CLOSED_GROUPS:
        for field in ("key", "en", "zh"):
            said = [getattr(label, field) for label in closed_labels(group)]
            assert said
            assert len(set(said)) == len(said)
    assert {label.key for label in closed_labels("place")} == set(PLACE_CENTRES)


def test_the_laboratory_draws_the_objects_in_the_order_of_their_head():
    """Its table says where their pictures are: a row that is out of place would teach wrong names."""
    slugs = [re.sub(r"[^a-z0-9]+", "_", name.en.lower()).strip("_") for name in object_names()]
    assert [concept.id for concept in concepts()] == slugs


def test_names_are_embeddings_of_the_llms_own_length():
    rows = torch.randn(300, 8, generator=torch.Generator().manual_seed(0))
    words = name_words(lambda ids: rows[torch.tensor(ids)], lambda text: list(text.encode()))
    assert words.names.shape == (len(name_table().names), 8)
    assert words.objects.shape == (847, 8)
    for each in (words.names, *words.groups.values()):
        torch.testing.assert_close(each.norm(dim=-1), words.length.expand(len(each)))


def test_a_patch_is_told_where_it_lies():
    rows = torch.randn(300, 64, generator=torch.Generator().manual_seed(0))
    words = name_words(lambda ids: rows[torch.tensor(ids)], lambda text: list(text.encode()))
    places, keys = words.of_places(GRID), [label.key for label in closed_labels("place")]
    assert places.shape == (GRID[0] * GRID[1], 64)
    nearest = torch.nn.functional.cosine_similarity(places[:, None], words.groups["place"][None], dim=-1)
    said = [keys[number] for number in nearest.argmax(dim=-1)]
    assert said[2 * GRID[1]] == "left"
    assert said[3 * GRID[1] - 1] == "right"
    assert said[2] == "top"
    assert said[-3] == "bottom"
