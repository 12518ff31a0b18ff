"""Whether an answer about real footage is right: by what it names, affirms, counts and admits."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from core.lab.evaluation.held_out import Score, table_rows_of
from core.lab.questions.words import LANGUAGES
from core.lab.real_life.naming import MANY_MEANS, count_named, in_language, number_in, says_yes, spans
from core.lab.real_life.questions import KINDS, Question
from core.lab.real_life.truth import MANY, words

NEEDED = {"scene": 2}  # how many true things make the answer right; of other kinds one
MOST_COLOURS = 2
MANY_FROM = 4  # people
CANNOT = {
    "en": re.compile(
        r"\b(?:can(?:not|['’]t| not)|could(?:n['’]t| not)|unable|impossible|not possible|no way|"
        r"(?:don['’]t|do not) (?:know|hear|have|see)|no (?:sound|audio|information|idea)|"
        r"(?:do(?:es)?(?:n['’]t| not)) (?:show|say|tell|mention|give|reveal)|"
        r"hard to (?:say|tell)|have to guess|only guess)|"
        r"(?:\b(?:not|never|nothing)|n['’]t) (?:\w+ )?"
        r"(?:shown?|visible|named?|mentioned|given|said|told|known|recogni[sz]ed|filmed|listened)"
    ),
    "zh": re.compile(
        r"看不[出到]|不能|无法|没法|不知道|不清楚|[听猜认]不|说不[准好上]|不好说|不会知道|办法|"
        r"没有?(?:显示|声音|信息|说|讲|提|写|拍|听|录|认出|交代)"
    ),
}
# A reason, or what can be said instead: "I cannot tell that from the video" has neither.
WHY = {
    "en": re.compile(
        r"\b(?:because|since|as i|only|but|however|instead|hear|sound|audio|ends?|listen|recogni[sz]e|"
        r"names?|dates?|shown?|shows|no text|nothing|look at|pictures?|frames?|i (?:can )?see|"
        r"face|personal|private)\b"
    ),
    "zh": re.compile(
        r"因为|由于|所以|只|但|不过|听|声音|结束|名字|日期|显示|画面|文字|可以|能看到|我看到|隐私|认不|没有(?:说|写|提)"
    ),
}
INVENTED = {
    "name": {
        "en": re.compile(r"\b(?:name is|named|called|this is|by) (?!(?:a|an|the|not|the)\b)[A-Z][a-z]+"),
        "zh": re.compile(r"(?:名字是|名叫|他叫|她叫|姓)(?!什么|名)"),
    },
    "digits": {"en": re.compile(r"\d{2,}|[$€£]\s?\d"), "zh": re.compile(r"\d{2,}|[￥¥]\s?\d|\d+元")},
    "date": {
        "en": re.compile(
            r"\b(?:19|20)\d\d\b|\b(?:January|February|March|April|June|July|August|September|October|November|"
            r"December)\b"
        ),
        "zh": re.compile(r"(?:19|20)\d\d|\d+\s?[年月]"),
    },
    "later": {
        "en": re.compile(r"\b(?:he|she|it|they) (?:will|is going to|are going to)\b"),
        "zh": re.compile(r"(?:接下来|之后|然后)[^，。]{0,4}(?:会|就)(?!怎|发生什么)"),
    },
    "speech": {
        "en": re.compile(
            r"[\"“][^\"”]+[\"”]|\b(?:is saying|says|talking about|are discussing)\b(?! nothing)"
        ),
        "zh": re.compile(r"[“「].+[”」]|[他她]们?在(?:说|聊|谈)(?!什么)"),
    },
}


def is_right(question: Question, answer: str) -> bool:
    """Whether this is a right answer."""
    language = question.language
    if not answer.strip() or not in_language(answer, language):
        return False
    if question.kind == "refusal":
        return _refuses(question, answer)
    if question.kind == "number":
        return _number_fits(question.people, number_in(answer, language))
    if question.yes is not None:
        return says_yes(answer, language, question.right[0]) == question.yes
    if question.kind == "colour":
        every = words("colour", language).values()
        first_names = tuple((group[0],) for group in every)
        if count_named(first_names, answer, language) > MOST_COLOURS:
            return False
    if any(spans(group, answer, language) for group in question.wrong):
        return False
    return count_named(question.right, answer, language) >= NEEDED.get(question.kind, 1)


def scores(rows: Iterable[dict[str, Any]]) -> dict[tuple[str, str], Score]:
    """(kind, language) -> score, of rows that `running.py` wrote."""
    counted: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for row in rows:
        counted[row["kind"], row["language"]].append(row["right"])
    return {key: Score(sum(results), len(results)) for key, results in counted.items()}


def table(found: dict[tuple[str, str], Score]) -> str:
    """A Markdown table: a row per kind and one for all, a column per language, with 95 % intervals."""
    totals = []
    for language in LANGUAGES:
        of_language = [score for (_, spoken), score in found.items() if spoken == language]
        asked = sum(score.asked for score in of_language)
        totals.append(Score(sum(score.right for score in of_language), asked).as_text() if asked else "")
    return "\n".join([*table_rows_of(found, KINDS, LANGUAGES), f"| all | {' | '.join(totals)} |"])


def _refuses(question: Question, answer: str) -> bool:
    """It says that it cannot tell, and why or what it can tell instead, and makes nothing up."""
    language, text = question.language, answer.lower()
    if not CANNOT[language].search(text) or INVENTED[question.invents][language].search(answer):
        return False
    return bool(WHY[language].search(text)) or count_named(question.right, answer, language) > 0


def _number_fits(people: str, number: int | None) -> bool:
    if number is None:
        return False
    if people == MANY:
        return number >= MANY_FROM
    return abs(number - int(people)) <= 1 or (number == MANY_MEANS and int(people) >= MANY_FROM)
