"""What is asked about a situation: a mixture of everything that people ask, in both languages."""

from random import Random
from typing import Any

from core.compact.words.notes import PEOPLE
from core.dialogue.prompt import timestamp
from core.lab.questions.wording import careless
from core.lab.talks.answers import MAKERS
from core.lab.talks.sequences import Asked
from core.lab.talks.situations import Situation, table
from core.lab.talks.wording import listed, plural
from core.language.detection import LANGUAGES
from core.language.script import traditional

# How often each kind is asked, relative to the others.
WEIGHTS = {
    "what": 2.5,
    "anyone": 2.0,
    "how_many_people": 1.5,
    "how_many": 1.5,
    "presence": 2.5,
    "where_is": 1.5,
    "which_way": 1.5,
    "colour_of_thing": 2.5,
    "when": 1.2,
    "first": 0.8,
    "last": 0.8,
    "after": 0.8,
    "order": 0.8,
    "drawn_or_real": 0.5,
    "background": 0.7,
    "how_long": 0.5,
}
# Refusals whose question has an answer where the sense that it asks for was there.
OF_SOUND, OF_TEXT = ("sound", "music"), ("text",)
SAID_NOTHING = {
    "en": ("Nothing is said in it.", "Nobody speaks in this video.", "No speech was heard."),
    "zh": ("视频里没有人说话。", "没有听到说话的声音。", "里面没有人讲话。"),
}
READ_NOTHING = {
    "en": ("There is no text in it that I could read.", "No text was found in the pictures."),
    "zh": ("画面上没有能读出来的文字。", "没有看到文字。"),
}


def ask_about(situation: Situation, random: Random, turns: int) -> list[list[Asked]]:
    """So many questions, most of them by themselves, some in a dialogue."""
    groups: list[list[Asked]] = []
    while sum(map(len, groups)) < turns:
        language = random.choice(LANGUAGES)
        length = random.choice((2, 3)) if random.random() < 0.2 else 1
        groups.append([styled(*_one(situation, language, random), random) for _ in range(length)])
    return groups


def _one(situation: Situation, language: str, random: Random) -> tuple[str, str, str]:
    """(language of the answer, question, answer)."""
    draw = random.random()
    if situation.speech and draw < 0.38:
        return _from_cues(situation.speech, situation.heard or (), language, random)
    if situation.sign and draw < 0.55 and random.random() < 0.7:
        return _from_cues(situation.sign, situation.read or (), language, random)
    if draw > 0.9:
        return small_talk(language, random)
    if draw > 0.8:
        return general(random)
    if draw > 0.6:
        return refusal(situation, language, random)
    while True:
        kind = random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        made = MAKERS[kind](situation, language, random)
        if made:
            rows = table("questions")[kind] if kind in table("questions") else table("refusals")[kind]
            asked = rows[language] if kind in table("questions") else rows[language]["q"]
            usable = [text for text in asked if kind != "colour_of_thing" or "{thing}" in text]
            text = random.choice(usable).format(**made[0])
            return language, text, made[1]


def _from_cues(row: dict[str, Any], cues: Any, language: str, random: Random) -> tuple[str, str, str]:
    """A question about what is said or to be read; {i} in an answer is the time of its line i."""
    asked = random.choice(
        [each for each in row["questions"] if each["language"] == language] or row["questions"]
    )
    times = [timestamp(cue.start) for cue in cues]
    return asked["language"], asked["q"], asked["a"].format(*times)


def small_talk(language: str, random: Random) -> tuple[str, str, str]:
    rows = random.choice(list(table("small_talk").values()))[language]
    return language, random.choice(rows["q"]), random.choice(rows["a"])


def general(random: Random) -> tuple[str, str, str]:
    """A prompt that is not about the video, with what the LLM answered before any training."""
    language = random.choice(LANGUAGES)
    asked = random.choice(table("general_answers")[language])
    return language, asked["q"], asked["a"]


def refusal(situation: Situation, language: str, random: Random) -> tuple[str, str, str]:
    kinds = table("refusals")
    seen = [thing for thing in situation.things if thing.name.en in PEOPLE]
    kind = random.choice([kind for kind, row in kinds.items() if row["needs"] != "person" or seen])
    if kind in OF_SOUND and situation.heard is not None:
        if situation.speech:
            return _from_cues(situation.speech, situation.heard, language, random)
        return language, random.choice(kinds[kind][language]["q"]), random.choice(SAID_NOTHING[language])
    if kind in OF_TEXT and situation.read is not None:
        if situation.sign:
            return _from_cues(situation.sign, situation.read, language, random)
        return language, random.choice(kinds[kind][language]["q"]), random.choice(READ_NOTHING[language])
    those_known = [each for each in situation.things if kind != "colour_of_thing" or not each.colours]
    those_known = seen if kinds[kind]["needs"] == "person" else those_known
    thing = random.choice(those_known) if those_known else None
    rows = kinds[kind][language]
    if thing is None:
        usable = [text for text in rows["a"] if "{" not in text]
        questions = [text for text in rows["q"] if "{" not in text]
        if not (usable and questions):
            made = MAKERS["what"](situation, language, random)
            return language, random.choice(table("questions")["what"][language]), made[1] if made else ""
        return language, random.choice(questions), random.choice(usable)
    those = listed((thing,), language)
    name = thing.name.en if language == "en" else thing.name.zh
    values = {
        "it": those,
        "thing": name,
        "things": plural(thing.name) if language == "en" else name,
        "a": those,
    }
    return language, random.choice(rows["q"]).format(**values), random.choice(rows["a"]).format(**values)


def styled(language: str, question: str, answer: str, random: Random) -> Asked:
    """As people type it, sometimes in traditional characters."""
    if language == "zh" and random.random() < 0.08:
        return Asked(traditional(question), traditional(answer))
    return Asked(careless(question, language, random) if len(question) > 4 else question, answer)
