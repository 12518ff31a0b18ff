"""Answers in traditional characters from an LLM that writes simplified ones."""

from collections.abc import Iterator

from core.language.script import traditional

# A character's other form can depend on its neighbours ("面条" is 麵條, "后面" is 後面): it is settled when
# so many more have come.
LOOK_AHEAD = 4


def streamed_in_traditional(pieces: Iterator[str]) -> Iterator[str]:
    """The pieces of a text, each as soon as its traditional characters are settled."""
    text = sent = ""
    for piece in pieces:
        text += piece
        settled = traditional(text)[: max(len(sent), len(text) - LOOK_AHEAD)]
        if rest := settled[len(sent) :]:
            sent = settled
            yield rest
    if rest := traditional(text)[len(sent) :]:
        yield rest
