"""What a situation shows as a whole, in a sentence. Longer descriptions are written by hand: written.py."""

from random import Random

from core.lab.questions.nouns import indefinite
from core.lab.talks.facts import Made, pick
from core.lab.talks.situations import Situation
from core.lab.talks.wording import listed

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
