"""Prompts that are not about a clip: what is asked to measure free talk was not taught."""

from core.lab.evaluation.general import as_markdown, prompts
from core.lab.talks.situations import table
from core.lab.talks.written import written_talks


def plain(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


def test_no_prompt_is_taught():
    taught = {plain(row["q"]) for rows in table("general_answers").values() for row in rows}
    taught |= {plain(turn.question) for talk in written_talks() for group in talk.groups for turn in group}
    assert not [text for text in prompts() if plain(text) in taught]


def test_answers_stand_side_by_side():
    said = ["one | two\nlines"] * len(prompts())
    lines = as_markdown(said, said).splitlines()
    assert len(lines) == 2 + len(prompts())
    assert lines[2].endswith(" | one \\| two lines | one \\| two lines |")
