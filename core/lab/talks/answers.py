"""Right answers about what a situation shows, with some freedom of wording.

Each function takes (situation, language, random) and gives (values for the question's placeholders, answer),
or None where such a question has no answer there.
"""

from functools import cache
from random import Random

from core.compact.words.names import class_kinds, class_names, object_names, thing_names
from core.compact.words.notes import PEOPLE
from core.dialogue.prompt import timestamp
from core.lab.questions.nouns import indefinite
from core.lab.talks import facts
from core.lab.talks.facts import Made, Maker, people, pick
from core.lab.talks.situations import Situation
from core.lab.talks.wording import either, is_many, label, listed, quantity

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


def anyone(situation: Situation, language: str, random: Random) -> Made:
    who = people(situation)
    if not who:
        no = (
            ("No, I see nobody in it.", "No, I did not recognise a person."),
            ("没有，我没看到人。", "没有，没有认出人来。"),
        )
        return {}, pick(random, language, *no)
    amount = quantity(who.name, who.count, language)
    yes = (
        (f"Yes, there {'is' if who.count == 1 else 'are'} {amount}.",),
        (f"有，能看到{amount}。", f"有，有{amount}。"),
    )
    return {}, pick(random, language, *yes)


@cache
def _kinds() -> dict[str, tuple[str, ...]]:
    """What each name is a kind of: a terrier is a dog, so that neither may be denied beside the other."""
    kinds: dict[str, tuple[str, ...]] = {}
    for name, kind in zip(class_names(), class_kinds(), strict=True):
        if kind and kind != name.en:
            kinds[name.en] = (*kinds.get(name.en, ()), kind)
    return kinds


def presence(situation: Situation, language: str, random: Random) -> Made:
    shown = {thing.name.en for thing in situation.things}
    shown |= {name.en for name in (situation.setting, situation.perhaps) if name}
    shown |= {kind for name in shown for kind in _kinds().get(name, ())}
    if situation.perhaps and random.random() < 0.4:
        name = situation.perhaps
        values = {"a": indefinite(name.en), "thing": name.zh}
        return values, either(
            language,
            f"Perhaps. Something looks like {indefinite(name.en)}, but I am not sure.",
            f"可能有，看着有点像{name.zh}，但我不确定。",
        )
    if shown & PEOPLE:
        shown |= PEOPLE
    if situation.things and random.random() < 0.5:
        thing = random.choice(situation.things)
        values = {"a": indefinite(thing.name.en), "thing": thing.name.zh}
        amount = quantity(thing.name, thing.count, language)
        where = f" {label('place', thing.place, language)}" if thing.place and language == "en" else ""
        en = (
            f"Yes, there {'are' if is_many(thing) else 'is'} {amount}{where}.",
            f"Yes, I see {amount}{where}.",
        )
        zh = (f"有，有{amount}。", f"有的，能看到{amount}。")
        return values, pick(random, language, en, zh)
    other = random.choice(
        [
            name
            for name in (*thing_names(), *random.sample(object_names(), 40))
            if name.en not in shown and not shown & set(_kinds().get(name.en, ()))
        ]
    )
    values = {"a": indefinite(other.en), "thing": other.zh}
    en = (f"No, I do not see {indefinite(other.en)}.", f"No, there is no {other.en} in what I recognised.")
    zh = (f"没有，我没看到{other.zh}。", f"没有{other.zh}。")
    return values, pick(random, language, en, zh)


def drawn_or_real(situation: Situation, language: str, random: Random) -> Made:
    if situation.drawn:
        return {}, pick(random, language, ("It is drawn or animated.",), ("这是画的，或者是动画。",))
    return {}, pick(random, language, ("It looks like real footage.",), ("看起来是真实拍摄的。",))


def background(situation: Situation, language: str, random: Random) -> Made:
    if situation.background:
        colour = label("colour", situation.background, language)
        return {}, f"The background is {colour}." if language == "en" else f"背景是{colour}的。"
    en, zh = (
        ("I cannot name one colour for the background of real pictures.",),
        ("真实画面的背景，我说不出是哪一种颜色。",),
    )
    return None if situation.drawn else ({}, pick(random, language, en, zh))


def how_long(situation: Situation, language: str, random: Random) -> Made:
    if len(situation.seconds) == 1:
        return {}, pick(random, language, ("It is a single picture.",), ("这是一张图片。",))
    length = timestamp(situation.duration)
    return {}, pick(
        random,
        language,
        (f"It is {length} long.", f"About {length}."),
        (f"时长{length}。", f"大约{length}。"),
    )


MAKERS: dict[str, Maker] = {
    "what": what,
    "anyone": anyone,
    "how_many_people": facts.how_many_people,
    "how_many": facts.how_many,
    "presence": presence,
    "where_is": facts.where_is,
    "which_way": facts.which_way,
    "colour_of_thing": facts.colour,
    "when": facts.when,
    "first": facts.first,
    "last": facts.last,
    "after": facts.after,
    "order": facts.order,
    "drawn_or_real": drawn_or_real,
    "background": background,
    "how_long": how_long,
}
