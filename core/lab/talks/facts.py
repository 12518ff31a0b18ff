"""Right answers about single facts of a situation: how many, where, which way, when, in which order.

Each function is as those of answers.py.
"""

from collections.abc import Callable
from random import Random

from core.compact.words.names import Name, thing_names
from core.compact.words.notes import PEOPLE
from core.lab.talks.made_up import start_of, until
from core.lab.talks.situations import Situation, Thing
from core.lab.talks.wording import NUMBERS, definite, either, is_many, label, plural, quantity, sentence

Made = tuple[dict[str, str], str] | None
Maker = Callable[[Situation, str, Random], Made]


def pick(random: Random, language: str, en: tuple[str, ...], zh: tuple[str, ...]) -> str:
    return random.choice(en if language == "en" else zh)


def people(situation: Situation) -> Thing | None:
    return next((thing for thing in situation.things if thing.name.en in PEOPLE), None)


def how_many_people(situation: Situation, language: str, random: Random) -> Made:
    seen = people(situation)
    return _number(seen, seen.name if seen else thing_names()[0], language, random, {})


def how_many(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        return None
    thing = random.choice(situation.things)
    values = {"things": plural(thing.name) if language == "en" else thing.name.zh}
    return _number(thing, thing.name, language, random, values)


def _number(thing: Thing | None, name: Name, language: str, random: Random, values: dict[str, str]) -> Made:
    if thing is None:
        no = (
            (f"None, I see no {name.en}.", f"I did not see any {plural(name)}."),
            (f"没有看到{name.zh}。", "一个也没有。"),
        )
        return values, pick(random, language, *no)
    amount = quantity(thing.name, thing.count, language)
    if thing.count == 1 and language == "en":
        amount = f"one {name.en}"
    sure = thing.count <= 3
    verb = "are" if is_many(thing) else "is"
    en = (
        (f"There {verb} {amount}.", f"I see {amount}.")
        if sure
        else (f"About {NUMBERS['en'][thing.count]} at once.", f"I count {amount} at once.")
    )
    zh = (f"有{amount}。", f"我看到{amount}。") if sure else (f"大约{amount}。", f"同时能看到{amount}左右。")
    return values, pick(random, language, en, zh)


def where_is(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        return None
    thing = random.choice(situation.things)
    values, the = {"thing": thing.name.en if language == "en" else thing.name.zh}, definite(thing, language)
    if not thing.place:
        return values, either(
            language,
            f"I see {the}, but cannot tell where in the picture.",
            f"我看到了{the}，但说不准在画面的哪里。",
        )
    where = label("place", thing.place, language)
    return (
        values,
        f"{sentence(the)} {'are' if is_many(thing) else 'is'} {where}."
        if language == "en"
        else f"{the}在{where}。",
    )


def which_way(situation: Situation, language: str, random: Random) -> Made:
    those = [thing for thing in situation.things if thing.count == 1]
    if not those:
        return None
    thing = random.choice(those)
    values, the = {"thing": thing.name.en if language == "en" else thing.name.zh}, definite(thing, language)
    if len(situation.seconds) == 1:
        return values, either(
            language, "It is a single picture, so nothing moves.", "这只是一张图片，没有动。"
        )
    if not thing.motion:
        en = (f"I could not make out that {the} moves.", f"{sentence(the)} stays about where it is.")
        zh = (f"没看出{the}在移动。", f"{the}基本没有移动。")
        return values, pick(random, language, en, zh)
    how = label("motion", thing.motion, language)
    return values, f"{sentence(the)} {how}." if language == "en" else f"{the}{how}。"


def when(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        return None
    thing = random.choice(situation.things)
    values, the = {"thing": thing.name.en if language == "en" else thing.name.zh}, definite(thing, language)
    if thing.first == 0:
        return values, either(
            language,
            f"{sentence(the)} {'are' if is_many(thing) else 'is'} there from the start.",
            f"{the}一开始就在。",
        )
    start, end = start_of(situation, thing), until(situation, thing)
    appear = "appears" if thing.count == 1 else "appear"
    en = (f"{sentence(the)} {appear} at {start}.", f"From {start} to {end}.")
    return values, pick(random, language, en, (f"{the}在{start}出现。", f"从{start}到{end}。"))


def _ordered(situation: Situation) -> list[Thing] | None:
    """Things by when they appear, where they do so at different times."""
    those = sorted(situation.things, key=lambda thing: thing.first)
    different = len({thing.first for thing in those}) == len(those) > 1
    return those if different else None


def first(situation: Situation, language: str, random: Random) -> Made:
    if not (those := _ordered(situation)):
        return None
    name = quantity(those[0].name, those[0].count, language)
    return {}, f"{sentence(name)} {_comes(those[0])} first." if language == "en" else f"最先出现的是{name}。"


def last(situation: Situation, language: str, random: Random) -> Made:
    if not (those := _ordered(situation)):
        return None
    name = quantity(those[-1].name, those[-1].count, language)
    time = start_of(situation, those[-1])
    en = f"{sentence(name)} {_comes(those[-1])} last, at {time}."
    return {}, en if language == "en" else f"最后出现的是{name}，在{time}。"


def after(situation: Situation, language: str, random: Random) -> Made:
    if not (those := _ordered(situation)):
        return None
    number = random.randrange(len(those) - 1)
    before, then = those[number], those[number + 1]
    values = {"thing": before.name.en if language == "en" else before.name.zh}
    name = quantity(then.name, then.count, language)
    en = f"{sentence(name)} {_comes(then)} after {definite(before, 'en')}."
    return values, en if language == "en" else f"{definite(before, 'zh')}之后出现的是{name}。"


def order(situation: Situation, language: str, random: Random) -> Made:
    if not (those := _ordered(situation)):
        return None
    names = [quantity(thing.name, thing.count, language) for thing in those]
    if language == "en":
        steps = [f"first {names[0]}", *(f"then {name}" for name in names[1:])]
        return {}, sentence(", ".join(steps)) + "."
    return {}, "，".join([f"先是{names[0]}", *(f"然后是{name}" for name in names[1:])]) + "。"


def _comes(thing: Thing) -> str:
    return "comes" if thing.count == 1 else "come"


def colour(situation: Situation, language: str, random: Random) -> Made:
    """What colour a thing is; None where that was not told."""
    those = [thing for thing in situation.things if thing.colours]
    if not those:
        return None
    thing = random.choice(those)
    values, the = {"thing": thing.name.en if language == "en" else thing.name.zh}, definite(thing, language)
    joint = " and " if language == "en" else "和"
    words = joint.join(label("colour", key, language) for key in thing.colours)
    return values, either(
        language, f"{sentence(the)} {'are' if is_many(thing) else 'is'} {words}.", f"{the}是{words}的。"
    )
