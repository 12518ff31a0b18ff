"""Right answers about what a situation shows, with some freedom of wording.

Each function takes (situation, language, random) and gives (values for the question's placeholders, answer),
or None where such a question has no answer there.
"""

from random import Random

from core.compact.words.names import object_names, thing_names
from core.dialogue.prompt import timestamp
from core.lab.questions.nouns import indefinite, joined
from core.lab.talks import facts
from core.lab.talks.facts import Made, Maker, people, pick
from core.lab.talks.made_up import start_of
from core.lab.talks.situations import PEOPLE, Situation, Thing
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
NOTHING = {
    "en": (
        "I did not recognise anything in it for sure.",
        "Nothing in it was clear enough for me to name.",
        "I cannot make out what it shows.",
    ),
    "zh": ("我没能确定里面有什么。", "画面里没有我能认准的东西。", "我看不清里面是什么。"),
}


def _setting(situation: Situation, language: str) -> str:
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
    place = _setting(situation, language)
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
        place = _setting(situation, language)
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
    seen, place = listed(situation.things, language), _setting(situation, language)
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


def more(situation: Situation, language: str, random: Random) -> Made:
    en = ("Nothing else was clear enough to name.", "That is all that I recognised.")
    return {}, pick(random, language, en, ("别的就没有认出来了。", "我认出来的就这些。"))


def main(situation: Situation, language: str, random: Random) -> Made:
    if not situation.things:
        return None
    thing = situation.things[0]
    name = quantity(thing.name, thing.count, language)
    return {}, f"Mainly {name}." if language == "en" else f"主要是{name}。"


MAKERS: dict[str, Maker] = {
    "what": what,
    "describe": describe,
    "describe_long": describe,
    "summary": describe,
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
    "title": title,
    "more": more,
    "main": main,
}
