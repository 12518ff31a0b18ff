"""English articles agree with the word behind them, whole or streamed."""

import inflect
import pytest

from core.compact.llm.articles import streamed_with_articles, with_articles
from core.lab.questions.words import concepts


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("A airplane comes first.", "An airplane comes first."),
        (
            "First a octopus, then an cat and last a hourglass.",
            "First an octopus, then a cat and last an hourglass.",
        ),
        ("The video shows an unicorn and a umbrella.", "The video shows a unicorn and an umbrella."),
        ("Plan A works, bananas too.", "Plan A works, bananas too."),
        ("It is an", "It is an"),
    ],
)
def test_an_article_is_as_the_word_behind_it_wants_it(said: str, wanted: str):
    assert with_articles(said) == wanted


def test_every_name_that_compact_knows_has_the_article_that_inflect_gives_it():
    english = inflect.engine()
    wanted = [f"There is {english.a(concept.en)} here." for concept in concepts()]
    assert [with_articles(text.replace(" an ", " a ")) for text in wanted] == wanted


def test_streamed_articles_are_those_of_the_whole_text():
    text = "A airplane, an cat and a ukulele: an"
    for size in (1, 2, 5):
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        assert "".join(streamed_with_articles(iter(pieces))) == with_articles(text)
