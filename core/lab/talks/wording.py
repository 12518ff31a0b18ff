"""Things of a situation within sentences, in English and Chinese."""

from core.compact.words.names import Name, closed_labels
from core.lab.questions.nouns import indefinite, joined
from core.lab.talks.situations import Thing

NUMBERS = {
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    "zh": ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九"),
}
# Measure words, by the Chinese name; all else is counted with 个.
_MEASURES = {
    "只": "鸟 猫 狗 羊 绵羊 熊 斑马 泰迪熊 鸭子 鸡 兔子 老鼠 猴子 老虎 狮子 猪 手套 棒球手套",
    "辆": "自行车 汽车 小汽车 摩托车 公交车 公共汽车 卡车 出租车",
    "架": "飞机 直升机 钢琴",
    "列": "火车",
    "艘": "船 帆船",
    "匹": "马",
    "头": "牛 奶牛 大象 长颈鹿 驴",
    "把": "椅子 雨伞 伞 刀 勺子 叉子 剪刀 牙刷 吉他",
    "张": "床 餐桌 桌子 沙发",
    "台": "电视 电视机 笔记本电脑 电脑 微波炉 冰箱 烤箱",
    "部": "手机",
    "本": "书",
    "条": "领带 鱼 蛇",
    "块": "披萨 蛋糕 三明治 滑板 冲浪板 滑雪板",
    "朵": "花 玫瑰 向日葵",
    "棵": "树",
    "座": "山 房子 城堡 桥 塔 教堂",
    "根": "香蕉 热狗 胡萝卜",
    "盆": "盆栽",
}
_MEASURE_OF = {name: measure for measure, names in _MEASURES.items() for name in names.split()}


def quantity(name: Name, count: int, language: str) -> str:
    """ "a person", "two cars"; "一个人", "两辆小汽车"; "many people" from ten on."""
    if language == "zh":
        number = "很多" if count > 9 else NUMBERS["zh"][count]
        return number + (_MEASURE_OF.get(name.zh, "个") if count <= 9 else "") + name.zh
    if count == 1:
        return name.en if name.plural == name.en and name.en.endswith("s") else indefinite(name.en)
    return f"{'many' if count > 9 else NUMBERS['en'][count]} {plural(name)}"


def plural(name: Name) -> str:
    """In English; ImageNet's names come without one."""
    if name.plural != name.en or name.en.endswith("s"):
        return name.plural
    from core.lab.questions.nouns import _inflect

    return str(_inflect.plural_noun(name.en))


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
    return thing.count > 1 or (thing.name.plural == thing.name.en and thing.name.en.endswith("s"))


def label(group: str, key: str, language: str) -> str:
    """The word of one of the closed lists: "on the left", "左边"."""
    found = next(each for each in closed_labels(group) if each.key == key)
    return found.en if language == "en" else found.zh


def either(language: str, en: str, zh: str) -> str:
    """The one in this language."""
    return en if language == "en" else zh


def sentence(text: str) -> str:
    return text[0].upper() + text[1:]
