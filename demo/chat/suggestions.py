"""Questions that a visitor may want to ask next.

Before the first answer they suit any clip. After it they are about the thing that the last answer speaks
of, in the language of the conversation, and leave out what was asked already and what the model cannot
tell.
"""

import re
from collections.abc import Collection, Sequence

from core import Turn, common_script, in_script_of, keywords
from demo.page.i18n import LANGUAGES, t

COUNT = 4

# Topic of a followup.* text -> words that show that a question has asked this already.
_TOPICS = {
    "when": ("when", "什么时候", "几秒"),
    "direction": ("way", "direction", "方向", "往哪", "向哪", "朝哪"),
    "colour": ("colo", "颜色"),
    "count": ("how many", "几", "多少"),
    "place": ("where", "位置", "哪里", "哪儿"),
}
_OF_TIME = ("when", "direction")
_ABOUT_VIDEO = [f"starter.{number}" for number in range(1, COUNT + 1)]
_ABOUT_PICTURE = ["starter.picture", "starter.people", "starter.4"]

_NOUN_PHRASE = re.compile(r"\b(?:a|an|the)\s+(?=((?:[a-z-]+[ ]?){1,4}))", re.IGNORECASE)
_NO_PART = frozenset(  # words that end a noun phrase
    "a an and are as at behind but by can comes did does for from goes has in into is it near of on or "  # noqa: SIM905
    "over that then there to was were which while who with".split()
)
_NO_THING = frozenset(  # nouns that nobody asks about, and adjectives that stand alone
    "answer background beginning bottom camera centre clip corner edge end first frame last left middle "  # noqa: SIM905
    "model photo photograph picture question right same scene screen second side start top video way "
    "black blue brown gray green grey orange pink purple red white yellow".split()
)
_NOUNS_IN_ING = frozenset("building ceiling drawing evening morning painting string".split())  # noqa: SIM905
# A name of one letter, which is no keyword: "一只狗", "狗在左边", "狗→" (below).
_SHORT_THING_ZH = re.compile(r"(?:一[^\W\d_]|^(?=[^它][在→]))([㐀-鿿])(?=[，。、和在向往从越出→]|$)")
# Which way something goes; "→" takes its place, because "猫向" and "向右走" are words to jieba.
_WAY_ZH = re.compile("[向往从朝][上下左右前后][^，。]*")
_DENIED = re.compile(r"没有[^，。]*|\b(?:no|not|never)\b[^.,]*", re.IGNORECASE)  # what is not in the clip
_NO_THING_ZH = re.compile(
    r".*色$|^[一左右上下前后]|^越来越|视频|图片|照片|画面|背景|方向|颜色"
    r"|镜头|问题|位置|影语|模型|客气|谢谢|感谢|抱歉|帮助"
)


def suggestions(
    turns: Sequence[Turn],
    lang: str,
    topics: Collection[str],
    first: Sequence[str] = (),
    still: bool = False,
) -> list[str]:
    """At most COUNT questions; `lang` is that of the page, and counts before the first answer.

    They are in the characters that the last question is written in.
    topics: what the model can tell of a thing. first: questions that come before all others.
    still: they are about a single picture, in which nothing moves.
    """
    lang = turns[-1].language if turns else lang
    asked = [_plain(turn.question) for turn in turns]
    named = (thing_in(common_script(turn.answer), lang) for turn in reversed(turns) if turn.language == lang)
    thing = next(filter(None, named), None)
    about: list[str] = []
    if thing is not None:
        known = [topic for topic in _TOPICS if topic in topics and not (still and topic in _OF_TIME)]
        open_topics = [topic for topic in known if not _speaks_of(topic, asked)]
        about = [t(f"followup.{topic}", lang, thing=thing) for topic in open_topics[:2]]
    covered = [topic for topic in _TOPICS if _speaks_of(topic, [*asked, *about])]
    starters = _ABOUT_PICTURE if still else _ABOUT_VIDEO
    general = [
        t(key, lang) for key in starters if not any(_plain(t(key, each)) in asked for each in LANGUAGES)
    ]
    general = [each for each in general if not any(_speaks_of(topic, [each]) for topic in covered)]
    found = [question for question in [*first, *about, *general] if _plain(question) not in asked][:COUNT]
    return [in_script_of(turns[-1].question, question) for question in found] if turns else found


def _plain(question: str) -> str:
    """As somebody types it who is in a hurry."""
    return common_script(question).lower().strip(" ?？!！.。")


def _speaks_of(topic: str, questions: list[str]) -> bool:
    return any(word in question.lower() for word in _TOPICS[topic] for question in questions)


def thing_in(answer: str, lang: str) -> str | None:
    """The first thing that an answer says is there."""
    answer = _DENIED.sub("", answer)
    if lang == "zh":
        answer = _WAY_ZH.sub("→", answer)
        found = [*keywords(answer), *_SHORT_THING_ZH.findall(answer)]
        things = [re.escape(word) for word in found if not _NO_THING_ZH.match(word)]
        together = things and re.search(f"(?:{'|'.join(things)})+", answer)  # 红毛 + 猩猩
        return together[0] if together else None
    for match in _NOUN_PHRASE.finditer(answer):
        words: list[str] = []
        for word in match[1].lower().split():
            if word in _NO_PART or (words and _is_verb(word)):
                break
            words.append(word)
        if words and words[-1] not in _NO_THING:
            return " ".join(words)
    return None


def _is_verb(word: str) -> bool:
    """After "a" or "the", what ends in s is rarely a noun: "the car moves"."""
    if word.endswith("ing"):
        return len(word) > 5 and word not in _NOUNS_IN_ING
    return word.endswith("s") and not word.endswith(("ss", "us", "is"))
