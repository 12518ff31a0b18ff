"""Which questions are asked about a scene, and how they are typed."""

from dataclasses import replace
from random import Random

from core.lab.clips.scenes import Scene
from core.lab.questions.questions import (
    SKILLS,
    SMALL_TALK,
    Question,
    about_people,
    and_then,
    answerable,
    make_question,
    small_talk,
)
from core.lab.questions.wording import careless, in_language
from core.lab.questions.words import LANGUAGES

# How often a skill is asked, relative to the others; harder ones more.
WEIGHTS = {
    "name": 3.5,
    "motion": 3.5,
    "first": 1.8,
    "last": 1.8,
    "after": 2.5,
    "order": 2.0,
    "background": 1.8,
    "count": 2.5,
    "place": 3.5,
    "when": 2.5,
    "presence": 1.5,
    "describe": 3.0,
    "refuse": 3.5,  # it has by far the most phrasings
}
TWO_PLACES = 2.5  # factor on "place" for two things in different places, which needs two lookups
OBVIOUS = 0.35  # factor where the answer is the commonest one: it does not move, there is one


def sample_questions(
    scene: Scene, random: Random, turns: int, dialogue: bool, skills: tuple[str, ...] = SKILLS
) -> list[Question]:
    """Different questions about one scene, of these skills, mostly in one language."""
    pool = {skill: WEIGHTS[skill] for skill in answerable(scene) if skill in skills}
    for skill, obvious in (("motion", scene.actors[0].motion == "still"), ("count", scene.count == 1)):
        if skill in pool and obvious:
            pool[skill] *= OBVIOUS
    if scene.kind == "pair" and "place" in pool:
        pool["place"] *= TWO_PLACES
    language = random.choice(LANGUAGES)
    questions: list[Question] = []
    while len(questions) < turns and pool:
        skill = random.choices(list(pool), list(pool.values()))[0]
        if dialogue or random.random() < 0.5:
            del pool[skill]
        if random.random() < (0.1 if dialogue else 0.5):
            language = random.choice(LANGUAGES)
        questions.append(_ask(scene, skill, language, random))
        if dialogue and skill in ("first", "after") and random.random() < 0.5:
            while further := and_then(scene, questions[-1], random):
                questions.append(replace(further, text=careless(further.text, further.language, random)))
    people = "presence" in skills and random.random() < 0.12
    if people and (asked := about_people(scene, language, random)):
        text = careless(asked.text, language, random)
        questions.insert(random.randrange(len(questions) + 1), replace(asked, text=text))
    if random.random() < 0.1:
        questions.insert(
            random.randrange(len(questions) + 1), small_talk(random.choice(SMALL_TALK), language, random)
        )
    return questions


def _ask(scene: Scene, skill: str, language: str, random: Random) -> Question:
    state = random.getstate()
    question = make_question(scene, skill, language, random)
    if random.random() < 0.06:
        other = LANGUAGES[1 - LANGUAGES.index(language)]
        after = random.getstate()
        random.setstate(state)  # the same choices, in the other language
        question = in_language(question, make_question(scene, skill, other, random))
        random.setstate(after)
        return question
    text = careless(question.text, language, random)
    return Question(question.skill, language, text, question.answer, question.slot)
