"""Answers that are broken whatever the clip shows: what no rule about right and wrong would forgive.

A find is a suspicion with its reason, for a person to read. Where a rule would have to guess, it is silent.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.lab.questions.words import concepts
from core.language.detection import detect
from core.language.script import common_script, is_traditional, traditional

HAN = r"\u3400-\u9fff"
ENDS = re.compile(r"[.!?。！？…~～)）\"”』」:：]\s*$|[\U0001F300-\U0001FAFF]\s*$")
SHORT = 24  # characters: "Paris" and 有一只猫 need no full stop
HAN_COUNTS = 3  # a Chinese character takes as much of a sentence as three Latin ones
COLOUR_ASKED = re.compile(r"\bcolou?rs?\b|颜色|顏色|什么色|啥色|何色", re.I)
COLOUR_NAMED = re.compile(
    r"\b(?:red|orange|yellow|green|blue|purple|violet|pink|brown|black|white|gr[ae]y|silver|gold(?:en)?|beige|tan|"
    r"cream|maroon|crimson|turquoise|teal|cyan|magenta|navy|ivory|dark|light|bright|blond|colou?rful|colou?rless|"
    r"transparent|lavender|indigo|olive|peach|scarlet|khaki|bronze|copper)\w*"
    r"|[红橙黄绿青蓝紫粉棕褐黑白灰银紅黃綠藍銀]|金|彩|咖啡色|米色|肤色|橘|透明|色调|[浅深]色",
    re.I,
)
REFUSES = re.compile(
    r"\b(?:cannot|can['’]?t|could not|couldn['’]t|don['’]?t|do not|not|no|none|unable|sorry)\b"
    r"|没|不|無|无|抱歉|看不",
    re.I,
)
TIMES = re.compile(r"\d:\d{3,}|\d:\d\d:\d{3,}|(?:\d+:\d\d){2,}")
PIECES = re.compile(r"\ufffd|[ĠĊ▁]|<0x[0-9A-F]{2}>|##\w|Ã.|â€|[A-Za-z]-\s*$")
# "noboard": two words, or the halves of two, grown together after "no".
GLUED = re.compile(
    r"\b(?:is|are|shows?|see) no(?!body\b|ne\b|thing\b|w\b|t\b|t[ei]|r|o|se|is|de|vel|bl|wh|men)[a-z]{3,}"
)
LONE_LETTER = re.compile(r"(?<![\w'’.\-/])[b-hj-z](?![\w'’.\-/])")
MARKUP = re.compile(
    r"```|</?[a-z][a-z0-9]*(?: [^>]*)?/?>|\{\s*\"|\"\s*:\s*[\[{\"]|\[\{|\*\*|^\s*#{1,6} |\|\s*-{3}|\\[nu\"]",
    re.M,
)
TEMPLATE = re.compile(
    r"<\||\|>|\[/?INST\]|<(?:s|/s|image|video|unk|pad|eos|bos)>|\b(?:Seen|Human|User|Question|Answer)\s*[:：]"
    r"|\b(?:assistant|user|system)\s*(?:[:：\n]|$)|^\s*(?:assistant|user|system)\b|(?:问|答|看到)：",
    re.I,
)
ASKS_WHO = re.compile(r"\bwho\b|\bname\b|\bwhos\b|谁|誰|名字|叫什么|叫啥|姓什么", re.I)
GIVES_NAME = re.compile(
    r"\b(?:[Nn]ame is|named|called|[Tt]his is|[Tt]hat is|[Ii]t is|[Hh]e is|[Ss]he is|Mr\.?|Mrs\.?|Ms\.?) "
    r"([A-Z][a-z]+(?: [A-Z][a-z]+)*)"
    rf"|(?:名字是|名叫|名字叫|他叫|她叫|姓)([{HAN}A-Z][{HAN}\w·]{{1,3}})"
)
OWN_NAMES = {"reeltalk", "compact", "影语"}
OTHER_LANGUAGE = re.compile(r"\b(?:chinese|mandarin|english|translat\w*)\b|中文|英文|英语|翻译|汉语", re.I)
LATIN_IN_CHINESE = re.compile(r"[A-Za-z]{3,}")
LATIN_ALLOWED = {"reeltalk", "compact", "logo", "app", "usb", "mp4", "video"}
COUNTED = {
    "en": re.compile(
        r"\b(?:an?|one|two|three|four|five|six|another) ([a-z][a-z-]*(?: [a-z-]+){0,2}?)"
        r"(?=,| and\b|\.|;|$| then\b)"
    ),
    "zh": re.compile(rf"[一两二三四五六七八九十][{HAN}]([{HAN}]+?)(?=[、，和与及。；]|$)"),
}
# Measure words that go with few nouns: 棵 is for plants, and 一棵房子 is no Chinese.
STRICT_MEASURES = frozenset("棵匹辆位朵艘本架")
MEASURED = re.compile(rf"[一两二三四五六七八九十]([{''.join(sorted(STRICT_MEASURES))}])([{HAN}]+)")
# Simplified characters that traditional texts have as well, with a meaning of their own.
BOTH_SCRIPTS = frozenset("台里只面后云松几干才表谷斗丑范向折征准志制致钟党吃群床线咸采占杰沾唇峰秘污")
DOUBLE_WORD = re.compile(r"\b([a-z]+) \1\b", re.I)
SOUND_DOUBLES = {"very", "bye", "had", "that", "ha", "so", "really", "no", "yes", "far", "tuk"}
AGAIN = {
    "en": re.compile(r"\b(\w[\w ,']{0,60}?)(?:[ ,.;]+\1\b){2,}", re.I),
    "zh": re.compile(r"([^\s0-9.…。！？哈呵嘿]{1,20}?)\1{2,}"),
}


@dataclass(frozen=True)
class Row:
    """A question and its answer."""

    question: str
    answer: str
    cut: bool = False  # it was as long as an answer may be

    @classmethod
    def of(cls, line: Any) -> "Row":
        """Of one line of a file of answers: an object, or a list [clip, question, answer, ...]."""
        if isinstance(line, list):
            return cls(str(line[1]), str(line[2]))
        return cls(str(line["question"]), str(line.get("answer") or ""), bool(line.get("cut")))


@dataclass(frozen=True)
class Find:
    kind: str
    what: str  # the part of the answer that is suspicious


def finds(row: Row) -> list[Find]:
    """Everything that is broken about an answer."""
    if not row.answer.strip():
        return [Find("empty", "")]
    language = "zh" if detect(row.question) == "zh" else "en"
    return list(_finds(row, language))


def _finds(row: Row, language: str) -> Iterator[Find]:
    answer = row.answer
    for kind, pattern in (
        ("doubled time", TIMES),
        ("half word", PIECES),
        ("markup", MARKUP),
        ("template", TEMPLATE),
    ):
        if match := pattern.search(answer):
            yield Find(kind, match.group())
    if language == "en" and (match := LONE_LETTER.search(answer) or GLUED.search(answer)):
        yield Find("half word", match.group())
    if COLOUR_ASKED.search(row.question) and not (COLOUR_NAMED.search(answer) or REFUSES.search(answer)):
        yield Find("no colour", answer)
    if twice := _named_twice(answer, language):
        yield Find("named twice", twice)
    if measure := _wrong_measure(common_script(answer)):
        yield Find("measure word", measure)
    if again := _repetition(answer):
        yield Find("repetition", again)
    if foreign := _wrong_language(row, language):
        yield Find("wrong language", foreign)
    if script := _wrong_script(row):
        yield Find("wrong script", script)
    if row.cut or (_length(answer) > SHORT and not ENDS.search(answer)):
        yield Find("unfinished", answer[-12:])
    if name := _invented_name(row):
        yield Find("invented name", name)
    if _echoes(row):
        yield Find("echo", answer)


def _named_twice(answer: str, language: str) -> str | None:
    """A thing that one list has twice: "a cat, a dog and a cat"."""
    for sentence in re.split(r"[.!?。！？;；]", answer):
        listed = COUNTED[language].findall(sentence.lower() if language == "en" else sentence)
        bare = [part.strip() for part in re.split(r",|、|\band\b|和", sentence.lower())]
        for names in (listed, [part for part in bare if part]):
            name, times = next(iter(Counter(names).most_common(1)), ("", 0))
            if times > 1:
                return str(name)
    return None


def _wrong_measure(answer: str) -> str | None:
    """A thing with the measure word of others; only of things whose own measure word is known."""
    for match in MEASURED.finditer(answer):
        measure, noun = match.groups()
        known = [name for name in _measures() if noun.startswith(name)]
        if known and measure not in _measures()[max(known, key=len)]:
            return match.group(0)[: 2 + len(max(known, key=len))]
    return None


@cache
def _measures() -> dict[str, set[str]]:
    """Chinese name of a thing -> its measure words."""
    measures: dict[str, set[str]] = {}
    for concept in concepts():
        measures.setdefault(concept.zh, set()).add(concept.classifier)
    return measures


def _repetition(answer: str) -> str | None:
    for pattern in AGAIN.values():
        if match := pattern.search(answer):
            return match.group()
    for match in DOUBLE_WORD.finditer(answer):
        if match.group(1).lower() not in SOUND_DOUBLES:
            return match.group()
    sentences = [part.strip() for part in re.split(r"[.!?。！？\n]", answer) if len(part.strip()) > 3]
    sentence, times = next(iter(Counter(sentences).most_common(1)), ("", 0))
    return sentence if times > 1 else None


def _wrong_language(row: Row, language: str) -> str | None:
    """An answer in the other language, or one with words of it inside."""
    if OTHER_LANGUAGE.search(row.question):
        return None
    han = re.findall(rf"[{HAN}]+", row.answer)
    if language == "en":
        quoted = set(re.findall(rf"[{HAN}]+", row.question)) | OWN_NAMES
        return next((part for part in han if part not in quoted), None)
    latin = LATIN_IN_CHINESE.findall(row.answer)
    known = LATIN_ALLOWED | {word.lower() for word in LATIN_IN_CHINESE.findall(row.question)}
    strange = [word for word in latin if word.lower() not in known]
    if not han and not latin:
        return None  # only numbers
    return strange[0] if strange else None


def _wrong_script(row: Row) -> str | None:
    """Simplified characters among traditional ones."""
    if not is_traditional(row.answer) or OTHER_LANGUAGE.search(row.question):
        return None
    simplified = [c for c in row.answer if common_script(c) == c != traditional(c) and c not in BOTH_SCRIPTS]
    return simplified[0] if simplified else None


def _invented_name(row: Row) -> str | None:
    """A name in answer to a question who somebody is: no clip tells it, but subtitles may."""
    if not ASKS_WHO.search(row.question):
        return None
    for match in GIVES_NAME.finditer(row.answer):
        name = match.group(1) or match.group(2)
        if name.lower() not in OWN_NAMES and not re.match(r"什么|谁|啥", name):
            return match.group()
    return None


def _echoes(row: Row) -> bool:
    asked, said = (re.sub(r"[\W_]+", "", text).lower() for text in (row.question, row.answer))
    greeting = _length(row.question) <= 8  # hi and 你好 are well answered by themselves
    return bool(asked) and not greeting and said == asked


def _length(text: str) -> int:
    return len(text) + (HAN_COUNTS - 1) * len(re.findall(rf"[{HAN}]", text))
