"""The vocabulary of a trained model: the names of our concepts, and the phrases of our answers.

The phrases are those in answers.py, which are code and not data; a test compares them.
"""

from core.compact.llm.vocabulary import Name, Vocabulary
from core.dialogue.prompt import timestamp
from core.lab.questions.answers import REFUSALS, UNSURE
from core.lab.questions.new_words import LONGEST_TIME
from core.lab.questions.nouns import indefinite, opening, plural
from core.lab.questions.questions import SMALL_TALK_ANSWERS
from core.lab.questions.words import COLOURS, COUNTS, MOTIONS, PLACES, concepts

_ENGLISH = (
    "The video shows a, an, some and",
    "Yes, the video shows a person.",
    "No, the video shows no person.",
    "First a, then an and last a.",
    "First an and last an.",
    "A comes first, come last.",
    "An comes last, come after the.",
    "Some comes.",
    "It",
    "They do not move.",
    "s",
    "es",
    " move",
    " come",
    "The background is",
    "The appears at, appear at",
    "There are, there is one",
)
_CHINESE = (
    "视频里有、和。",
    "有，视频里有人。",
    "没有，视频里没有人。",
    "先是，然后是，最后是。",
    "先出现，然后出现，最后出现。",
    "最先出现的是",
    "最后出现的是",
    "之后出现的是",
    "它",
    "它们没有移动。",
    "背景是的。",
    "背景前，",
    "背景前有",
    "在出现。",
)


def taught_vocabulary() -> Vocabulary:
    """In the order of the labels of g's head of objects."""
    closed = [*COLOURS.values(), *MOTIONS.values(), *PLACES.values(), *COUNTS.values()]
    phrases = [
        *_ENGLISH,
        *_CHINESE,
        *REFUSALS,
        *UNSURE,
        *(text for both in SMALL_TALK_ANSWERS.values() for text in both),
        *(f" {en}" for en, _ in closed),
        *(zh for _, zh in closed),
        *(
            name for name in map(opening, concepts()) if name[0].isupper()
        ),  # spelled otherwise at the beginning of a sentence
        *(f" on {indefinite(en)} background." for en, _ in COLOURS.values()),
        *(f"有{zh}{classifier}" for classifier in _classifiers() for _, zh in COUNTS.values()),
        *map(timestamp, range(LONGEST_TIME)),
        "01:23:45, 67:89",  # longer times are spelled
    ]
    objects = tuple(Name(concept.en, plural(concept), concept.zh) for concept in concepts())
    return Vocabulary(objects, tuple(dict.fromkeys(phrases)))


def _classifiers() -> list[str]:
    return list(dict.fromkeys(concept.classifier for concept in concepts()))
