"""Two clips side by side, and what people ask about both."""

from random import Random

from core.compact.words.names import Name
from core.lab.questions.nouns import indefinite
from core.lab.questions.wording import careless
from core.lab.talks.answers import what
from core.lab.talks.sequences import Asked
from core.lab.talks.situations import Situation
from core.lab.talks.wording import listed
from core.language.detection import LANGUAGES

ORDINALS = {"en": ("first", "second"), "zh": ("第一个", "第二个")}
QUESTIONS: dict[str, dict[str, tuple[str, ...]]] = {
    "difference": {
        "en": (
            "what's the difference between them",
            "how do the two videos differ?",
            "compare the two videos",
            "compare them",
        ),
        "zh": ("两个视频有什么不同", "这两段有啥区别", "比较一下这两个视频", "对比一下"),
    },
    "one": {
        "en": (
            "what is in the {which} video?",
            "describe the {which} one",
            "and the {which} video, what does it show",
        ),
        "zh": ("{which}视频里有什么", "说说{which}视频", "{which}里面是什么"),
    },
    "which": {
        "en": ("which video has {a}?", "in which one is {a}", "which of the two shows {a}"),
        "zh": ("哪个视频里有{thing}", "{thing}在哪一个视频里", "哪一段有{thing}"),
    },
    "same": {
        "en": (
            "do they show the same?",
            "are both videos about the same thing",
            "what do they have in common",
        ),
        "zh": ("两个视频内容一样吗", "它们有什么共同点", "两段拍的是同样的东西吗"),
    },
}


def ask_about_both(both: tuple[Situation, Situation], random: Random, turns: int) -> list[list[Asked]]:
    """So many questions about two clips, each by itself."""
    asked: list[list[Asked]] = []
    while len(asked) < turns:
        language, kind = random.choice(LANGUAGES), random.choice(list(QUESTIONS))
        values, answer = _answer(both, kind, language, random)
        text = random.choice(QUESTIONS[kind][language]).format(**values)
        asked.append([Asked(careless(text, language, random), answer)])
    return asked


def _answer(
    both: tuple[Situation, Situation], kind: str, language: str, random: Random
) -> tuple[dict[str, str], str]:
    if kind == "one":
        number = random.randrange(2)
        made = what(both[number], language, random)
        return {"which": ORDINALS[language][number]}, made[1] if made else ""
    shown = [{thing.name.en: thing.name for thing in situation.things} for situation in both]
    shared = [name for en, name in shown[0].items() if en in shown[1]]
    if kind == "which":
        return _which(shown, shared, language, random)
    first, second = (_shows(situation, language) for situation in both)
    if kind == "difference":
        if language == "en":
            return {}, f"The first video shows {first}, the second one {second}."
        return {}, f"第一个视频里是{first}，第二个视频里是{second}。"
    if not shared:
        if language == "en":
            return {}, f"No. The first shows {first}, the second {second}."
        return {}, f"不一样。第一个是{first}，第二个是{second}。"
    common = listed(tuple(thing for thing in both[0].things if thing.name in shared), language)
    return {}, f"In both there is {common}." if language == "en" else f"两个视频里都有{common}。"


def _which(
    shown: list[dict[str, Name]], shared: list[Name], language: str, random: Random
) -> tuple[dict[str, str], str]:
    names = [*shown[0].values(), *shown[1].values()]
    if not names:
        name = Name("dog", "dogs", "狗")
        answer = "Neither of them, as far as I recognised." if language == "en" else "两个里我都没看到。"
    else:
        name = random.choice(names)
        if name in shared:
            answer = "Both of them." if language == "en" else "两个视频里都有。"
        else:
            number = 0 if name.en in shown[0] else 1
            answer = (
                f"The {ORDINALS['en'][number]} one."
                if language == "en"
                else f"{ORDINALS['zh'][number]}视频里有。"
            )
    return {"a": indefinite(name.en), "thing": name.zh}, answer


def _shows(situation: Situation, language: str) -> str:
    if situation.things:
        return listed(situation.things, language)
    name = situation.setting or situation.perhaps
    if name:
        return f"perhaps {indefinite(name.en)}" if language == "en" else f"可能是{name.zh}"
    return "nothing that I recognised" if language == "en" else "没有认出什么"
