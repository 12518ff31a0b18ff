"""Questions about a scene with their right answers, in English and Chinese.

Each question has a *skill* and a *slot*: the facts that an answer must state, so that an answer is scored by
its facts, not by its wording. Phrasings are data (`phrasings.json`), some held out for the test; the answers
are made in answers.py.
"""

import json
from dataclasses import dataclass
from functools import cache
from random import Random

from core.lab.clips.scenes import UNCLEAR, Scene
from core.lab.questions.answers import MAKERS, following, place_word
from core.lab.questions.words import HERE, LANGUAGES

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
PEOPLE = frozenset(  # concepts; others of their kind are parts of people, or imaginary
    [
        *("man", "woman", "boy", "girl", "baby", "old_man", "old_woman", "police_officer", "astronaut"),
        *("firefighter", "doctor", "chef", "farmer", "construction_worker", "mechanic", "teacher"),
        *("graduate", "painter", "detective", "royal_guard", "princess", "prince", "bride", "groom"),
        *("pregnant_woman", "santa_claus", "dancer", "runner", "surfer", "swimmer", "cyclist", "skier"),
        *("snowboarder", "weightlifter", "fencer", "jockey", "rock_climber", "people", "clown", "ninja"),
    ]
)
WITHOUT_PEOPLE = frozenset(["animal", "plant", "food"])  # kinds of things that are photographed by themselves


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


def answerable(scene: Scene) -> list[str]:
    """The skills that this scene has questions for."""
    skills = ["name", "presence", "describe", "refuse"]
    if scene.background.colour:
        skills.append("background")
    if scene.kind == "single":
        skills += ["motion", "count"]
        if scene.actors[0].motion == "still" and place_word(scene.actors[0]):
            skills.append("place")
        if scene.actors[0].appears > 0:
            skills.append("when")
    elif scene.kind == "sequence":
        skills += ["first", "last", "after", "order", "when"]
    elif scene.kind == "several":
        skills += ["count", "motion"]
    elif scene.kind == UNCLEAR:
        skills.remove("presence")
    elif scene.kind == "pair" and any(place_word(actor) for actor in scene.actors):
        skills.append("place")
    return [skill for skill in skills if not (skill == "motion" and scene.from_stills)]


def make_question(
    scene: Scene, skill: str, language: str, random: Random, held_out: bool = False, names_known: bool = True
) -> Question:
    """A question of this skill, which must be `answerable`. With `names_known`, it may use names."""
    maker = MAKERS[skill]
    values, answer, slot = maker(scene, language, random, names_known)
    template = random.choice(phrasings(skill, language, held_out))
    return Question(skill, language, template.format(**values), _sentence(answer), slot)


def small_talk(skill: str, language: str, random: Random) -> Question:
    """One of SMALL_TALK, with its fixed answer."""
    answer = SMALL_TALK_ANSWERS[skill][LANGUAGES.index(language)]
    return Question(skill, language, random.choice(phrasings(skill, language, False)), answer, ())


def about_people(scene: Scene, language: str, random: Random) -> Question | None:
    """Whether a person is in the video; None where that is not known.

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
    """The follow-up "And then?" to a question; None where its answer was the last thing.

    asked: a question of skill "first" or "after".
    """
    named = [actor.concept.id for actor in scene.order].index(asked.slot[0])
    if named + 1 == len(scene.order):
        return None
    _, answer, slot = following(scene, named, asked.language)
    text = random.choice(phrasings("and_then", asked.language, False))
    return Question("after", asked.language, text, _sentence(answer), slot)
