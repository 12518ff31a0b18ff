"""What an answer speaks of: the thing it names, and whether that is something that moves."""

import re

from core import keywords


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NOUN_PHRASE = re.compile(r"\b(?:a|an|the)\s+(?=((?:[a-z-]+[ ]?){1,4}))", re.IGNORECASE)
_NO_PART = _words(  # they end a noun phrase
    """
    a an and are as at be been behind but by can comes could did does for from goes had has have if in
    into is it may might must near not of on only or over probably should so than that then there this to
    was were which while who will with would
    """
)
_COLOURS = "black blue brown gray green grey orange pink purple red white yellow".split()  # noqa: SIM905
_NO_THING = frozenset(  # nouns that nobody asks about, and adjectives that stand alone
    "answer background beginning bottom camera centre clip corner edge end first frame last left middle "  # noqa: SIM905
    "model photo photograph picture question right same scene screen second side start top video way".split()
) | {*_COLOURS}
_NOUNS_IN_ING = frozenset("building ceiling drawing evening morning painting string".split())  # noqa: SIM905
# A name of one letter, which is no keyword: "一只狗", "狗在左边", "狗→" (below).
_SHORT_THING_ZH = re.compile(r"(?:一[^\W\d_]|^(?=[^它][在→]))([㐀-鿿])(?=[，。、和在向往从越出→]|$)")
# Which way something goes; "→" takes its place, because "猫向" and "向右走" are words to jieba.
_WAY_ZH = re.compile("[向往从朝][上下左右前后][^，。]*")
_DENIED = re.compile(r"没有[^，。]*|\b(?:no|not|never)\b[^.,]*", re.IGNORECASE)  # what is not in the clip
_NO_THING_ZH = re.compile(
    r".*色$|^[A-Za-z]|^[一左右上下前后]|^越来越|视频|图片|照片|画面|背景|方向|颜色"
    r"|镜头|问题|位置|影语|模型|客气|谢谢|感谢|抱歉|帮助"
)

_PEOPLE = _words(
    """
    baby boy child children crowd dancer driver girl guy kid lady man men people person player rider
    runner somebody speaker student teacher woman women worker
    """
)
_MOVERS = _PEOPLE | _words(
    """
    airplane ambulance ant ball balloon bat bear bee beetle bicycle bike bird bison boat bug buffalo
    bus butterfly camel car cat chicken cow crab deer dinosaur dog dolphin dragon drone duck eagle
    elephant fish fox frisbee frog giraffe goat goose helicopter hen hippo horse insect jet kangaroo
    kite kitten lion lizard monkey motorbike motorcycle mouse octopus ostrich otter owl panda parrot
    pelican penguin pig pigeon plane pony puppy rabbit rat rocket rooster scooter seal shark sheep
    ship skateboard snail snake spaceship spider squirrel submarine taxi tiger tractor train tram
    truck turtle van whale wolf worm zebra
    """
)
_PEOPLE_ZH = re.compile("[人孩男女]$|宝宝$|员$|老师$|学生$")
_MOVERS_ZH = re.compile(
    "[狗猫鸟马牛羊象熊虎狮猴兔鼠狼鹿鱼鲨鲸豚龟蛙蛇虫蜂蚁鸭鹅鸡鹰猪龙蟹车船艇球]$"
    "|猩猩$|狐狸$|蜥蜴$|蝴蝶$|蜘蛛$|蜗牛$|鹦鹉$|骆驼$|飞机$|火箭$|风筝$|飞碟$|滑板$|战斗机$|直升机$"
)
_SCENERY = _words(
    """
    beach building ceiling city cloud field floor forest garden grass ground hill house kitchen lake
    landscape meadow mountain ocean office park river road room sand sea sky snow stage street
    sunset town wall water
    """
)
_SCENERY_ZH = re.compile(
    "[墙天地街路海湖河林田山云雪沙水楼屋]$|天空$|城市$|房间$|厨房$|办公室$|草原$|草坪$|房子$|建筑$"
)
_MOVES = re.compile(
    r"\b(?:mov|driv|rid|runn?|fly|flies|walk|swim|swam|fall|roll|jump|com|goes|going)(?:e?s|ing|ed|e)?\b"
    "|移动|[走跑飞游滚落掉跳骑]|开过|靠近|离开|越来越",
    re.IGNORECASE,
)
_APPEARS = re.compile(
    r"\d:\d\d|\b(?:appears?|first|then|last|leaves?|begins?)\b|秒|出现|先|然后|最后", re.IGNORECASE
)


def thing_in(answer: str, lang: str) -> str | None:
    """The first thing that an answer says is there."""
    answer = _DENIED.sub("", answer)
    if lang == "zh":
        answer = _WAY_ZH.sub("→", answer)
        found = [*keywords(answer), *_SHORT_THING_ZH.findall(answer)]
        things = [re.escape(word) for word in found if not _NO_THING_ZH.match(word)]
        together = things and re.search(f"(?:{'|'.join(things)})+", answer)  # 红毛 + 猩猩
        return together[0] if together else None
    for match in _NOUN_PHRASE.finditer(answer):
        words: list[str] = []
        for word in match[1].lower().split():
            if word in _NO_PART or (words and _is_verb(word)):
                break
            words.append(word)
        if words and words[-1] not in _NO_THING:
            return " ".join(words)
    return None


def topics_of(thing: str, answer: str, lang: str) -> frozenset[str]:
    """What makes sense to ask of a thing: a wall moves nowhere, and a red square's colour is known."""
    people, movers, scenery = (
        _is_one_of(thing, names, pattern, lang)
        for names, pattern in (
            (_PEOPLE, _PEOPLE_ZH),
            (_MOVERS, _MOVERS_ZH),
            (_SCENERY, _SCENERY_ZH),
        )
    )
    moves = not scenery and (people or movers or bool(_MOVES.search(answer)))
    coloured = bool({*thing.split()} & {*_COLOURS}) or "色" in thing
    wanted = {
        "when": moves or (not scenery and bool(_APPEARS.search(answer))),
        "direction": moves,
        "colour": not people and not coloured,
        "place": not scenery,
        "count": not scenery,
    }
    return frozenset(topic for topic, sensible in wanted.items() if sensible)


def _is_one_of(thing: str, names: frozenset[str], pattern: re.Pattern[str], lang: str) -> bool:
    if lang == "zh":
        return bool(pattern.search(thing))
    last = thing.split()[-1]
    return last in names or last.removesuffix("s") in names


def _is_verb(word: str) -> bool:
    """After "a" or "the", what ends in s is rarely a noun: "the car moves"."""
    if word.endswith("ing"):
        return len(word) > 5 and word not in _NOUNS_IN_ING
    return word.endswith("s") and not word.endswith(("ss", "us", "is"))
