"""Right answers about what a situation shows, with some freedom of wording.

Each function takes (situation, language, random) and gives (values for the question's placeholders, answer),
or None where such a question has no answer there.
"""

from random import Random

from core.compact.words.names import object_names, thing_names
from core.dialogue.prompt import timestamp
from core.lab.questions.nouns import indefinite
from core.lab.talks import descriptions, facts
from core.lab.talks.descriptions import in_setting
from core.lab.talks.facts import Made, Maker, people, pick
from core.lab.talks.situations import PEOPLE, Situation
from core.lab.talks.wording import definite, either, is_many, label, listed, quantity, sentence


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split(", "))


OUTDOORS = _names(
    "car, bus, truck, bicycle, motorcycle, train, traffic light, stop sign, fire hydrant, boat, "
    "airplane, horse, cow, sheep, elephant, bear, zebra, giraffe, bird, kite, surfboard, skis, "
    "snowboard, bench, parking meter, tree, palm tree, taxi, bridge"
)
INDOORS = _names(
    "couch, bed, TV, laptop, keyboard, mouse, microwave, oven, toaster, sink, refrigerator, toilet, book, "
    "remote control, table, clock, vase, refrigerator, desk, piano, bathtub, washing machine"
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


def who(situation: Situation, language: str, random: Random) -> Made:
    seen = people(situation)
    if not seen:
        return anyone(situation, language, random)
    amount = quantity(seen.name, seen.count, language)
    en = (
        f"I see {amount}, but I cannot tell who.",
        f"{sentence(amount)}; who that is, the pictures do not tell.",
    )
    zh = (f"能看到{amount}，不过看不出是谁。", f"有{amount}，但我不知道是谁。")
    return {}, pick(random, language, en, zh)


def presence(situation: Situation, language: str, random: Random) -> Made:
    shown = {thing.name.en for thing in situation.things}
    shown |= {name.en for name in (situation.setting, situation.perhaps) if name}
    if situation.perhaps and random.random() < 0.4:
        name = situation.perhaps
        values = {"a": indefinite(name.en), "thing": name.zh}
        return values, either(
            language,
            f"Perhaps. Something looks like {indefinite(name.en)}, but I am not sure.",
            f"可能有，看着有点像{name.zh}，但我不确定。",
        )
    if shown & set(PEOPLE):
        shown.add("person")
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
        [name for name in (*thing_names(), *random.sample(object_names(), 40)) if name.en not in shown]
    )
    values = {"a": indefinite(other.en), "thing": other.zh}
    en = (f"No, I do not see {indefinite(other.en)}.", f"No, there is no {other.en} in what I recognised.")
    zh = (f"没有，我没看到{other.zh}。", f"没有{other.zh}。")
    return values, pick(random, language, en, zh)


def scene(situation: Situation, language: str, random: Random) -> Made:
    if situation.setting:
        name = situation.setting
        en = (f"It looks like {indefinite(name.en)}.", f"Probably {indefinite(name.en)}, from what I see.")
        return {}, pick(random, language, en, (f"看起来是{name.zh}。", f"应该是{name.zh}。"))
    if situation.drawn:
        return {}, either(language, "It is drawn, not a real place.", "这是画出来的，不是真实的地方。")
    if not situation.things:
        return {}, either(
            language, "I cannot tell; no place was recognised.", "看不出来，没有认出是什么地方。"
        )
    those = listed(situation.things, language)
    names = {thing.name.en for thing in situation.things}
    if (outside := bool(names & OUTDOORS)) != bool(names & INDOORS):
        where = ("outdoors", "室外") if outside else ("indoors", "室内")
        en = (
            f"Probably {where[0]}, since I see {those}; the exact place I cannot tell.",
            f"It seems to be {where[0]}: there is {those}.",
        )
        zh = (
            f"应该是{where[1]}，因为看到{those}，具体地方看不出来。",
            f"看样子是在{where[1]}，画面里有{those}。",
        )
        return {}, pick(random, language, en, zh)
    en = (
        f"I cannot tell the place for sure; I only see {those}.",
        f"The place is not clear to me. I see {those}.",
    )
    return {}, pick(
        random, language, en, (f"说不准是什么地方，只看到{those}。", f"地方看不出来，能看到的是{those}。")
    )


def what_doing(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        return None
    moving = [thing for thing in situation.things if thing.motion]
    if moving:
        thing = random.choice(moving)
        how, the = label("motion", str(thing.motion), language), definite(thing, language)
        return {}, f"{sentence(the)} {how}." if language == "en" else f"{the}{how}。"
    seen, place = listed(situation.things, language), in_setting(situation, language)
    are = "are" if is_many(situation.things[0]) else "is"
    en = (
        f"I see {seen}{place}; what exactly is being done I cannot tell from single pictures.",
        f"There {are} {seen}{place}, but the action itself is not clear to me.",
    )
    zh = (
        f"能看到{seen}{place}，具体在做什么，从这些画面看不准。",
        f"画面里有{seen}{place}，在干什么我看不太出来。",
    )
    return {}, pick(random, language, en, zh)


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


def more(situation: Situation, language: str, random: Random) -> Made:
    en = ("Nothing else was clear enough to name.", "That is all that I recognised.")
    return {}, pick(random, language, en, ("别的就没有认出来了。", "我认出来的就这些。"))


MAKERS: dict[str, Maker] = {
    "what": descriptions.what,
    "describe": descriptions.describe,
    "describe_long": descriptions.describe,
    "summary": descriptions.describe,
    "anyone": anyone,
    "who": who,
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
    "scene": scene,
    "what_doing": what_doing,
    "drawn_or_real": drawn_or_real,
    "background": background,
    "how_long": how_long,
    "title": descriptions.title,
    "more": more,
    "main": descriptions.main,
}
