"""Things of a situation within sentences, in English and Chinese."""

from functools import cache

from core.compact.words.names import Name, closed_labels
from core.lab.questions.nouns import PLURAL_NAMES, indefinite, joined, several
from core.lab.questions.words import concepts
from core.lab.talks.situations import Thing

NUMBERS = {
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "zh": ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九"),
}
# Measure words of things that are none of our objects, by the Chinese name; all else is counted with 个.
_MEASURES = {
    "只": "鸟 羊 鸡 棒球手套",
    "辆": "汽车 公共汽车",
    "艘": "船",
    "头": "牛",
    "把": "伞 刀 叉子 长椅",
    "张": "餐桌 桌子",
    "台": "电视 微波炉 冰箱 烤箱 烤面包机",
    "条": "领带",
    "块": "冲浪板 单板滑雪板",
    "根": "棒球棒",
    "朵": "花",
    "棵": "树",
    "座": "桥 塔 钟楼",
}


@cache
def _measure_of() -> dict[str, str]:
    known = {concept.zh: concept.classifier for concept in concepts()}
    return {name: measure for measure, names in _MEASURES.items() for name in names.split()} | known


def quantity(name: Name, count: int, language: str) -> str:
    """ "a person", "two cars"; "一个人", "两辆小汽车"; "many people" from ten on."""
    if language == "zh":
        number = "很多" if count > 9 else NUMBERS["zh"][count]
        return number + (_measure_of().get(name.zh, "个") if count <= 9 else "") + name.zh
    if count == 1:
        return indefinite(name.en)
    return f"{'many' if count > 9 else NUMBERS['en'][count]} {plural(name)}"


def plural(name: Name) -> str:
    """In English; ImageNet's names come without one."""
    return name.plural if name.plural != name.en else several(name.en)


def listed(things: tuple[Thing, ...], language: str) -> str:
    """ "two people, a car and a dog"."""
    return joined([quantity(thing.name, thing.count, language) for thing in things], language)


def definite(thing: Thing, language: str) -> str:
    """ "the car", "the two people"; "小汽车", "那两个人"."""
    if language == "zh":
        return thing.name.zh if thing.count == 1 else f"那{quantity(thing.name, thing.count, 'zh')}"
    if thing.count == 1:
        return f"the {thing.name.en}"
    return f"the {quantity(thing.name, thing.count, 'en')}"


def is_many(thing: Thing) -> bool:
    """Whether verbs about it are in the plural: several, or scissors."""
    return thing.count > 1 or thing.name.en in PLURAL_NAMES


def label(group: str, key: str, language: str) -> str:
    """The word of one of the closed lists: "on the left", "左边"."""
    found = next(each for each in closed_labels(group) if each.key == key)
    return found.en if language == "en" else found.zh


def either(language: str, en: str, zh: str) -> str:
    """The one in this language."""
    return en if language == "en" else zh


def sentence(text: str) -> str:
    return text[0].upper() + text[1:]
