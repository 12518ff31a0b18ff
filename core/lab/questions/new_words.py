"""Which words the compact LLM gets tokens for: names that it would spell, our Chinese words, and times."""

import json
import logging
import re

import jieba
from transformers import PreTrainedTokenizerBase

from core.compact.alignment import class_names
from core.dialogue.prompt import timestamp
from core.lab.questions.answers import REFUSALS, UNSURE
from core.lab.questions.questions import SMALL_TALK_ANSWERS
from core.lab.questions.words import COLOURS, COUNTS, HERE, MOTIONS, PLACES, concepts
from core.language.detection import ANSWER_IN

LONGEST_TIME = 60  # seconds: times below it are one token each; longer ones are spelled
_CHINESE_RUN = re.compile(r"[一-鿿]+")
# The fixed parts of the answers in answers.py, which are code and not data.
_ANSWER_PARTS = (
    "视频里有 最先出现的是 最后出现的是 之后出现的是 先是 然后是 最后是 背景是 的 在 出现 它 它们 没有 有 和 "
    "先出现 然后出现 最后出现 背景前"
)


def new_words(tokenizer: PreTrainedTokenizerBase) -> tuple[list[str], dict[str, str]]:
    """(words, the English of the Chinese ones where known), in a fixed order.

    An English name of several tokens becomes one with the space before it, as the LLM's own words have it;
    so a name is one token in either language, and its plural is that token and an ending.
    """
    jieba.setLogLevel(logging.WARNING)
    english = {concept.zh: concept.en for concept in concepts()}
    for en, zh in zip(class_names("en"), class_names("zh"), strict=True):
        english.setdefault(zh, en)
    names = dict.fromkeys(english.values())  # a dict keeps the order and each word once
    for table in (COLOURS, MOTIONS, PLACES, COUNTS):
        english |= {zh: en for en, zh in table.values()}
    phrasings = json.loads((HERE / "phrasings.json").read_text(encoding="utf-8"))
    texts = [text for skill in phrasings.values() for text in skill["zh"]["train"]]
    texts += [
        _ANSWER_PARTS,
        REFUSALS[1],
        UNSURE[1],
        ANSWER_IN["zh"],
        *(zh for _, zh in SMALL_TALK_ANSWERS.values()),
    ]
    texts += [concept.classifier for concept in concepts()]
    words = dict.fromkeys(english)
    for text in texts:
        for run in _CHINESE_RUN.findall(text):
            words |= dict.fromkeys(jieba.lcut(run))
    chinese = [word for word in words if _CHINESE_RUN.fullmatch(word)]
    spelled = [f" {name}" for name in names if len(tokenizer.tokenize(f" {name}")) > 1]
    return chinese + spelled + [timestamp(second) for second in range(LONGEST_TIME)], english
