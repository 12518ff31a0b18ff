"""Answers about a scene: what each skill fills into a question, the right answer, and its facts.

Every maker takes (scene, language, random, names_known) and returns the values for the question's template,
the answer before capitalisation, and the slot of `Question`. There is one plain form of answer per skill and
language.
"""

from collections.abc import Callable
from random import Random

from core.dialogue.prompt import timestamp
from core.lab.clips.actors import Actor
from core.lab.clips.scenes import UNCLEAR, Scene, place_of
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
    KINDS,
    LANGUAGES,
    MOTIONS,
    PLACES,
    Concept,
    concepts,
    word,
)

UNSURE = ("I am not sure what this is.", "我不确定这是什么。")
REFUSALS = ("I cannot tell that from the video.", "从视频里看不出来。")

Made = tuple[dict[str, str], str, tuple[str, ...]]  # template values, answer, slot


def _contents(scene: Scene) -> list[tuple[Concept, int]]:
    """What the scene shows, in order of appearance, with how many of each."""
    if scene.kind == "several":
        return [(scene.actors[0].concept, scene.count)]
    return [(actor.concept, 1) for actor in scene.order]


def place_word(actor: Actor) -> str | None:
    """The key of PLACES for where an actor begins, or None where that is ambiguous."""
    return place_of(*actor.start)


def _it(actor: Actor, language: str, random: Random, names_known: bool) -> str:
    if names_known and random.random() < 0.5:
        return definite(actor.concept, language)
    return "it" if language == "en" else "它"


def _name(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    if scene.kind == UNCLEAR:
        return {"kind": _kind([], language)}, UNSURE[LANGUAGES.index(language)], ("unsure",)
    contents = _contents(scene)
    kind = _kind([concept for concept, _ in contents], language)
    listed = joined([some(concept, number, language) for concept, number in contents], language)
    answer = f"the video shows {listed}." if language == "en" else f"视频里有{listed}。"
    return {"kind": kind}, answer, tuple(sorted(concept.id for concept, _ in contents))


def _kind(shown: list[Concept], language: str) -> str:
    """The common kind of these, as "animal", or "thing" where they are of several kinds."""
    kinds = {KINDS.get(concept.kind, ANY_KIND) for concept in shown}
    return (kinds.pop() if len(kinds) == 1 else ANY_KIND)[LANGUAGES.index(language)]


def _motion(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    actor = scene.actors[0]
    predicate = word(MOTIONS, actor.motion, language)
    answer = f"it {predicate}." if language == "en" else f"它{predicate}。"
    if scene.count > 1:
        answer = "they do not move." if language == "en" else "它们没有移动。"
    return {"it": _it(actor, language, random, names_known and scene.count == 1)}, answer, (actor.motion,)


def _first(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    return _at_the_end(scene.order[0].concept, "first", "最先", language)


def _last(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    return _at_the_end(scene.order[-1].concept, "last", "最后", language)


def _at_the_end(concept: Concept, en: str, zh: str, language: str) -> Made:
    english = f"{opening(concept)} {agreeing(concept, 'comes', 'come')} {en}."
    return {}, english if language == "en" else f"{zh}出现的是{concept.zh}。", (concept.id,)


def _after(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    return following(scene, random.randrange(len(scene.order) - 1), language)


def following(scene: Scene, index: int, language: str) -> Made:
    """What comes after the thing with this index in order of appearance."""
    before, after = scene.order[index].concept, scene.order[index + 1].concept
    the = definite(before, language)
    answer = (
        f"{opening(after)} {agreeing(after, 'comes', 'come')} after {the}."
        if language == "en"
        else f"{the}之后出现的是{after.zh}。"
    )
    return {"the": the}, answer, (after.id,)


def _order(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    names = [actor.concept for actor in scene.order]
    if language == "en":
        steps = [f"first {a(names[0])}", *(f"then {a(each)}" for each in names[1:-1]), f"last {a(names[-1])}"]
        answer = ", ".join(steps[:-1]) + f" and {steps[-1]}."
    else:
        steps = [f"先是{names[0].zh}", *(f"然后是{each.zh}" for each in names[1:-1]), f"最后是{names[-1].zh}"]
        answer = "，".join(steps) + "。"
    return {}, answer, tuple(concept.id for concept in names)


def _background(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    assert scene.background.colour, "asked only where there is one colour"
    colour = word(COLOURS, scene.background.colour, language)
    answer = f"the background is {colour}." if language == "en" else f"背景是{colour}的。"
    return {}, answer, (scene.background.colour,)


def _count(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    concept, number = scene.actors[0].concept, scene.count
    verb = "are" if number > 1 or is_plural(concept) else "is"
    named = f"one {concept.en}" if number == 1 else some(concept, number, "en")
    answer = f"there {verb} {named}." if language == "en" else f"有{some(concept, number, 'zh')}。"
    values = {"plural": plural(concept), "name": concept.zh, "cl": concept.classifier}
    return values, answer, (str(number),)


def _place(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    actor = random.choice([each for each in scene.actors if place_word(each)])
    place = str(place_word(actor))
    where = word(PLACES, place, language)
    the = definite(actor.concept, language)
    it = the if scene.count > 1 else _it(actor, language, random, names_known)
    answer = (
        f"{the} {agreeing(actor.concept, 'is', 'are')} {where}." if language == "en" else f"{the}在{where}。"
    )
    return {"it": it}, answer, (place,)


def _when(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    actor = random.choice(scene.order)
    the, time = definite(actor.concept, language), timestamp(actor.appears)
    answer = (
        f"{the} {agreeing(actor.concept, 'appears', 'appear')} at {time}."
        if language == "en"
        else f"{the}在{time}出现。"
    )
    return {"the": the}, answer, (f"{actor.appears:.2f}",)


def _presence(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
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


def _describe(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
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


def _refuse(scene: Scene, language: str, random: Random, names_known: bool) -> Made:
    it = _it(scene.actors[0], language, random, names_known and scene.kind == "single")
    return {"it": it}, REFUSALS[LANGUAGES.index(language)], ("refuse",)


MAKERS: dict[str, Callable[[Scene, str, Random, bool], Made]] = {
    "name": _name,
    "motion": _motion,
    "first": _first,
    "last": _last,
    "after": _after,
    "order": _order,
    "background": _background,
    "count": _count,
    "place": _place,
    "when": _when,
    "presence": _presence,
    "describe": _describe,
    "refuse": _refuse,
}
