"""Multiple choice: how the question is put, and which letter an answer states.

The parser never guesses. A letter counts only where the answer claims it: "B", "B. a cat", "it is a cat (B)",
"the answer is B", "选B". An answer that claims none, several, or one that is not there states nothing. The
text of a candidate without its letter is no letter.
"""

import re
import unicodedata
from collections.abc import Sequence

from core.language.detection import detect

LETTERS = "ABCDEFGHIJ"

_INSTRUCTION = {
    "en": "Answer with the letter of the right option only.",
    "zh": "请只回答正确选项的字母。",
}

# Python's \b sees no boundary between a Latin letter and a Chinese character.
_FREE = r"(?<![A-Za-z0-9'])"
_END = r"(?![A-Za-z0-9'])"
# "A man" is an article; "A because" is a choice.
_NO_ARTICLE = r"(?!\s+(?!(?:because|since|as|is|and|or)\b)[A-Za-z])"
_LETTER = rf"{_FREE}([B-HJ]{_END}|[AI]{_END}{_NO_ARTICLE}|[a-j](?=\W*$))"

# The answer is introduced as such: this decides where other letters are mentioned, too.
_STATED = [
    re.compile(rf"(?i:\banswer(?:\s+(?:is|(?:would|should|must)\s+be))?(?:\s+option)?)\W{{0,4}}{_LETTER}"),
    re.compile(rf"答案(?:应该?)?[是为]?(?:选项?)?\W{{0,3}}{_LETTER}"),
    re.compile(r"\\boxed\{\W{0,2}([A-J])\W{0,2}\}"),
]
# A letter stands where answers have it.
_CLAIMED = [
    *_STATED,
    re.compile(r"^\W*([A-Ja-j])(?:[).:,、\]](?![A-Za-z0-9])|\s+[-–—]\s|\W*$)", re.MULTILINE),
    re.compile(r"\(([A-J])\)"),
    re.compile(rf"(?i:\b(?:option|choice|choose|pick|select)(?:\s+is)?)\W{{0,4}}{_LETTER}"),
    re.compile(rf"(?<![不别没])选[择项]?\W{{0,3}}{_LETTER}"),
    re.compile(
        r"(?:^|[.,;:!?。、\n]|(?i:option|choice)|选项)\s*\(?([A-J])\)?\s*(?:is\s+(?:the\s+)?(?:correct|right)\b|"
        r"(?:选项)?是?(?:正确|对的))"
    ),
]
# Other letters that look like options: reason enough not to trust a single claim.
_LISTED = re.compile(rf"{_FREE}([A-J])[):](?![A-Za-z0-9])")
_JOINED = re.compile(
    rf"\W*(?:/|&|、|\bor\b|\band\b|或|和|及)\W*([A-J]){_END}|\W*,\W*([A-J]){_END}{_NO_ARTICLE}"
)
_DENIED_BEFORE = re.compile(r"(?:\bnot|n't|不[是选]?|非)\s*(?:option\s*|选项\s*)?\(?$", re.IGNORECASE)
_DENIED_AFTER = re.compile(
    r"\W{0,2}\?|\)?\s*(?:选项)?(?:(?:is|was)\s+(?:not\b|wrong\b|incorrect\b|false\b)|isn't\b|是?(?:不[对是正]|错))",
    re.IGNORECASE,
)


def choice_question(question: str, candidates: Sequence[str]) -> str:
    """The question, its options on a line each, and the instruction to answer with a letter."""
    options = [f"{letter}. {text}" for letter, text in zip(LETTERS, candidates, strict=False)]
    return "\n".join([question, *options, _INSTRUCTION[detect(question)]])


def chosen(answer: str, count: int) -> int | None:
    """Index of the option that the answer states, of `count` options; None where it states none."""
    text = unicodedata.normalize("NFKC", answer).rpartition("</think>")[2]
    claimed = _letters(_CLAIMED, text)
    others = set(_LISTED.findall(text))
    letters = claimed if claimed | others == claimed and len(claimed) == 1 else _letters(_STATED, text)
    if len(letters) != 1:
        return None
    index = LETTERS.index(letters.pop())
    return index if index < count else None


def _letters(patterns: list[re.Pattern[str]], text: str) -> set[str]:
    """All letters that one of the patterns claims, with those that are joined to it: "A or B"."""
    found: set[str] = set()
    for pattern in patterns:
        for match in pattern.finditer(text):
            start, end = match.span(1)
            if _DENIED_BEFORE.search(text[:start]) or _DENIED_AFTER.match(text, end):
                continue
            found.add(match.group(1).upper())
            while joined := _JOINED.match(text, end):
                found.add(joined.group(1) or joined.group(2))
                end = joined.end()
    return found
