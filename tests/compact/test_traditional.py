"""Answers in traditional characters, streamed."""

import pytest

from core.compact.llm.traditional import streamed_in_traditional
from core.language.script import traditional

SENTENCES = [
    "视频里有一碗面条、一只猫和一捆干草。",
    "先是面包，然后是时钟，最后是保龄球。",
    "The video shows a cat.",
    "从视频里看不出来。",
    "",
]


@pytest.mark.parametrize("sentence", SENTENCES)
@pytest.mark.parametrize("size", [1, 2, 5])
def test_streamed_pieces_make_up_the_whole_text(sentence: str, size: int):
    pieces = [sentence[start : start + size] for start in range(0, len(sentence), size)]
    assert "".join(streamed_in_traditional(iter(pieces))) == traditional(sentence)


def test_pieces_come_before_the_text_ends():
    pieces = iter("视频里有一碗面条、一只猫和一捆干草。")
    stream = streamed_in_traditional(pieces)
    assert next(stream) == "視"
    assert len(list(pieces)) > 10
