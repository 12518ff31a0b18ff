"""How clearly visual tokens say the names of things."""

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.doubt import without_doubt
from core.engine import VideoChat
from core.image_llm.compact.evidence import NameEvidence
from core.image_llm.compact.model import ASSETS, objects_of
from core.training.render import write_video
from core.training.words import concepts

WORDS = torch.eye(4)[:3]  # of a cat, a dog and a cow, K = 4
CAT, DOG, COW = 5, 2, 7  # the LLM's tokens that name them
evidence_of = NameEvidence(WORDS, [[CAT], [DOG], [COW]], vocabulary=9)


def prefix(spatial: torch.Tensor, temporal: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"spatial": spatial, "temporal": temporal}


def test_a_name_has_the_evidence_of_the_token_that_says_it_most():
    tokens = torch.stack([3 * WORDS[0], WORDS[0] + WORDS[1]])
    evidence = evidence_of(prefix(tokens[1:], tokens), photograph=0.0)
    torch.testing.assert_close(evidence[[CAT, DOG, COW]], torch.tensor([1.0, 0.5**0.5, 0.0]))


def test_what_names_nothing_is_beyond_doubt():
    evidence = evidence_of(prefix(-WORDS, -WORDS), photograph=0.0)
    others = [token for token in range(9) if token not in (CAT, DOG, COW)]
    assert (evidence[others] == 1).all()
    assert (evidence[[CAT, DOG, COW]] < 1).all()


def test_patches_of_a_photograph_are_not_believed():
    tokens = prefix(WORDS[:1], WORDS[1:2])
    assert evidence_of(tokens, photograph=0.0)[CAT] == 1
    assert evidence_of(tokens, photograph=1.0)[CAT] == 0
    assert evidence_of(tokens, photograph=1.0)[DOG] == 1
    assert evidence_of({"spatial": WORDS[:1]}, photograph=1.0)[CAT] == 1  # nobody else to ask


def test_a_token_that_names_two_things_has_the_evidence_of_either():
    both = NameEvidence(WORDS[:2], [[CAT], [CAT, DOG]], vocabulary=9)
    assert both({"temporal": F.normalize(WORDS[1:2])}, photograph=0.0)[CAT] == 1


def test_the_shipped_names_are_those_that_were_trained():
    """In the order of the labels, which is that of the vocabulary's file."""
    assert objects_of(ASSETS) == [(concept.en, concept.zh) for concept in concepts()]


@pytest.mark.parametrize("question", ["What is in the video?", "视频里有什么？"])
def test_compact_doubts_a_name_for_what_is_no_thing_and_none_of_the_examples(
    compact_chat: VideoChat, tmp_path: Path, question: str
):
    grains = np.random.default_rng(0).integers(0, 256, (8, 6, 8, 3), dtype=np.uint8)
    write_video(tmp_path / "grains.mp4", grains.repeat(40, axis=1).repeat(40, axis=2), fps=8)
    doubted = {}
    for path in (tmp_path / "grains.mp4", *(ASSETS.parent / "examples").glob("*.mp4")):
        conversation = compact_chat.start(compact_chat.open(path))
        answer = "".join(compact_chat.ask(conversation, question))
        doubted[path.name] = without_doubt(answer) != answer
    assert doubted.pop("grains.mp4")
    assert doubted
    assert not any(doubted.values())
