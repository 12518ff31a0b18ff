"""Right answers that tell what a situation shows as a whole, with some freedom of wording.

Each function is as those of answers.py.
"""

from random import Random

from core.lab.questions.nouns import indefinite, joined
from core.lab.talks.facts import Made, pick
from core.lab.talks.made_up import start_of
from core.lab.talks.situations import Situation, Thing
from core.lab.talks.wording import definite, is_many, label, listed, quantity, sentence

NOTHING = {
    "en": (
        "I did not recognise anything in it for sure.",
        "Nothing in it was clear enough for me to name.",
        "I cannot make out what it shows.",
    ),
    "zh": ("我没能确定里面有什么。", "画面里没有我能认准的东西。", "我看不清里面是什么。"),
}


def in_setting(situation: Situation, language: str) -> str:
    """ " on a street"; empty where the place is not known."""
    if not situation.setting:
        return ""
    name = situation.setting
    return (
        f", and a place that looks like {indefinite(name.en)}" if language == "en" else f"，看起来是{name.zh}"
    )


def _perhaps(situation: Situation, language: str) -> str:
    """ ", perhaps also a laptop"; empty where there is nothing of the kind."""
    name = situation.perhaps
    if not name:
        return ""
    return f", perhaps also {indefinite(name.en)}" if language == "en" else f"，可能还有{name.zh}"


def what(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        name = situation.setting or situation.perhaps
        if not name:
            return {}, random.choice(NOTHING[language])
        en = (
            f"It looks like {indefinite(name.en)}, but nothing was very clear.",
            f"Perhaps {indefinite(name.en)}; I am not sure.",
        )
        zh = (f"看起来像是{name.zh}，不过不太清楚。", f"可能是{name.zh}，我不太确定。")
        return {}, pick(random, language, en, zh)
    those = listed(situation.things, language) + _perhaps(situation, language)
    place = in_setting(situation, language)
    seen = (
        "The video shows {}{}.",
        "I see {}{}.",
        "There is {}{}." if situation.things[0].count == 1 else "There are {}{}.",
    )
    return {}, pick(random, language, seen, ("视频里有{}{}。", "我看到{}{}。", "有{}{}。")).format(
        those, place
    )


def describe(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        return what(situation, language, random)
    parts = []
    if situation.setting and random.random() < 0.5:
        en = f"This looks like {indefinite(situation.setting.en)}."
        parts.append(en if language == "en" else f"这里看起来是{situation.setting.zh}。")
        place = ""
    else:
        place = in_setting(situation, language)
    those = listed(situation.things, language) + _perhaps(situation, language)
    parts.append(f"The video shows {those}{place}." if language == "en" else f"视频里有{those}{place}。")
    for thing in situation.things:
        parts += _details(situation, thing, language)
    if situation.background:
        colour = label("colour", situation.background, language)
        parts.append(f"The background is {colour}." if language == "en" else f"背景是{colour}的。")
    parts += _senses(situation, language)
    return {}, (" " if language == "en" else "").join(parts)


def _details(situation: Situation, thing: Thing, language: str) -> list[str]:
    """Where it is, how it moves, and when it is seen, as sentences."""
    the, parts = definite(thing, language), []
    is_ = "are" if is_many(thing) else "is"
    where = label("place", thing.place, language) if thing.place else ""
    how = label("motion", thing.motion, language) if thing.motion else ""
    colours = (" and " if language == "en" else "和").join(
        label("colour", key, language) for key in thing.colours
    )
    if colours:
        parts.append(f"{sentence(the)} {is_} {colours}." if language == "en" else f"{the}是{colours}的。")
    if where and how:
        parts.append(
            f"{sentence(the)} is {where} and {how}." if language == "en" else f"{the}在{where}，{how}。"
        )
    elif where or how:
        en = f"{sentence(the)} {is_} {where}." if where else f"{sentence(the)} {how}."
        parts.append(en if language == "en" else (f"{the}在{where}。" if where else f"{the}{how}。"))
    if thing.first > 0:
        time = start_of(situation, thing)
        en = f"{sentence(the)} {'appear' if is_many(thing) else 'appears'} at {time}."
        parts.append(en if language == "en" else f"{the}在{time}出现。")
    return parts


def _senses(situation: Situation, language: str) -> list[str]:
    """What is said and what is to be read, in a sentence each."""
    parts = []
    if situation.speech:
        text = situation.speech["summary"][language]
        parts.append(text)
    if situation.sign:
        texts = situation.sign["texts"][:2]
        quoted = joined([f"“{text}”" for text in texts], language)
        parts.append(f"The text {quoted} can be read." if language == "en" else f"画面上能看到{quoted}。")
    return parts


def title(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        return None
    name = quantity(situation.things[0].name, situation.things[0].count, language)
    if situation.setting:
        place = situation.setting
        return (
            {},
            f"“{sentence(name)} at the {place.en}”"
            if language == "en"
            else f"《{place.zh}里的{situation.things[0].name.zh}》",
        )
    return {}, f"“{sentence(name)}”" if language == "en" else f"《{name}》"


def main(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        return None
    thing = situation.things[0]
    name = quantity(thing.name, thing.count, language)
    return {}, f"Mainly {name}." if language == "en" else f"主要是{name}。"
