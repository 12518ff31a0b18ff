"""How people type questions: carelessly, with words around them, or asking for an answer in a language."""

from random import Random

from core.lab.questions.questions import Question
from core.language.detection import ANSWER_IN


def in_language(question: Question, other: Question) -> Question:
    """`question` asked in its language, with the request for the answer of `other`, in its language."""
    text = question.text + ANSWER_IN[other.language]
    return Question(question.skill, other.language, text, other.answer, question.slot)


# What people put around a question: (before it, behind it).
_AROUND = {
    "en": (
        ("hey, ", "so, ", "OK, ", "um, ", "and ", "please tell me: ", "quick question: ", "well, ", "now, "),
        (" please", " then", " by the way", ", do you know", ", can you tell", " now"),
    ),
    "zh": (
        (
            "请问",
            "那",
            "嗯，",
            "哎，",
            "话说",
            "我想知道",
            "帮我看看，",
            "麻烦问一下，",
            "那么",
            "你说",
            "請問",
        ),
        ("呀", "啊", "呢", "来着", "嘛", "哈", "哦", "啦", "，知道吗", "，你看看"),
    ),
}


def careless(text: str, language: str, random: Random) -> str:
    """As people type: no capitals, no apostrophe, no question mark, slips, a few words before or after."""
    before, after = _AROUND[language]
    if random.random() < 0.15:
        text = random.choice(before) + (text[0].lower() + text[1:])
    if random.random() < 0.15:
        end = text[-1] if text[-1] in "?？" else ""
        text = text.rstrip("?？.。") + random.choice(after) + end
    if language == "en" and random.random() < 0.05:
        text = _mistyped(text, random)
    if random.random() < 0.3:
        text = text.replace("'", "")
    if random.random() < 0.3:
        text = text.lower()
    if random.random() < 0.3:
        text = text.rstrip("?？.。")
    return text


def _mistyped(text: str, random: Random) -> str:
    """With two neighbouring letters exchanged, or one left out."""
    at = random.choice([i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()])
    first, second = text[at], text[at + 1]
    return text[:at] + (second + first if random.random() < 0.5 else first) + text[at + 2 :]
