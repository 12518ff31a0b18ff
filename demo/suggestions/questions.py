"""Questions that a visitor may want to ask next.

They follow what can be answered: from the pictures, from what is said, from what is written. After an answer
they are about the thing that it speaks of, in the language of the conversation, and leave out what was asked
already, in whatever words, and what the model cannot tell.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from core import Turn, common_script, in_script, script_of
from demo.page.i18n import t
from demo.suggestions.things import thing_in, topics_of

COUNT = 4
TO_START = 3  # beside a summary

# Topic -> words that show that a question has asked this already.
_ASKED = {
    "when": ("when", "什么时候", "几秒"),
    "direction": ("way", "direction", "方向", "往哪", "向哪", "朝哪"),
    "colour": ("colo", "颜色"),
    "count": ("how many", "几", "多少"),
    "place": ("where", "位置", "哪里", "哪儿"),
    "what": ("what is in", "what's in", "what (?:do|can) you see", "有什么", "看[到见]什么"),
    "people": ("anybody", "anyone", "somebody", "someone", "person", "people", "人吗", "有没有人", "谁"),
    "order": ("comes first", "comes last", "最先"),
    "summary": ("sum up", "summar", "总结", "概括"),
    "ending": ("at the end", "最后说", "结尾"),
    "compare": ("different", "difference", "不同", "区别"),
}
# A question about what is said or written; the first one about it asks for all of it.
_SAID = ("say", "said", "speak", "spoke", "talk", "hear", "voice", "speech", "说", "讲", "谈", "听")
_WRITTEN = ("written", "write", "text", "read", "sign", "slide", "subtitle", "写", "字", "幻灯片")
_SOUND = {"heard", "subtitles"}
# Text of a question -> its topic. What is asked before the first answer, in this order.
_ABOUT_VIDEO = {"starter.1": "what", "starter.people": "people", "starter.3": "order", "starter.4": "colour"}
_ABOUT_PICTURE = {"starter.picture": "what", "starter.people": "people", "starter.4": "colour"}
_OF_THING = ("when", "direction", "colour", "count", "place")
_MORE_SAID = {"starter.summary": "summary", "starter.ending": "ending"}
_OTHERS = ("starter.said", "starter.written", "starter.compare")
_STARTERS = {*_OTHERS, *_ABOUT_VIDEO, *_ABOUT_PICTURE, *_MORE_SAID}


@dataclass(frozen=True)
class Subjects:
    """What can be asked about.

    topics: what the model can tell of a thing. sources: of the clip's lines. seen: names of what the model
    recognised in the pictures. still: it is a single picture, in which nothing moves. compared: with another
    clip. summary: what the model has said of it unasked.
    """

    topics: Collection[str]
    sources: Collection[str] = ()
    seen: Collection[str] = ()
    still: bool = False
    compared: bool = False
    summary: str = ""


def suggestions(turns: Sequence[Turn], lang: str, subjects: Subjects) -> list[str]:
    """At most COUNT questions; `lang` is that of the page, and counts before the first answer.

    They are in the characters that the conversation is written in.
    """
    lang = turns[-1].language if turns else lang
    asked = [_plain(turn.question) for turn in turns]
    lines, things = _of_lines(subjects, asked), _of_thing(turns, lang, subjects, asked)
    general = _ABOUT_PICTURE if subjects.still else _ABOUT_VIDEO
    wanted = [
        *({"starter.compare": "compare"}.items() if subjects.compared else ()),
        *([*things, *lines] if turns and not _about_lines(turns[-1]) else [*lines, *things]),
        *general.items(),
    ]
    covered = {topic for topic, words in _ASKED.items() if _any_in(words, *asked)}
    covered |= {"what"} if subjects.summary else set()
    found: list[str] = []
    for question, topic in wanted:
        text = t(question, lang) if question in _STARTERS else question
        if topic not in covered and _plain(text) not in asked:
            covered.add(topic)
            found.append(text)
    if not turns:
        return found[: TO_START if subjects.summary else COUNT]
    said = (text for turn in reversed(turns) for text in (turn.question, turn.answer))
    script = script_of(said)
    return [in_script(each, script) for each in found[:COUNT]]


def _of_lines(subjects: Subjects, asked: Sequence[str]) -> list[tuple[str, str]]:
    """About what is said and written in the clip."""
    found: list[tuple[str, str]] = []
    if _SOUND & {*subjects.sources}:
        found += _MORE_SAID.items() if _any_in(_SAID, *asked) else [("starter.said", "said")]
    if "read" in subjects.sources and not _any_in(_WRITTEN, *asked):
        found.append(("starter.written", "written"))
    return found


def _of_thing(
    turns: Sequence[Turn], lang: str, subjects: Subjects, asked: Sequence[str]
) -> list[tuple[str, str]]:
    """Two questions about what the latest answer about the pictures speaks of, or else the summary."""
    said = [turn.answer for turn in reversed(turns) if turn.language == lang and not _about_lines(turn)]
    for answer in [*map(common_script, said), subjects.summary]:
        thing = thing_in(answer, lang)
        if thing is not None and _is_seen(thing, subjects):
            sensible = topics_of(thing, answer, lang) - ({"when", "direction"} if subjects.still else set())
            known = [topic for topic in _OF_THING if topic in sensible and topic in subjects.topics]
            open_topics = [topic for topic in known if not _any_in(_ASKED[topic], *asked)]
            return [(t(f"followup.{topic}", lang, thing=thing), topic) for topic in open_topics[:2]]
    return []


def _is_seen(thing: str, subjects: Subjects) -> bool:
    """Whether it is in the pictures: where there are lines, an answer may speak of what they tell."""
    return not (subjects.sources and subjects.seen) or any(name in thing for name in subjects.seen)


def _about_lines(turn: Turn) -> bool:
    return _any_in((*_SAID, *_WRITTEN), _plain(turn.question))


def _plain(question: str) -> str:
    """As somebody types it who is in a hurry."""
    return common_script(question).lower().strip(" ?？!！.。")


def _any_in(words: Collection[str], *questions: str) -> bool:
    """Whether a question has one of the words, or an English one that begins with it."""
    beginnings = re.compile("|".join(rf"\b{word}" if word.isascii() else word for word in words))
    return any(beginnings.search(question.lower()) for question in questions)
