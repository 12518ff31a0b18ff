"""Names of things within sentences: articles, plurals, verbs that agree, lists; in English and Chinese."""

from functools import cache

import inflect

from core.lab.questions.words import COUNTS, Concept, word

_inflect = inflect.engine()


def _listed(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(","))


# Nouns that take no "a": plural in form, names, and what cannot be counted.
PLURAL_NAMES = _listed(
    "ballet shoes, beans, binoculars, bricks, bubbles, champagne glasses, chopsticks, coffee beans, "
    "crossed swords, fireworks, footprints, French fries, glasses, goggles, grapes, headphones, jeans, "
    "lungs, maracas, mashed potatoes, noodles, pajamas, pancakes, pants, parallel bars, peas, people, "
    "pliers, ruins, scales, scissors, shorts, skis, standing stones, sunglasses, swimming trunks, theater "
    "masks, underpants"
)
BARE_NAMES = _listed(
    "bacon, beer, bread, broccoli, bubble tea, butter, canned food, champagne, cheese, coffee, corn, "
    "curry rice, dna, Earth, Eiffel Tower, fruit, garlic, ginger, grass, honey, Jupiter, lettuce, "
    "lightning, Mars, milk, popcorn, rice, salt, Santa Claus, Saturn, soap, spaghetti, Statue of "
    "Liberty, sushi, tea, toilet paper, Tokyo Tower, wheat, whiskey, wine"
)


def is_plural(concept: Concept) -> bool:
    """Whether the English name is plural in form: "grapes"."""
    return concept.en in PLURAL_NAMES


def _takes_no_article(text: str) -> bool:
    return text in PLURAL_NAMES or text in BARE_NAMES


def a(concept: Concept) -> str:
    """ "a cat", "an apple", "grapes"."""
    return indefinite(concept.en)


def opening(concept: Concept) -> str:
    """As `a`, where a sentence begins: "some grapes". With a capital, a name has other tokens."""
    bare = _takes_no_article(concept.en) and concept.en[0].islower()
    return f"some {concept.en}" if bare else a(concept)


@cache
def plural(concept: Concept) -> str:
    return several(concept.en)


def agreeing(concept: Concept, singular: str, plural_form: str) -> str:
    """The form of a verb that goes with the English name."""
    return plural_form if is_plural(concept) else singular


def some(concept: Concept, number: int, language: str) -> str:
    """ "a cat", "three cats"; "一只猫", "三只猫"."""
    if language == "zh":
        return f"{word(COUNTS, number, 'zh')}{concept.classifier}{concept.zh}"
    return a(concept) if number == 1 else f"{word(COUNTS, number, 'en')} {plural(concept)}"


def joined(parts: list[str], language: str) -> str:
    """ "a cat, a dog and a car"."""
    commas, last = (", ", " and ") if language == "en" else ("、", "和")
    return commas.join(parts[:-1]) + last + parts[-1] if len(parts) > 1 else parts[0]


def definite(concept: Concept, language: str) -> str:
    return f"the {concept.en}" if language == "en" else concept.zh


def indefinite(text: str) -> str:
    """With its article, if it takes one: "an orange", "grapes"."""
    return text if _takes_no_article(text) else str(_inflect.a(text))


def several(text: str) -> str:
    """In the plural: "oranges", "grapes"."""
    return text if _takes_no_article(text) else str(_inflect.plural_noun(text))
