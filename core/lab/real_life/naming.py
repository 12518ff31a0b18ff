"""What an answer names, affirms and counts: "no dog" and 没有狗 do not name a dog."""

import re
from functools import cache

from core.lab.questions.words import table_rows
from core.lab.real_life.footage import TABLES
from core.lab.real_life.truth import Names

Span = tuple[int, int]
HAN = re.compile(r"[\u3400-\u9fff]")
NEGATIONS = {
    "en": re.compile(r"\b(?:no|not|never|none|nobody|without|neither|nor|cannot|\w+n['’]t)\b"),
    "zh": re.compile(r"没有?|无法|不是|并非|不存在|看不[到见出]|不见|未"),
}
CLAUSES = {
    "en": re.compile(r"[.;:!?,]\s|\bbut\b|\bonly\b|\binstead\b"),
    "zh": re.compile(r"[，。；！？：,]|但|而是|只有|只"),
}
YES = {
    "en": re.compile(r"(?:yes|yeah|yep|sure|indeed)\b"),
    "zh": re.compile(r"(?:有|有的|是|是的|对|能|嗯)(?=[，。！,!]|$)"),  # 有一只猫 says nothing about a dog
}
NO = {
    "en": re.compile(r"(?:no|nope|nobody|none|nothing|not)\b"),
    "zh": re.compile(r"(?:没|不|无|看不到|未)"),
}
_COUNTS = {  # the words for 0, 1, 2, ...
    "en": "no|nobody|no one|none|zero;one|a person|a man|a woman|a single|someone|a boy|a girl;"
    "two|a couple|both;three;four;five;six;seven;eight;nine;ten",
    "zh": "没有|没人|无人|零;一个|一位|一名|一人;两|二|俩;三;四;五;六;七;八;九;十",
}
NUMBERS = {
    language: {word: number for number, group in enumerate(counts.split(";")) for word in group.split("|")}
    for language, counts in _COUNTS.items()
}
MANY = {
    "en": re.compile(r"\b(?:many|several|lots?|group|crowd|dozens?|various|multiple|some people)\b"),
    "zh": re.compile(r"很多|许多|好几|多个|多人|一群|人群|不少|几个人|一些人"),
}
MANY_MEANS = 6  # people: what "many" stands for where a number is compared with it


def spans(names: Names, answer: str, language: str) -> list[Span]:
    """Where the answer says that one of the names is there."""
    text = answer.lower()
    found = []
    for name in names:
        for match in re.finditer(_pattern(name.lower(), language), text):
            hidden = any(
                start <= match.start() and match.end() <= end and end - start > len(match.group())
                for start, end in _longer(name.lower(), names, text, language)
            )
            if not hidden and not _negated(text, match.start(), language):
                found.append(match.span())
    return found


def count_named(groups: tuple[Names, ...], answer: str, language: str) -> int:
    """How many of the groups are named; one word of the answer counts for one of them only."""
    found = sorted((spans(group, answer, language) for group in groups), key=len)
    used: set[Span] = set()
    for places in found:
        free = next((place for place in places if place not in used), None)
        if free is not None:
            used.add(free)
    return len(used)


def says_yes(answer: str, language: str, names: Names) -> bool | None:
    """Whether the answer says yes; None where it says neither. `names`: of what was asked about."""
    text = answer.lower().strip()
    if YES[language].match(text):
        return True
    if NO[language].match(text):
        return False
    if spans(names, answer, language):
        return True
    mentioned = any(re.search(_pattern(name.lower(), language), text) for name in names)
    return False if mentioned or NEGATIONS[language].search(text) else None


def number_in(answer: str, language: str) -> int | None:
    """The first number that the answer says; MANY_MEANS for many."""
    text = re.sub(r"\d+:\d\d", " ", answer.lower())  # times are no numbers of things
    text = re.sub(r"^(?:yes|no)[,.]\s*", "", text)
    found = [(match.start(), int(match.group())) for match in re.finditer(r"\d+", text)]
    for word, number in NUMBERS[language].items():
        pattern = rf"\b{word}\b" if language == "en" else word
        found += [(match.start(), number) for match in re.finditer(pattern, text)]
    found += [(match.start(), MANY_MEANS) for match in MANY[language].finditer(text)]
    return min(found)[1] if found else None


def in_language(answer: str, language: str) -> bool:
    """Whether the answer is in the language that was asked in; numbers are in both."""
    if not re.search(r"[^\W\d_]", answer):
        return True
    return bool(HAN.search(answer)) == (language == "zh")


def _pattern(name: str, language: str) -> str:
    if language == "zh":
        return re.escape(name)
    plural = re.escape(name[:-1]) + "(?:y|ies)" if name.endswith("y") else re.escape(name) + "(?:e?s)?"
    return rf"(?<![\w-]){plural}(?!\w)"


def _negated(text: str, at: int, language: str) -> bool:
    begins = max((match.end() for match in CLAUSES[language].finditer(text[:at])), default=0)
    return bool(NEGATIONS[language].search(text[begins:at]))


def _longer(name: str, names: Names, text: str, language: str) -> list[Span]:
    """Where longer words stand that hold the name and mean something else: 马 is no horse in 马路."""
    known = [each for each in _traps(language) if name in each and each not in names]
    return [match.span() for each in known for match in re.finditer(re.escape(each), text)]


@cache
def _traps(language: str) -> tuple[str, ...]:
    rows = table_rows(TABLES / "traps.tsv")
    return tuple(word for row in rows if row["language"] == language for word in row["words"].split(";"))
