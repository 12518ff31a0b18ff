"""Whether a text is English or Chinese, and the words that ask for an answer in one of them."""

import re

from core.text.cleaning import for_model

LANGUAGES = ("en", "zh")

# Appended to a question whose answer is wanted in the other language.
ANSWER_IN = {"en": " Answer in English.", "zh": " 请用中文回答。"}

CHINESE = re.compile(r"[㐀-鿿豈-﫿]")
CHINESE_MARK = re.compile("[、。！？，：；～（）《》「」]|……")
WORD = re.compile(r"[A-Za-z][A-Za-z'-]+")


def detect(text: str) -> str:
    """Chinese ("zh") where its characters make up a fair share of the text's words, else "en".

    Where there is no word at all, marks as a Chinese keyboard writes them tell.
    """
    words = for_model(text)
    chinese = len(CHINESE.findall(words))
    latin = len(WORD.findall(words))
    if chinese == latin == 0:
        return "zh" if CHINESE_MARK.search(text) else "en"
    return "zh" if chinese > 0 and chinese >= latin else "en"


def spoken_in(question: str, before: str | None) -> str:
    """The language to answer in. before: that of the conversation, which a question keeps that has no word of
    either language, or about as much of both; None: it begins."""
    text = for_model(question)
    chinese, latin = len(CHINESE.findall(text)), len(WORD.findall(text))
    unclear = max(chinese, latin) < 2 * min(chinese, latin) or chinese == latin == 0
    return before if before is not None and unclear else detect(question)
