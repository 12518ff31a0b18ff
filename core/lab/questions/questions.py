"""Questions about a scene with their right answers, in English and Chinese.

Each question has a *skill* and a *slot*: the facts that an answer must state, so that an answer can be
scored by what it says instead of how. Phrasings are data (`phrasings.json`), some held out for
the test; answers have one plain form per skill and language. Knows nothing of pictures or models.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

from core.dialogue.prompt import timestamp
from core.lab.clips.scenes import UNCLEAR, Actor, Scene, place_of
from core.lab.questions.nouns import (
    a,
    agreeing,
    definite,
    indefinite,
    is_plural,
    joined,
    opening,
    plural,
    some,
)
from core.lab.questions.words import (
    ANY_KIND,
    COLOURS,
    HERE,
    KINDS,
    LANGUAGES,
    MOTIONS,
    PLACES,
    Concept,
    concepts,
    word,
)

SKILLS = (
    "name",
    "motion",
    "first",
    "last",
    "after",
    "order",
    "background",
    "count",
    "place",
    "when",
    "presence",
    "describe",
    "refuse",
)
SMALL_TALK = ("hello", "thanks", "who")

SMALL_TALK_ANSWERS = {
    "hello": ("Hello! Ask me anything about the video.", "你好！关于这段视频，你想问什么都可以。"),
    "thanks": ("You are welcome.", "不客气。"),
    "who": ("I am ReelTalk, a small model that talks about videos.", "我是影语，一个能聊视频的小模型。"),
}
PEOPLE = frozenset(  # concepts; others of their kind are parts of people, or nobody that one meets
    [
        *("man", "woman", "boy", "girl", "baby", "old_man", "old_woman", "police_officer", "astronaut"),
        *("firefighter", "doctor", "chef", "farmer", "construction_worker", "mechanic", "teacher"),
        *("graduate", "painter", "detective", "royal_guard", "princess", "prince", "bride", "groom"),
        *("pregnant_woman", "santa_claus", "dancer", "runner", "surfer", "swimmer", "cyclist", "skier"),
        *("snowboarder", "weightlifter", "fencer", "jockey", "rock_climber", "people", "clown", "ninja"),
    ]
)
WITHOUT_PEOPLE = frozenset(["animal", "plant", "food"])  # kinds of things that are photographed by themselves
UNSURE = ("I am not sure what this is.", "我不确定这是什么。")
REFUSALS = ("I cannot tell that from the video.", "从视频里看不出来。")


@dataclass(frozen=True)
class Question:
    """One question about a clip with its right answer."""

    skill: str
    language: str
    text: str
    answer: str
    slot: tuple[str, ...]  # what the answer must state: concept ids, motion keys, ... as text


@cache
def phrasings(skill: str, language: str, held_out: bool) -> tuple[str, ...]:
    """The question templates of a skill: those for training, or those held out for the test."""
    table = json.loads((HERE / "phrasings.json").read_text(encoding="utf-8"))
    return tuple(table[skill][language]["held_out" if held_out else "train"])


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _contents(scene: Scene) -> list[tuple[Concept, int]]:
    """What the scene shows, in order of appearance, with how many of each."""
    if scene.kind == "several":
        return [(scene.actors[0].concept, scene.count)]
    return [(actor.concept, 1) for actor in scene.order]


def answerable(scene: Scene) -> list[str]:
    """The skills that this scene has questions for, most telling first."""
    skills = ["name", "presence", "describe", "refuse"]
    if scene.background.colour:
        skills.append("background")
    if scene.kind == "single":
        skills += ["motion", "count"]
        if scene.actors[0].motion == "still" and _place(scene.actors[0]):
            skills.append("place")
        if scene.actors[0].appears > 0:
            skills.append("when")
    elif scene.kind == "sequence":
        skills += ["first", "last", "after", "order", "when"]
    elif scene.kind == "several":
        skills += ["count", "motion"]
    elif scene.kind == UNCLEAR:
        skills.remove("presence")
    elif scene.kind == "pair" and any(_place(actor) for actor in scene.actors):
        skills.append("place")
    return [skill for skill in skills if not (skill == "motion" and scene.from_stills)]


def _place(actor: Actor) -> str | None:
    return place_of(*actor.start)


def make_question(
    scene: Scene, skill: str, language: str, random: Random, held_out: bool = False, names_known: bool = True
) -> Question:
    """A question of this skill, which must be `answerable`. With `names_known`, it may use names."""
    maker = _MAKERS[skill]
    values, answer, slot = maker(scene, language, random, names_known)
    template = random.choice(phrasings(skill, language, held_out))
    return Question(skill, language, template.format(**values), _sentence(answer), slot)


def small_talk(skill: str, language: str, random: Random) -> Question:
    answer = SMALL_TALK_ANSWERS[skill][LANGUAGES.index(language)]
    return Question(skill, language, random.choice(phrasings(skill, language, False)), answer, ())


def about_people(scene: Scene, language: str, random: Random) -> Question | None:
    """Whether anyone is there, which is asked of every video; None where that is not known.

    A photograph of a street may well show people, too; one of an animal, a plant or food mostly does not.
    """
    shown = {actor.concept.id for actor in scene.actors}
    if there := bool(shown & PEOPLE):
        answer = ("Yes, the video shows a person.", "有，视频里有人。")
    else:
        answer = ("No, the video shows no person.", "没有，视频里没有人。")
    kinds = {actor.concept.kind for actor in scene.actors}
    nobody = kinds <= WITHOUT_PEOPLE if scene.of_photographs else "person" not in kinds
    if scene.kind == UNCLEAR or not (there or nobody):
        return None
    text = random.choice(phrasings("anyone", language, False))
    return Question(
        "presence", language, text, answer[LANGUAGES.index(language)], ("yes" if there else "no",)
    )


def and_then(scene: Scene, asked: Question, random: Random) -> Question | None:
    """What came after the thing that an answer named, asked by "And then?" alone; None if that was the last.

    asked: a question of what comes first, or after something.
    """
    named = [actor.concept.id for actor in scene.order].index(asked.slot[0])
    if named + 1 == len(scene.order):
        return None
    _, answer, slot = _following(scene, named, asked.language)
    text = random.choice(phrasings("and_then", asked.language, False))
    return Question("after", asked.language, text, _sentence(answer), slot)


_Made = tuple[dict[str, str], str, tuple[str, ...]]  # template values, answer, slot


def _it(actor: Actor, language: str, random: Random, names_known: bool) -> str:
    if names_known and random.random() < 0.5:
        return definite(actor.concept, language)
    return "it" if language == "en" else "它"


def _name(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    if scene.kind == UNCLEAR:
        return {"kind": _kind([], language)}, UNSURE[LANGUAGES.index(language)], ("unsure",)
    contents = _contents(scene)
    kind = _kind([concept for concept, _ in contents], language)
    listed = joined([some(concept, number, language) for concept, number in contents], language)
    answer = f"the video shows {listed}." if language == "en" else f"视频里有{listed}。"
    return {"kind": kind}, answer, tuple(sorted(concept.id for concept, _ in contents))


def _kind(shown: list[Concept], language: str) -> str:
    """What all of these are: "animal", or "thing" where they are of several kinds."""
    kinds = {KINDS.get(concept.kind, ANY_KIND) for concept in shown}
    return (kinds.pop() if len(kinds) == 1 else ANY_KIND)[LANGUAGES.index(language)]


def _motion(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    actor = scene.actors[0]
    predicate = word(MOTIONS, actor.motion, language)
    answer = f"it {predicate}." if language == "en" else f"它{predicate}。"
    if scene.count > 1:
        answer = "they do not move." if language == "en" else "它们没有移动。"
    return {"it": _it(actor, language, random, names_known and scene.count == 1)}, answer, (actor.motion,)


def _first(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    return _at_the_end(scene.order[0].concept, "first", "最先", language)


def _last(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    return _at_the_end(scene.order[-1].concept, "last", "最后", language)


def _at_the_end(concept: Concept, en: str, zh: str, language: str) -> _Made:
    english = f"{opening(concept)} {agreeing(concept, 'comes', 'come')} {en}."
    return {}, english if language == "en" else f"{zh}出现的是{concept.zh}。", (concept.id,)


def _after(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    return _following(scene, random.randrange(len(scene.order) - 1), language)


def _following(scene: Scene, index: int, language: str) -> _Made:
    """What comes after the thing of this number in order of appearance."""
    before, after = scene.order[index].concept, scene.order[index + 1].concept
    the = definite(before, language)
    answer = (
        f"{opening(after)} {agreeing(after, 'comes', 'come')} after {the}."
        if language == "en"
        else f"{the}之后出现的是{after.zh}。"
    )
    return {"the": the}, answer, (after.id,)


def _order(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    names = [actor.concept for actor in scene.order]
    if language == "en":
        steps = [f"first {a(names[0])}", *(f"then {a(each)}" for each in names[1:-1]), f"last {a(names[-1])}"]
        answer = ", ".join(steps[:-1]) + f" and {steps[-1]}."
    else:
        steps = [f"先是{names[0].zh}", *(f"然后是{each.zh}" for each in names[1:-1]), f"最后是{names[-1].zh}"]
        answer = "，".join(steps) + "。"
    return {}, answer, tuple(concept.id for concept in names)


def _background(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    assert scene.background.colour, "asked only where there is one colour"
    colour = word(COLOURS, scene.background.colour, language)
    answer = f"the background is {colour}." if language == "en" else f"背景是{colour}的。"
    return {}, answer, (scene.background.colour,)


def _count(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    concept, number = scene.actors[0].concept, scene.count
    verb = "are" if number > 1 or is_plural(concept) else "is"
    named = f"one {concept.en}" if number == 1 else some(concept, number, "en")
    answer = f"there {verb} {named}." if language == "en" else f"有{some(concept, number, 'zh')}。"
    values = {"plural": plural(concept), "name": concept.zh, "cl": concept.classifier}
    return values, answer, (str(number),)


def _place_made(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    actor = random.choice([each for each in scene.actors if _place(each)])
    place = str(_place(actor))
    where = word(PLACES, place, language)
    the = definite(actor.concept, language)
    it = the if scene.count > 1 else _it(actor, language, random, names_known)
    answer = (
        f"{the} {agreeing(actor.concept, 'is', 'are')} {where}." if language == "en" else f"{the}在{where}。"
    )
    return {"it": it}, answer, (place,)


def _when(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    actor = random.choice(scene.order)
    the, time = definite(actor.concept, language), timestamp(actor.appears)
    answer = (
        f"{the} {agreeing(actor.concept, 'appears', 'appear')} at {time}."
        if language == "en"
        else f"{the}在{time}出现。"
    )
    return {"the": the}, answer, (f"{actor.appears:.2f}",)


def _presence(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    there = random.random() < 0.5
    shown = {concept.id for concept, _ in _contents(scene)}
    kinds = {concept.kind for concept, _ in _contents(scene)}
    others = [each for each in concepts() if each.id not in shown and each.kind not in kinds]
    concept = random.choice([each for each, _ in _contents(scene)] if there else others)
    if language == "en":
        answer = f"yes, the video shows {a(concept)}." if there else f"no, the video shows no {concept.en}."
    else:
        answer = f"有，视频里有{concept.zh}。" if there else f"没有，视频里没有{concept.zh}。"
    return {"a": a(concept), "name": concept.name(language)}, answer, ("yes" if there else "no",)


def _describe(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    if scene.kind == UNCLEAR:
        return {}, UNSURE[LANGUAGES.index(language)], ("unsure",)
    contents = _contents(scene)
    shown = [some(concept, number, language) for concept, number in contents]
    facts = tuple(concept.id for concept, _ in contents)
    before, after = "", ""  # the words for the background
    if colour := scene.background.colour:
        facts = (*facts, colour)
        before = f"{word(COLOURS, colour, 'zh')}背景前"
        after = f" on {indefinite(word(COLOURS, colour, 'en'))} background"
    if scene.kind == "sequence":
        if language == "en":
            steps = [f"first {shown[0]}", *(f"then {each}" for each in shown[1:-1]), f"last {shown[-1]}"]
            return {}, f"{', '.join(steps[:-1])} and {steps[-1]}{after}.", facts
        steps = [f"先出现{shown[0]}", *(f"然后出现{each}" for each in shown[1:-1]), f"最后出现{shown[-1]}"]
        return {}, f"{before}{'，'.join(steps)}。", facts
    if scene.kind == "single" and scene.actors[0].motion != "still":
        predicate = word(MOTIONS, scene.actors[0].motion, language)
        facts = (*facts, scene.actors[0].motion)
        if language == "en":
            concept = scene.actors[0].concept
            verb, where = predicate.split(" ", 1)
            verb = agreeing(concept, verb, verb.removesuffix("s"))
            return {}, f"{opening(concept)} {verb} {where}{after}.", facts
        return {}, f"{before}{'，' if before else ''}{shown[0]}{predicate}。", facts
    listed = joined(shown, language)
    if language == "en":
        single = len(contents) == 1 and contents[0][1] == 1
        verb = agreeing(contents[0][0], "is", "are") if single else "are"
        return {}, f"there {verb} {listed}{after}.", facts
    return {}, f"{before}有{listed}。" if before else f"视频里有{listed}。", facts


def _refuse(scene: Scene, language: str, random: Random, names_known: bool) -> _Made:
    it = _it(scene.actors[0], language, random, names_known and scene.kind == "single")
    return {"it": it}, REFUSALS[LANGUAGES.index(language)], ("refuse",)


_MAKERS: dict[str, Callable[[Scene, str, Random, bool], _Made]] = {
    "name": _name,
    "motion": _motion,
    "first": _first,
    "last": _last,
    "after": _after,
    "order": _order,
    "background": _background,
    "count": _count,
    "place": _place_made,
    "when": _when,
    "presence": _presence,
    "describe": _describe,
    "refuse": _refuse,
}
